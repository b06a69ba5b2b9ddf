package measure

import (
	"context"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
)

// CLIP holds both towers of a CLIP (Radford et al., arXiv 2103.00020), which put
// pictures and texts into one space. It is safe for concurrent use.
type CLIP struct {
	pictures *sight
	texts    *program
	tokens   *tokenizer.Tokenizer
	device   device
	own      []*model.Store // the weights that nobody else uses
}

// textBatch is how many texts go through together; fewer are filled up.
const textBatch = 32

// newCLIP makes the programs of opened parts, which fit each other.
func newCLIP(p *parts, d device) (*CLIP, error) {
	c := &CLIP{tokens: p.tokens, device: d, own: p.own}
	var err error
	c.pictures, err = newSight("CLIP", d, p.visionWeights, p.preprocess, func(pass *nn.Pass, x *Node) *Node {
		return p.vision.Forward(pass, x).Embeds
	})
	if err != nil {
		return nil, err
	}
	c.texts, err = newProgram("texts with CLIP", textBatch, d, p.textWeights, func(pass *nn.Pass, ids *Node) *Node {
		return p.text.Forward(pass, ids, clip.TextOptions{}).Embeds
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Pictures gives the pictures' embeddings, of length 1 and in their order.
func (c *CLIP) Pictures(ctx context.Context, pictures []*picture.Picture) ([]Embedding, error) {
	return c.pictures.look(ctx, pictures)
}

// Texts gives the texts' embeddings, of length 1 and in their order. What does not
// fit the text encoder is left out, as when drawing.
func (c *CLIP) Texts(ctx context.Context, texts []string) ([]Embedding, error) {
	return c.texts.embed(ctx, len(texts), func(at []int) (*tensors.Tensor, error) {
		var ids []int32
		for _, k := range at {
			ids = append(ids, c.tokens.Batch(texts[k]).IDs...)
		}
		return tensors.FromFlatDataAndDimensions(ids, len(at), len(ids)/len(at)), nil
	})
}

// Close frees what was compiled, and the weights unless an opened model has them
// too. It may be called again; the other methods then fail.
func (c *CLIP) Close() error {
	return c.device.exclusive(func() error {
		c.pictures.close()
		c.texts.close()
		finalize(c.own)
		c.own = nil
		return nil
	})
}

func finalize(stores []*model.Store) {
	for _, s := range stores {
		s.Finalize()
	}
}
