package encoder

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// Encoder is a trained network with what it reads pictures with.
type Encoder struct {
	Model  *Model
	reader *Reader
	w      *nn.Weights
	base   *diffusion.Model
}

// BaseError says that an encoder belongs to other models than those at hand.
type BaseError struct {
	Dir        string // the encoder's
	Part       string // "base model" or "CLIP"
	Want, Have string // hashes
}

func (e *BaseError) Error() string {
	return fmt.Sprintf("the encoder in %s was trained for another %s (%.12s, this one is %.12s); use the encoder that belongs to this model, train one with \"ichimai train encoder\", or choose another --method",
		e.Dir, e.Part, e.Want, e.Have)
}

// Open reads the encoder in dir for a base model. The error is a *BaseError where
// it was trained for another.
func Open(ctx context.Context, base *diffusion.Model, dir string) (*Encoder, error) {
	var e *Encoder
	err := engine.Try(func() (err error) {
		e, err = open(ctx, base, dir)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open encoder: %w", err)
	}
	return e, nil
}

func open(ctx context.Context, base *diffusion.Model, dir string) (*Encoder, error) {
	device := nn.OnDevice(base.Engine.Backend())
	m, w, err := OpenModel(dir, model.NewStore(), Folder, device)
	if err != nil {
		return nil, err
	}
	hash, err := base.BaseHash(ctx)
	if err != nil {
		return nil, err
	}
	if m.Config.Base != hash {
		return nil, &BaseError{dir, "base model", m.Config.Base, hash}
	}
	vision, err := m.openVision(ctx, base, dir, device)
	if err != nil {
		return nil, err
	}
	if err := m.Config.fitLayers(base); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	reader, err := NewReader(ctx, base, vision, m.Config, false)
	if err != nil {
		return nil, err
	}
	return &Encoder{Model: m, reader: reader, w: w, base: base}, nil
}

func (m *Model) openVision(ctx context.Context, base *diffusion.Model, dir string, options ...nn.OpenOption) (*Vision, error) {
	if len(m.Config.VisionLayers) == 0 {
		return nil, nil
	}
	vision, err := OpenVision(base.Dir, options...)
	if err != nil {
		return nil, err
	}
	if vision == nil {
		return nil, &NoVisionError{Dir: base.Dir}
	}
	hash, err := diffusion.HashFolder(ctx, vision.Dir)
	if err != nil {
		return nil, err
	}
	if m.Config.Vision != hash {
		return nil, &BaseError{dir, "CLIP", m.Config.Vision, hash}
	}
	return vision, nil
}

// fitLayers compares the config's layers with the denoiser's.
func (c Config) fitLayers(base *diffusion.Model) error {
	if c.TokenWidth != base.Text.Config.HiddenSize {
		return fmt.Errorf("token_width: %d is not the text encoder's hidden_size %d", c.TokenWidth, base.Text.Config.HiddenSize)
	}
	if c.Rank == 0 {
		return nil
	}
	have := LayersOf(Projections(base.UNet.Params))
	if len(have) != len(c.Layers) {
		return fmt.Errorf("layers: %d are not the denoiser's %d", len(c.Layers), len(have))
	}
	for i, l := range c.Layers {
		if l != have[i] {
			return fmt.Errorf("layers[%d]: %+v is not the denoiser's %+v", i, l, have[i])
		}
	}
	return nil
}

// Subject is what the encoder says of a subject.
type Subject struct {
	Token []float32 // [token_width]
	Rank  int       // of the pairs, 0 without any
	Pairs []float32 // as nn.FlatPairs lays those of [Projections] out, with scale 1
}

// Predict reads pictures of one subject, any number of any size, and predicts its
// vector and pairs from all of them together. The same pictures and seed give the
// same prediction; as all are read with the same noise, neither their order nor
// one that is given twice makes another.
func (e *Encoder) Predict(ctx context.Context, pictures []*picture.Picture, seed uint64) (*Subject, error) {
	read, err := e.reader.Read(ctx, pictures, nil, slices.Repeat([]uint64{seed}, len(pictures)))
	if err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	s := &Subject{Rank: e.Model.Config.Rank}
	err = engine.Try(func() error { return e.predict(s, read, len(pictures)) })
	if err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	return s, nil
}

func (e *Encoder) predict(s *Subject, read Reading, n int) error {
	features, args := read.arguments(n)
	exec, err := model.NewExec(e.base.Engine.Backend(), e.w.Store(), func(_ *model.Scope, in []*Node) []*Node {
		p := e.Model.Together(nn.NewPass(e.w, nn.Options{}), features(in))
		out := []*Node{Reshape(p.Token, -1)}
		if s.Rank > 0 {
			out = append(out, p.Flat())
		}
		return out
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	results, err := exec.Call(args...)
	if err != nil {
		return err
	}
	if s.Token, err = tensors.CopyFlatData[float32](results[0]); err != nil {
		return err
	}
	if s.Rank > 0 {
		if s.Pairs, err = tensors.CopyFlatData[float32](results[1]); err != nil {
			return err
		}
	}
	return nil
}

// Bank are the kept predictions for other pictures, for a single prediction to be
// pushed from; nil where there are none.
func (e *Encoder) Bank() ([][]float32, error) {
	p := e.Model.Bank()
	if p == nil {
		return nil, nil
	}
	flat, err := e.w.Float32(p)
	if err != nil {
		return nil, fmt.Errorf("read the encoder's bank: %w", err)
	}
	return slices.Collect(slices.Chunk(flat, e.Model.Config.TokenWidth)), nil
}

// arguments are a reading of n pictures as arguments of a graph, and how the graph
// takes them back.
func (r Reading) arguments(n int) (features func(in []*Node) Features, args []any) {
	for _, part := range [][]float32{r.Vision, r.UNet, r.Latents} {
		if len(part) > 0 {
			args = append(args, tensors.FromFlatDataAndDimensions(part, n, len(part)/n))
		}
	}
	return func(in []*Node) Features {
		var f Features
		if len(r.Vision) > 0 {
			f.Vision, in = in[0], in[1:]
		}
		if len(r.UNet) > 0 {
			f.UNet, in = in[0], in[1:]
		}
		if len(r.Latents) > 0 {
			f.Latents = in[0]
		}
		return f
	}, args
}

// Close frees what was compiled.
func (e *Encoder) Close() { e.reader.Close() }
