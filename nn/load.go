package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/weights"
)

// Load fills the variables of params from a checkpoint. It first checks all
// keys and shapes and reports every problem at once; ignore names keys of the
// file that the model does not use. Values become float32, or what [KeptIn]
// says; kernels are turned to HWIO.
func (w *Weights) Load(src weights.Source, params []*Param, ignore func(key string) bool) error {
	want := make([]weights.Info, len(params))
	for i, p := range params {
		want[i] = weights.Info{Name: p.Name, Shape: p.Shape}
	}
	if err := weights.Check(src, want, ignore); err != nil {
		return err
	}
	values := make([]*tensors.Tensor, len(params))
	var memory reclaimer
	err := eachParam(params, func(i int, p *Param) error {
		flat, err := src.Float32(p.Name)
		if err != nil {
			return fmt.Errorf("read weight %s: %w", p.Name, err)
		}
		if values[i], err = w.tensor(p, flat); err != nil {
			return err
		}
		memory.dropped(2 * 4 * len(flat)) // what was read, and a kernel turned round
		return nil
	})
	if err != nil {
		return err
	}
	return w.setAll(params, values)
}

// Initialise fills the variables of params with their starting values, drawn
// on the host from a generator of their own each, so that the values depend on
// the seed and the parameter's place alone and no graph has to be compiled.
func (w *Weights) Initialise(params []*Param, seed uint64) error {
	values := make([]*tensors.Tensor, len(params))
	err := eachParam(params, func(i int, p *Param) error {
		values[i] = GraphTensor(p, p.draw(rand.New(rand.NewPCG(seed, uint64(i)))))
		return nil
	})
	if err != nil {
		return err
	}
	return w.setAll(params, values)
}

// Export reads the variables of params back into checkpoint layout.
func (w *Weights) Export(params []*Param, dtype weights.DType) ([]weights.Tensor, error) {
	out := make([]weights.Tensor, len(params))
	for i, p := range params {
		flat, err := w.Float32(p)
		if err != nil {
			return nil, err
		}
		out[i] = weights.FromFloat32(p.Name, p.Shape, flat, dtype)
	}
	return out, nil
}

// Float32 reads one parameter back in checkpoint layout.
func (w *Weights) Float32(p *Param) ([]float32, error) {
	v := w.Variable(p.Name)
	if v == nil {
		return nil, fmt.Errorf("weight %s of %s is not loaded", p.Name, w.root)
	}
	t, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("read weight %s: %w", p.Name, err)
	}
	flat, err := floats(t)
	if err != nil {
		return nil, fmt.Errorf("read weight %s: %w", p.Name, err)
	}
	return fromGraph(p, flat), nil
}

// GraphTensor makes the tensor of a parameter from values in checkpoint layout.
func GraphTensor(p *Param, flat []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(toGraph(p, flat), p.GraphShape()...)
}

func (w *Weights) setAll(params []*Param, values []*tensors.Tensor) error {
	for i, p := range params {
		if err := w.Set(p.Name, values[i]); err != nil {
			return fmt.Errorf("set weight %s: %w", p.Name, err)
		}
	}
	return nil
}

// eachParam calls f for every parameter, as many at once as there are cores.
func eachParam(params []*Param, f func(i int, p *Param) error) error {
	var (
		wait  sync.WaitGroup
		slots = make(chan struct{}, runtime.NumCPU())
		errs  = make([]error, len(params))
	)
	for i, p := range params {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(i, p)
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// draw makes starting values in checkpoint layout.
func (p *Param) draw(r *rand.Rand) []float32 {
	flat := make([]float32, p.Size())
	for j := range flat {
		switch p.Init.Kind {
		case InitOnes:
			flat[j] = 1
		case InitUniform, InitDirac:
			flat[j] = float32((2*r.Float64() - 1) * p.Init.Scale)
		case InitNormal:
			flat[j] = float32(r.NormFloat64() * p.Init.Scale)
		}
	}
	if p.Init.Kind == InitDirac {
		p.addIdentity(flat)
	}
	return flat
}

// addIdentity adds 1 where a kernel's middle connects a channel to itself, and
// widens the noise of output channels that have no input of their own to
// mixtures that keep the variance.
func (p *Param) addIdentity(flat []float32) {
	in, height, width := p.Shape[1], p.Shape[2], p.Shape[3]
	fan := in * height * width
	for c := range p.Shape[0] {
		row := flat[c*fan : (c+1)*fan]
		if c < in {
			row[(c*height+height/2)*width+width/2] += 1
			continue
		}
		wider := float32(math.Sqrt(3/float64(fan)) / p.Init.Scale)
		for i := range row {
			row[i] *= wider
		}
	}
}

// toGraph turns a kernel from OIHW to HWIO; other shapes are kept.
func toGraph[T any](p *Param, flat []T) []T {
	if !p.IsKernel() {
		return flat
	}
	out, in, pixels := p.Shape[0], p.Shape[1], p.Shape[2]*p.Shape[3]
	to := make([]T, len(flat))
	eachTile(out, in, func(o, i int) {
		for s := range pixels {
			to[(s*in+i)*out+o] = flat[(o*in+i)*pixels+s]
		}
	})
	return to
}

// fromGraph turns a kernel from HWIO to OIHW; other shapes are kept.
func fromGraph[T any](p *Param, flat []T) []T {
	if !p.IsKernel() {
		return flat
	}
	out, in, pixels := p.Shape[0], p.Shape[1], p.Shape[2]*p.Shape[3]
	to := make([]T, len(flat))
	eachTile(out, in, func(o, i int) {
		for s := range pixels {
			to[(o*in+i)*pixels+s] = flat[(s*in+i)*out+o]
		}
	})
	return to
}

// kernelTile is the side of the tiles in which kernels are turned: as many places
// as a processor's first cache has lines for.
const kernelTile = 16

// eachTile calls f for every pair of an output and an input, in tiles, so that
// what lies side by side in either layout is met soon after.
func eachTile(out, in int, f func(o, i int)) {
	for o0 := 0; o0 < out; o0 += kernelTile {
		for i0 := 0; i0 < in; i0 += kernelTile {
			for i := i0; i < min(i0+kernelTile, in); i++ {
				for o := o0; o < min(o0+kernelTile, out); o++ {
					f(o, i)
				}
			}
		}
	}
}
