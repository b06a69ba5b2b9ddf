package nn

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Options are the choices of one forward pass. The zero value runs the plain
// model in float32.
type Options struct {
	// Adapters adds low-rank offsets to linear and convolution layers.
	Adapters []Adapter
	// Blend, if set, runs attention layers for two prompts, of which the adapters
	// belong to one. Only the UNet reads it.
	Blend *Blend
	// Checkpoint recomputes each block's inside during the backward pass
	// instead of keeping it: less memory, about a third more time.
	Checkpoint bool
	// DType is the precision in which the operands of products and convolutions
	// are multiplied; their sums and all else are float32. The zero value means
	// float32.
	DType dtypes.DType
	// Gradients says which gradients will be taken, so that layers can have theirs
	// in ways that keep less and take less time. Others are right all the same.
	Gradients Gradients
	// ConvPath chooses how convolutions are computed; nil means [MeasuredConvPath].
	ConvPath func(ConvShape) ConvPath
}

// Gradients are what a forward pass is differentiated for.
type Gradients int

// What may be asked of a pass.
const (
	NoGradients    Gradients = iota // nothing is learned
	InputGradients                  // what the model is given, and adapters; its own weights are frozen
	AllGradients                    // its own weights too
)

// Pass is one forward pass under construction: the weights of one model and
// the options. It is made for one graph and not kept.
type Pass struct {
	Options
	weights *Weights
}

// NewPass starts a forward pass of the model whose variables are weights.
func NewPass(weights *Weights, options Options) *Pass {
	if options.DType == dtypes.InvalidDType {
		options.DType = dtypes.Float32
	}
	return &Pass{Options: options, weights: weights}
}

// Value is the parameter's node in the graph, in float32. It panics with the
// checkpoint key if the parameter was never loaded.
func (p *Pass) Value(g GraphProvider, param *Param) *Node {
	return to(dtypes.Float32, p.Stored(g, param))
}

// factor is the parameter's node in the precision in which it is multiplied with
// x. A weight that is kept in another is converted when x is there: all weights
// are there from the beginning, and XLA would convert them all at once.
func (p *Pass) factor(x *Node, param *Param) *Node {
	stored := p.Stored(x, param)
	if stored.DType() == p.DType {
		return stored
	}
	return after(to(dtypes.Float32, stored), StopGradient(x)) // a product rounds it again
}

// Stored is the parameter's node in the precision it is kept in.
func (p *Pass) Stored(g GraphProvider, param *Param) *Node {
	v := p.weights.Variable(param.Name)
	if v == nil {
		panic(fmt.Errorf("weight %s of %s is not loaded", param.Name, p.weights.root))
	}
	return v.NodeValue(g)
}

// Declare makes the nodes of params before all others of a forward pass. A model
// whose output has parts that a caller may leave unused calls it first: GoMLX's
// pure-Go backend gives its inputs places among the nodes up to the last output,
// and fails for an input that is first met after it, in an unused part.
func (p *Pass) Declare(g GraphProvider, params []*Param) {
	for _, param := range params {
		p.Stored(g, param)
	}
}

// Enter marks the start of a block for gradient checkpointing.
func (p *Pass) Enter(x *Node) *Node {
	if !p.Checkpoint {
		return x
	}
	return x.Checkpoint()
}

// Leave marks the end of a block for gradient checkpointing.
func (p *Pass) Leave(x *Node) *Node {
	if !p.Checkpoint {
		return x
	}
	return x.StopCheckpoint()
}
