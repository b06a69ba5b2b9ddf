package encoder

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/unet"
)

// Pool is what the encoder reads of a denoiser's pass: the spatial means of each
// down block's output and of the middle, joined (E4T, Gal et al., arXiv
// 2302.12228, section 4.1): [batch, PoolWidth].
func Pool(o unet.Output) *Node {
	var means []*Node
	for _, x := range append(append([]*Node{}, o.Down...), o.Mid) {
		means = append(means, ReduceMean(x, 1, 2))
	}
	return Concatenate(means, -1)
}

// PoolWidth is the length of [Pool]'s vectors.
func PoolWidth(c unet.Config) int {
	n := c.BlockOutChannels[len(c.BlockOutChannels)-1] // the middle
	for _, width := range c.BlockOutChannels {
		n += width
	}
	return n
}
