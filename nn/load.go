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
		err := src.ReadFloat32(p.Name, func(flat []float32) (err error) {
			values[i], err = w.tensor(p, flat)
			return err
		})
		if err != nil {
			return fmt.Errorf("read weight %s: %w", p.Name, err)
		}
		if info, _ := src.Info(p.Name); info.DType != weights.F32 {
			memory.dropped(4 * p.Size()) // what was converted on the way
		}
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
	to := make([]float32, len(flat))
	toGraph(p, to, flat, same)
	return tensors.FromFlatDataAndDimensions(to, p.GraphShape()...)
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

// toGraph converts what is in checkpoint layout and turns kernels from OIHW to HWIO.
func toGraph[T any](p *Param, to []T, flat []float32, convert func(float32) T) {
	if !p.IsKernel() {
		for i, v := range flat {
			to[i] = convert(v)
		}
		return
	}
	eachRun(p, func(hwio, oihw, count, stride int) {
		for o := range to[hwio : hwio+count] {
			to[hwio+o] = convert(flat[oihw+o*stride])
		}
	})
}

// fromGraph turns a kernel from HWIO to OIHW; other shapes are kept.
func fromGraph(p *Param, flat []float32) []float32 {
	if !p.IsKernel() {
		return flat
	}
	to := make([]float32, len(flat))
	eachRun(p, func(hwio, oihw, count, stride int) {
		for o, v := range flat[hwio : hwio+count] {
			to[oihw+o*stride] = v
		}
	})
	return to
}

// kernelRun is how many outputs of a kernel are turned at a time: as many places
// as are still in a processor's first cache when their neighbours come.
const kernelRun = 16

// eachRun calls f for every run of a kernel's outputs that lie side by side in HWIO:
// where it begins there, where it does in OIHW, how many they are, and how far apart
// they are in OIHW.
func eachRun(p *Param, f func(hwio, oihw, count, stride int)) {
	out, in, pixels := p.Shape[0], p.Shape[1], p.Shape[2]*p.Shape[3]
	stride := in * pixels
	for o := 0; o < out; o += kernelRun {
		for i := range in {
			for s := range pixels {
				f((s*in+i)*out+o, o*stride+i*pixels+s, min(kernelRun, out-o), stride)
			}
		}
	}
}
