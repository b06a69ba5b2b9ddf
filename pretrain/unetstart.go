package pretrain

import (
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// Stable Diffusion's UNet is told nothing of positions: what it knows of them, it
// finds at the zeros around its convolutions. Where a drawing begins the input is
// noise alone, so that a small UNet of random layers knows the border from the
// middle and no more, and learns for hours to draw everything as a soft square in
// the right colours. So a UNet of one level starts with a count of the steps from
// each border, up to four, in its last sixteen channels: the first two resnets
// carry each border inwards, one step in each convolution. All of it is free to
// change.
const (
	sides     = 4 // left, right, top, bottom
	positions = 4 * sides
	// borderGain times the mean of the activations tells inside from outside.
	borderGain = 5
	// stepGain carries a border one step further.
	stepGain = 2
)

// initialiseUNet gives a UNet its starting weights.
func initialiseUNet(m *unet.Model, w *nn.Weights, seed uint64) error {
	if err := w.Initialise(m.Params, seed); err != nil || !countsPositions(m.Config) {
		return err
	}
	base := m.Config.BlockOutChannels[0] - positions
	return editStart(m.Params, w, map[string]func(*kernel){
		"conv_in.weight":                       func(k *kernel) { k.forget(base) },
		"conv_in.bias":                         func(k *kernel) { clear(k.values[base:]) },
		"down_blocks.0.resnets.0.conv1.weight": func(k *kernel) { k.findBorders(base) },
		"down_blocks.0.resnets.0.conv1.bias":   func(k *kernel) { clear(k.values[base : base+sides]) },
		"down_blocks.0.resnets.0.conv2.weight": func(k *kernel) { k.keep(base, base); k.carryOn(base+sides, base) },
		"mid_block.resnets.0.conv1.weight":     func(k *kernel) { k.carryOn(base, base+sides) },
		"mid_block.resnets.0.conv1.bias":       func(k *kernel) { clear(k.values[base : base+sides]) },
		"mid_block.resnets.0.conv2.weight":     func(k *kernel) { k.keep(base+2*sides, base); k.carryOn(base+3*sides, base) },
	})
}

// countsPositions reports whether the count has a place: with several levels the
// lowest ones are small enough for their borders to tell positions apart.
func countsPositions(c unet.Config) bool {
	return len(c.BlockOutChannels) == 1 && c.BlockOutChannels[0] >= 4*positions
}

// inwards is the tap that looks towards the border of a side.
func inwards(side int) (y, x int) { return [sides]int{1, 1, 0, 2}[side], [sides]int{0, 2, 1, 1}[side] }

// forget makes the outputs from base on read nothing.
func (k *kernel) forget(base int) {
	for out := base; out < k.shape[0]; out++ {
		k.row(out)
	}
}

// findBorders makes four outputs the mean of what lies on one side of a position,
// which is 0 outside the picture.
func (k *kernel) findBorders(out int) {
	for side := range sides {
		k.row(out + side)
		y, x := inwards(side)
		for in := range k.shape[1] {
			*k.at(out+side, in, y, x) = borderGain / float32(k.shape[1])
		}
	}
}

// keep copies four channels.
func (k *kernel) keep(out, in int) {
	y, x := k.middle()
	for side := range sides {
		k.row(out + side)
		*k.at(out+side, in+side, y, x) = stepGain
	}
}

// carryOn moves four channels one step away from their side.
func (k *kernel) carryOn(out, in int) {
	for side := range sides {
		k.row(out + side)
		y, x := inwards(side)
		*k.at(out+side, in+side, y, x) = stepGain
	}
}
