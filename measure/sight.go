package measure

import (
	"context"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// sight is a program for pictures, with how they are prepared for it.
type sight struct {
	*program
	prepare picture.Preprocess
}

// pictureBatch is how many pictures go through together: fewer are filled up, which
// costs a large encoder on a processor seconds, so there are not many.
const pictureBatch = 8

// newSight makes the program of a graph that maps prepared pictures [batch, height,
// width, 3] to [batch, width].
func newSight(with string, d device, w *nn.Weights, prepare picture.Preprocess, graph func(*nn.Pass, *Node) *Node) (*sight, error) {
	p, err := newProgram("pictures with "+with, pictureBatch, d, w, graph)
	if err != nil {
		return nil, err
	}
	return &sight{p, prepare}, nil
}

// look gives the embeddings of pictures.
func (s *sight) look(ctx context.Context, pictures []*picture.Picture) ([]Embedding, error) {
	for i, p := range pictures {
		if err := whole(p); err != nil {
			return nil, fmt.Errorf("embed %s: number %d: %w", s.what, i+1, err)
		}
	}
	return s.embed(ctx, len(pictures), func(at []int) (*tensors.Tensor, error) {
		batch := make([]*picture.Picture, len(at))
		for i, k := range at {
			batch[i] = pictures[k]
		}
		pixels, height, width, err := s.prepare.NHWC(batch...)
		if err != nil {
			return nil, err
		}
		return tensors.FromFlatDataAndDimensions(pixels, len(at), height, width, 3), nil
	})
}

// whole says whether a picture has the pixels that its sides promise.
func whole(p *picture.Picture) error {
	if p == nil {
		return fmt.Errorf("there is no picture")
	}
	if p.Width < 1 || p.Height < 1 || len(p.Pix) != 3*p.Width*p.Height {
		return fmt.Errorf("the picture has %d values, not %d x %d x 3", len(p.Pix), p.Height, p.Width)
	}
	return nil
}
