package diffusion

import (
	"fmt"

	"github.com/ichimai/ichimai/sampler"
)

// RNGTorch is the Request.RNG that draws the noise of PyTorch's CPU generator.
const RNGTorch = "torch"

// newNoise is the noise of one picture with latents [h, w, c].
func newNoise(rng string, seed uint64, h, w, c int) (sampler.Noise, error) {
	switch rng {
	case "":
		return sampler.NewNormal(seed), nil
	case RNGTorch:
		return &torchNoise{source: sampler.NewTorch(seed), planes: make([]float32, h*w*c), pixels: h * w, channels: c}, nil
	}
	return nil, fmt.Errorf("rng %q is not known; leave it empty or use %q", rng, RNGTorch)
}

// noises are those of a batch's pictures.
type noises []sampler.Noise

// Fill implements [sampler.Noise] for whole latents of all pictures.
func (ns noises) Fill(dst []float32) {
	each := len(dst) / len(ns)
	for i, n := range ns {
		n.Fill(dst[i*each : (i+1)*each])
	}
}

// torchNoise turns PyTorch's noise, which is drawn as [c, h, w], into [h, w, c].
type torchNoise struct {
	source           sampler.Noise
	planes           []float32
	pixels, channels int
}

// Fill implements [sampler.Noise] for whole latents.
func (n *torchNoise) Fill(dst []float32) {
	n.source.Fill(n.planes)
	for p := range n.pixels {
		for c := range n.channels {
			dst[p*n.channels+c] = n.planes[c*n.pixels+p]
		}
	}
}
