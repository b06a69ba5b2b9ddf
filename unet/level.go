package unet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// level is one resolution of the way down or up: resnets, each followed by a
// transformer where the block type has attention, then a change of size.
type level struct {
	resnets      []*resnet
	transformers []*transformer // empty, or one a resnet
	resize       *nn.Conv2D     // nil on the last level
}

func newDownLevel(b nn.Builder, c Config, i int) *level {
	in, out := c.BlockOutChannels[max(i-1, 0)], c.BlockOutChannels[i]
	l := &level{}
	for j := range c.LayersPerBlock.At(i) {
		l.add(b, c, i, j, c.DownBlockTypes[i] == crossDown, in, out)
		in = out
	}
	if i < len(c.BlockOutChannels)-1 {
		l.resize = nn.NewConv2D(b.In("downsamplers.0.conv"), out, out, 3).
			Strided(2, nn.PadAll(c.DownsamplePadding)).Preserving()
	}
	return l
}

// newUpLevel builds up_blocks.i, which mirrors level n-1-i of the way down: its
// resnets also read the skips of that level, and one of the level above.
func newUpLevel(b nn.Builder, c Config, i int) *level {
	n := len(c.BlockOutChannels)
	at := n - 1 - i
	out := c.BlockOutChannels[at]
	before := c.BlockOutChannels[min(at+1, n-1)]
	above := c.BlockOutChannels[max(at-1, 0)]
	l := &level{}
	layers := c.LayersPerBlock.At(at) + 1
	for j := range layers {
		in, skip := out, out
		if j == 0 {
			in = before
		}
		if j == layers-1 {
			skip = above
		}
		l.add(b, c, at, j, c.UpBlockTypes[i] == crossUp, in+skip, out)
	}
	if at > 0 {
		l.resize = nn.NewConv2D(b.In("upsamplers.0.conv"), out, out, 3).Preserving()
	}
	return l
}

// add declares resnet j and, with attention, transformer j.
func (l *level) add(b nn.Builder, c Config, at, j int, cross bool, in, out int) {
	l.resnets = append(l.resnets, newResnet(b.In("resnets.%d", j), c, in, out))
	if cross {
		l.transformers = append(l.transformers, newTransformer(b.In("attentions.%d", j), c, at))
	}
}

// layer runs resnet j and transformer j, one unit of gradient checkpointing.
func (l *level) layer(f *flow, j int, x *Node) *Node {
	x = l.resnets[j].forward(f.pass, f.pass.Enter(x), f.time, f.act)
	if len(l.transformers) > 0 {
		x = l.transformers[j].forward(f, x)
	}
	return f.pass.Leave(x)
}

// down returns the level's output and pushes every skip.
func (l *level) down(f *flow, x *Node) *Node {
	for j := range l.resnets {
		x = l.layer(f, j, x)
		f.skips = append(f.skips, x)
	}
	if l.resize != nil {
		x = l.resize.Forward(f.pass, x)
		f.skips = append(f.skips, x)
	}
	return x
}

// up pops one skip a resnet and enlarges to the size of the next skip, which
// need not be twice its own (sides that are no multiple of 8). deep is what the
// last layer was given.
func (l *level) up(f *flow, x *Node) (out, deep *Node) {
	for j := range l.resnets {
		deep = x
		x = l.join(f, j, x)
	}
	if l.resize == nil {
		return x, deep
	}
	target := f.skips[len(f.skips)-1].Shape().Dimensions
	return l.resize.Forward(f.pass, nn.UpsampleNearest(x, target[1], target[2])), deep
}

// join runs layer j of the way up on x beside the next skip.
func (l *level) join(f *flow, j int, x *Node) *Node {
	last := len(f.skips) - 1
	x = Concatenate([]*Node{x, f.skips[last]}, -1)
	f.skips = f.skips[:last]
	return l.layer(f, j, x)
}
