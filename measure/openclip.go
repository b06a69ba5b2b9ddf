package measure

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/weights"
)

// parts are what a CLIP is made of.
type parts struct {
	text                       *clip.TextModel
	vision                     *clip.VisionModel
	textWeights, visionWeights *nn.Weights
	tokens                     *tokenizer.Tokenizer
	preprocess                 picture.Preprocess
	own                        []*model.Store
}

// OpenCLIP opens a CLIP from a folder: that of a CLIPModel, as transformers saves it,
// or a model's folder that holds one, or a picture tower in image_encoder/ beside a
// text encoder that projects (see [encoder.FindCLIP]). Its tokenizer is looked for
// in the CLIP's folder, in tokenizer/ there and in the model's folder, and beside
// the CLIP's. A folder without a CLIP gives a [NoCLIPError]. The caller closes what
// was opened.
func OpenCLIP(dir string, backend compute.Backend, options ...nn.OpenOption) (*CLIP, error) {
	return openCLIP(dir, nil, alone(backend), options)
}

// OpenModelCLIP is [OpenCLIP] for the folder of an opened model. A picture tower
// alone goes with the model's own text encoder, which is not read again. What is
// computed waits for the model: do not call the methods of the CLIP within
// [diffusion.Model.Exclusive].
func OpenModelCLIP(m *diffusion.Model, options ...nn.OpenOption) (*CLIP, error) {
	return openCLIP(m.Dir, m, device{m.Engine.Backend(), m.Exclusive}, options)
}

func openCLIP(dir string, m *diffusion.Model, d device, options []nn.OpenOption) (*CLIP, error) {
	at, err := findCLIP(dir)
	if err != nil {
		return nil, err
	}
	p := &parts{}
	if err := engine.Try(func() error { return p.open(dir, at, m, options) }); err != nil {
		finalize(p.own)
		return nil, fmt.Errorf("open CLIP: %w", err)
	}
	c, err := newCLIP(p, d)
	if err != nil {
		finalize(p.own)
	}
	return c, err
}

// findCLIP is where a folder's CLIP lies. A config.json without a model_index.json
// says that the folder is a CLIP itself.
func findCLIP(dir string) (*encoder.CLIPFolder, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open CLIP: %w", err)
	}
	if exists(dir, "config.json") && !exists(dir, "model_index.json") {
		return &encoder.CLIPFolder{Dir: dir, Processor: dir, Whole: true}, nil
	}
	if at := encoder.FindCLIP(dir); at != nil {
		return at, nil
	}
	return nil, &NoCLIPError{Dir: dir}
}

// open reads what at holds and what it needs beside.
func (p *parts) open(dir string, at *encoder.CLIPFolder, m *diffusion.Model, options []nn.OpenOption) (err error) {
	if at.Whole {
		err = p.openWhole(dir, at, options)
	} else {
		err = p.openTowers(dir, at, m, options)
	}
	if err != nil {
		return err
	}
	if p.preprocess, err = encoder.Preprocess(at.Processor, p.vision.Config.ImageSize); err != nil {
		return err
	}
	return p.fit(at.Dir)
}

func (p *parts) openWhole(dir string, at *encoder.CLIPFolder, options []nn.OpenOption) error {
	c, w, err := clip.Open(at.Dir, p.store(), "clip", options...)
	if err != nil {
		return err
	}
	p.text, p.vision, p.textWeights, p.visionWeights = c.Text, c.Vision, w, w
	p.tokens, err = openTokenizer(at.Dir, filepath.Join(at.Dir, "tokenizer"), filepath.Join(dir, "tokenizer"), filepath.Join(at.Dir, "..", "tokenizer"))
	return err
}

// openTowers opens a picture tower alone, for the text encoder of the model's folder.
func (p *parts) openTowers(dir string, at *encoder.CLIPFolder, m *diffusion.Model, options []nn.OpenOption) (err error) {
	if p.vision, p.visionWeights, err = clip.OpenVision(at.Dir, p.store(), "vision", options...); err != nil {
		return err
	}
	if m != nil {
		p.text, p.textWeights, p.tokens = m.Text, m.TextWeights, m.Tokenizer
	} else if err := p.openText(dir, options); err != nil {
		return err
	}
	t, v := p.text.Config, p.vision.Config
	if !t.Projection || !v.Projection || t.ProjectionDim != v.ProjectionDim {
		return &NoCLIPError{Dir: dir, Apart: true}
	}
	return nil
}

func (p *parts) openText(dir string, options []nn.OpenOption) (err error) {
	if p.text, p.textWeights, err = clip.OpenText(filepath.Join(dir, weights.TextEncoder), p.store(), "text", options...); err != nil {
		return err
	}
	p.tokens, err = openTokenizer(filepath.Join(dir, "tokenizer"))
	return err
}

// store is a new one of the CLIP's own.
func (p *parts) store() *model.Store {
	s := model.NewStore()
	p.own = append(p.own, s)
	return s
}

// fit says whether the tokenizer is the text encoder's.
func (p *parts) fit(dir string) error {
	t := p.text.Config
	switch {
	case p.tokens.VocabSize() > t.VocabSize:
		return fmt.Errorf("the tokenizer has %d tokens, but the text encoder for the CLIP in %s has vocab_size %d; they are not of one model", p.tokens.VocabSize(), dir, t.VocabSize)
	case p.tokens.MaxLength() > t.MaxPositionEmbeddings:
		return fmt.Errorf("the tokenizer has model_max_length %d, but the text encoder for the CLIP in %s has max_position_embeddings %d", p.tokens.MaxLength(), dir, t.MaxPositionEmbeddings)
	}
	return nil
}

// openTokenizer opens the first of the folders that holds a tokenizer.
func openTokenizer(places ...string) (*tokenizer.Tokenizer, error) {
	for _, dir := range places {
		if exists(dir, "vocab.json") || exists(dir, "tokenizer.json") {
			return tokenizer.Open(dir)
		}
	}
	return nil, fmt.Errorf("there is no tokenizer (vocab.json with merges.txt, or tokenizer.json) in any of %s", strings.Join(places, ", "))
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// NoCLIPError says that a folder has no CLIP that compares pictures with texts.
type NoCLIPError struct {
	Dir string
	// Apart is set where there is a picture tower, but no text encoder that projects
	// into its space.
	Apart bool
}

func (e *NoCLIPError) Error() string {
	whole := filepath.Join(e.Dir, "clip")
	if e.Apart {
		return fmt.Sprintf("%s and %s do not project into one space, as a CLIPVisionModelWithProjection and a CLIPTextModelWithProjection of one CLIP do; put a whole CLIPModel into %s",
			filepath.Join(e.Dir, "image_encoder"), filepath.Join(e.Dir, weights.TextEncoder), whole)
	}
	return fmt.Sprintf("%s holds no CLIP that compares pictures with texts; put a CLIPModel into %s, or its picture tower into %s beside a text encoder that projects, as transformers saves them",
		e.Dir, whole, filepath.Join(e.Dir, "image_encoder"))
}
