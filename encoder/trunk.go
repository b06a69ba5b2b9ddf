package encoder

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

const eps = 1e-5

// trunk joins the features: each is normed and projected by itself, the
// projections are added up, with what the tower sees, and pass residual blocks.
type trunk struct {
	vision, unet []*reading
	tower        *tower // nil without one
	blocks       []*block
	norm         *nn.LayerNorm
}

// reading is one feature vector's way into the trunk.
type reading struct {
	norm *nn.LayerNorm
	proj *nn.Linear
}

func newReading(b nn.Builder, in, width int) *reading {
	return &reading{nn.NewLayerNorm(b.In("norm"), in, eps), nn.NewLinear(b.In("proj"), in, width, true)}
}

// block is x + fc2(gelu(fc1(norm(x)))).
type block struct {
	norm     *nn.LayerNorm
	fc1, fc2 *nn.Linear
}

func newTrunk(b nn.Builder, c Config) (t *trunk, err error) {
	t = &trunk{}
	for i := range c.VisionLayers {
		t.vision = append(t.vision, newReading(b.In("vision.%d", i), c.VisionWidth, c.Width))
	}
	for i := range c.FeatureTimesteps {
		t.unet = append(t.unet, newReading(b.In("unet.%d", i), c.UNetWidth, c.Width))
	}
	if c.TowerWidth > 0 {
		if t.tower, err = newTower(b.In("tower"), c); err != nil {
			return nil, err
		}
	}
	for i := range c.Blocks {
		at := b.In("blocks.%d", i)
		t.blocks = append(t.blocks, &block{
			norm: nn.NewLayerNorm(at.In("norm"), c.Width, eps),
			fc1:  nn.NewLinear(at.In("fc1"), c.Width, 2*c.Width, true),
			fc2:  nn.NewLinear(at.In("fc2"), 2*c.Width, c.Width, true),
		})
	}
	t.norm = nn.NewLayerNorm(b.In("norm"), c.Width, eps)
	return t, nil
}

// forward is [batch, width], normed.
func (t *trunk) forward(p *nn.Pass, f Features) *Node {
	read := append(readAll(p, t.vision, f.Vision), readAll(p, t.unet, f.UNet)...)
	x := read[0]
	for _, y := range read[1:] {
		x = Add(x, y)
	}
	x = MulScalar(x, 1/math.Sqrt(float64(len(read))))
	if t.tower != nil {
		x = Add(x, t.tower.forward(p, f.Latents))
	}
	for _, b := range t.blocks {
		x = Add(x, b.fc2.Forward(p, nn.GELU(b.fc1.Forward(p, b.norm.Forward(p, x)))))
	}
	return t.norm.Forward(p, x)
}

// readAll projects the parts of whole [batch, parts * width], one a reading.
func readAll(p *nn.Pass, readings []*reading, whole *Node) []*Node {
	if len(readings) == 0 {
		return nil
	}
	out := make([]*Node, len(readings))
	for i, part := range Split(whole, -1, len(readings)) {
		r := readings[i]
		out[i] = r.proj.Forward(p, r.norm.Forward(p, part))
	}
	return out
}
