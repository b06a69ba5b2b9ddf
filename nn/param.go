package nn

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Init says how a parameter starts when a model is trained from nothing.
type Init struct {
	// Kind is one of the Init constants below.
	Kind InitKind
	// Scale is the bound of a uniform or the deviation of a normal start.
	Scale float64
}

// InitKind is a family of starting values.
type InitKind int

// The starting values in use.
const (
	InitZeros   InitKind = iota // all 0
	InitOnes                    // all 1
	InitUniform                 // U(-Scale, Scale)
	InitNormal                  // N(0, Scale^2)
	InitDirac                   // a kernel that passes its input on, plus U(-Scale, Scale)
)

// Param is one weight tensor of a model.
type Param struct {
	// Name is the key in the checkpoint, "down_blocks.0.resnets.0.conv1.weight".
	Name string
	// Shape is the shape in the checkpoint: linear [out, in], convolution
	// [out, in, height, width].
	Shape []int
	// Init is how it starts when there is no checkpoint.
	Init Init
}

// Size is the number of elements.
func (p *Param) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// IsKernel reports whether the parameter is a convolution kernel, which is
// OIHW on disk and HWIO in graphs.
func (p *Param) IsKernel() bool { return len(p.Shape) == 4 }

// GraphShape is the shape of the variable in graphs: HWIO for kernels.
func (p *Param) GraphShape() []int {
	if !p.IsKernel() {
		return p.Shape
	}
	return []int{p.Shape[2], p.Shape[3], p.Shape[1], p.Shape[0]}
}

// Builder collects the parameters of a model under construction. Its zero
// value is not usable; see [NewBuilder].
type Builder struct {
	prefix string
	list   *[]*Param
}

// NewBuilder starts an empty model.
func NewBuilder() Builder { return Builder{list: new([]*Param)} }

// In returns a builder for a part of the model; name may hold dots.
func (b Builder) In(format string, args ...any) Builder {
	return Builder{prefix: b.prefix + fmt.Sprintf(format, args...) + ".", list: b.list}
}

// Name is the module's name in the checkpoint: the prefix without its dot.
func (b Builder) Name() string { return strings.TrimSuffix(b.prefix, ".") }

// Param declares a parameter of the current part.
func (b Builder) Param(name string, init Init, shape ...int) *Param {
	p := &Param{Name: b.prefix + name, Shape: shape, Init: init}
	*b.list = append(*b.list, p)
	return p
}

// Params lists what was declared so far, in order of declaration.
func (b Builder) Params() []*Param { return *b.list }

// Weights are the variables of one model inside a store: the place where a
// pass finds them. One store may hold several models side by side.
type Weights struct {
	store   *model.Store
	root    string
	kept    dtypes.DType    // of what Load reads; the zero value is float32: see KeptIn
	backend compute.Backend // nil where Load reads into Go's memory: see OnDevice
}

// NewWeights names the place of a model's variables: component is one path
// element such as "unet".
func NewWeights(store *model.Store, component string) *Weights {
	return &Weights{store: store, root: model.RootScopePath + component}
}

// Store is the store that holds the variables, and may hold other models.
func (w *Weights) Store() *model.Store { return w.store }

// Path is the variable path of a checkpoint key: dots become slashes.
func (w *Weights) Path(name string) string {
	return w.root + model.ScopeSeparator + strings.ReplaceAll(name, ".", model.ScopeSeparator)
}

// Variable returns the variable of a checkpoint key, or nil if it was never set.
func (w *Weights) Variable(name string) *model.Variable {
	return w.store.GetVariable(w.Path(name))
}

// Variables returns the variables of params in the same order, or an error
// that names the first that was never loaded.
func (w *Weights) Variables(params []*Param) ([]*model.Variable, error) {
	vars := make([]*model.Variable, len(params))
	for i, p := range params {
		if vars[i] = w.Variable(p.Name); vars[i] == nil {
			return nil, fmt.Errorf("weight %s of %s is not loaded", p.Name, w.root)
		}
	}
	return vars, nil
}

// Set stores a value in graph layout under a checkpoint key, replacing what
// was there.
func (w *Weights) Set(name string, value *tensors.Tensor) error {
	path := w.Path(name)
	if v := w.store.GetVariable(path); v != nil {
		return v.SetValue(value)
	}
	w.store.VariableWithValue(path, value)
	return nil
}

// Upload moves every variable to the device now, so that the first run does
// not pay for it and the host copy can go.
func (w *Weights) Upload(backend compute.Backend, params []*Param) error {
	vars, err := w.Variables(params)
	if err != nil {
		return err
	}
	var memory reclaimer
	for _, v := range vars {
		t, err := v.Value()
		if err != nil {
			return fmt.Errorf("read weight %s: %w", v.Path(), err)
		}
		if t.IsOnDevice(0) {
			continue
		}
		if err := t.ToDevice(backend, 0); err != nil {
			return fmt.Errorf("upload weight %s: %w", v.Path(), err)
		}
		memory.dropped(int(t.Shape().ByteSize()))
	}
	return nil
}
