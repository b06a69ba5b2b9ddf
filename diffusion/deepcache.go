package diffusion

import (
	"context"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// deepCache is what a picture's last whole call of the UNet left for the calls
// that follow. It stays on the device.
type deepCache struct {
	features *tensors.Tensor // nil before the first call
	of       condition       // of that call
	age      int             // calls since
}

// forget frees the features: with the next picture, or other texts, nothing of
// them is of use.
func (c *deepCache) forget() {
	if c.features != nil {
		c.features.MustFinalizeAll()
	}
	*c = deepCache{}
}

// fresh says whether the features can be used once more, for a call like theirs.
func (c *deepCache) fresh(now condition, every int) bool {
	return c.features != nil && c.of.same(now) && c.age+1 < every
}

// unetCached is unet with deep features of an earlier call where there are
// fresh ones.
func (d *drawing) unetCached(ctx context.Context, c condition, args []any) ([]float32, error) {
	if d.deep.fresh(c, d.request.DeepCache) {
		d.deep.age++
		return d.sampleOf(d.call(ctx, " shallow", c, append(args, d.deep.features), func(p *nn.Pass, x *Node, in []*Node) []*Node {
			return []*Node{d.merging().Shallow(p, x, in[1], in[2], in[3])}
		}))
	}
	d.deep.forget()
	results, err := d.call(ctx, " deep", c, args, func(p *nn.Pass, x *Node, in []*Node) []*Node {
		out := d.merging().Forward(p, x, in[1], in[2])
		return []*Node{out.Sample, out.Deep}
	})
	if err != nil {
		return nil, err
	}
	d.deep = deepCache{features: results[1], of: c}
	return d.sampleOf(results, nil)
}
