package encoder

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/nn"
)

// towerGrid is how many patches lie along a side of the latents at most, and
// towerHead the width of an attention head.
const (
	towerGrid = 8
	towerHead = 32
)

// tower is a vision transformer (Dosovitskiy et al., arXiv 2010.11929) of the
// encoder's own over the scaled latents of a picture. CLIP's class token and the
// denoiser's means say what a picture shows and in which colours; where in it what
// lies, and so a thing's outline, is only in what has places.
type tower struct {
	shape []int // of one picture's latents: height, width, channels
	vit   *dino.Model
	out   *nn.Linear // to the trunk; starts at 0, so that a tower can be added to a trained encoder
}

func newTower(b nn.Builder, c Config) (*tower, error) {
	vit, err := dino.NewIn(b, c.towerConfig())
	if err != nil {
		return nil, fmt.Errorf("tower: %w", err)
	}
	return &tower{c.LatentsShape, vit, nn.NewLinear(b.In("out"), c.TowerWidth, c.Width, true).Zeroed()}, nil
}

// towerConfig is the transformer's config, of latents that are as wide as high.
func (c Config) towerConfig() dino.Config {
	t := dino.DefaultConfig(dino.TypeViT)
	t.HiddenSize, t.NumHiddenLayers, t.NumAttentionHeads = c.TowerWidth, c.TowerBlocks, max(c.TowerWidth/towerHead, 1)
	t.IntermediateSize, t.LayerNormEps = 4*c.TowerWidth, eps
	t.ImageSize, t.PatchSize, t.NumChannels = c.LatentsShape[0], towerPatch(c.LatentsShape[0]), c.LatentsShape[2]
	return t
}

// towerPatch is the side of a patch of latents of a side.
func towerPatch(side int) int { return max(side/towerGrid, 1) }

// forward maps flat latents [batch, height * width * channels] to [batch, trunk's width].
func (t *tower) forward(p *nn.Pass, latents *Node) *Node {
	x := Reshape(latents, append([]int{latents.Shape().Dim(0)}, t.shape...)...)
	return t.out.Forward(p, t.vit.Forward(p, x).CLS)
}
