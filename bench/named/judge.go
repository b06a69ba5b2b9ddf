package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
)

// judge compares pictures and texts with a CLIP.
type judge struct {
	tokens   *tokenizer.Tokenizer
	prepare  picture.Preprocess
	text     *model.Exec // ids [n, length] to embeddings [n, width]
	pictures *model.Exec
}

func openJudge(dir string, backend compute.Backend) (*judge, error) {
	at := encoder.FindCLIP(dir)
	if at == nil || !at.Whole {
		return nil, fmt.Errorf("--judge: there is no clip/ in %s", dir)
	}
	m, w, err := clip.Open(at.Dir, model.NewStore(), "clip")
	if err != nil {
		return nil, err
	}
	j := &judge{}
	if j.tokens, err = tokenizer.Open(filepath.Join(dir, "tokenizer")); err != nil {
		return nil, err
	}
	if j.prepare, err = encoder.Preprocess(at.Processor, m.Vision.Config.ImageSize); err != nil {
		return nil, err
	}
	pass := nn.NewPass(w, nn.Options{})
	if j.text, err = model.NewExec(backend, w.Store(), func(_ *model.Scope, ids *Node) *Node {
		return clip.Normalize(m.Text.Forward(pass, ids, clip.TextOptions{}).Embeds)
	}); err != nil {
		return nil, err
	}
	j.pictures, err = model.NewExec(backend, w.Store(), func(_ *model.Scope, x *Node) *Node {
		return clip.Normalize(m.Vision.Forward(pass, x).Embeds)
	})
	return j, err
}

// count tells of how many pictures the asked name is the nearest, and among the
// five nearest.
func (j *judge) count(pictures []*picture.Picture, asked []question) (first, five int, err error) {
	pixels, h, w, err := j.prepare.NHWC(pictures...)
	if err != nil {
		return 0, 0, err
	}
	seen, err := rows(j.pictures, len(pictures), tensors.FromFlatDataAndDimensions(pixels, len(pictures), h, w, 3))
	if err != nil {
		return 0, 0, err
	}
	for i, q := range asked {
		var ids []int32
		for _, name := range q.names {
			ids = append(ids, j.tokens.Batch(name).IDs...)
		}
		said, err := rows(j.text, len(q.names), tensors.FromFlatDataAndDimensions(ids, len(q.names), len(ids)/len(q.names)))
		if err != nil {
			return 0, 0, err
		}
		switch place := rank(said, seen[i], q.own); {
		case place == 0:
			first, five = first+1, five+1
		case place < 5:
			five++
		}
	}
	return first, five, nil
}

// rank is how many texts are nearer to a picture than one.
func rank(texts [][]float32, seen []float32, own int) (nearer int) {
	for _, t := range texts {
		if dot(t, seen) > dot(texts[own], seen) {
			nearer++
		}
	}
	return nearer
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

func rows(e *model.Exec, n int, in *tensors.Tensor) ([][]float32, error) {
	results, err := e.Call(in)
	if err != nil {
		return nil, err
	}
	flat, err := tensors.CopyFlatData[float32](results[0])
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(flat, len(flat)/n)), nil
}
