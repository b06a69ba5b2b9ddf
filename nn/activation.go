package nn

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// SiLU is x sigmoid(x).
func SiLU(x *Node) *Node { return Mul(x, Sigmoid(x)) }

// GELU is x Phi(x) with the exact error function (Hendrycks and Gimpel, arXiv
// 1606.08415).
func GELU(x *Node) *Node {
	return Mul(MulScalar(x, 0.5), AddScalar(Erf(MulScalar(x, 1/math.Sqrt2)), 1))
}

// GEGLU is the first half of the last axis times GELU of the second (Shazeer,
// arXiv 2002.05202). For the gradient of large ones nothing but x is kept.
func GEGLU(p *Pass, x *Node) *Node {
	return p.lightly(func(in []*Node) *Node {
		halves := Split(in[0], -1, 2)
		return Mul(halves[0], GELU(halves[1]))
	}, x)
}

// GELUTanh is GELU's tanh approximation.
func GELUTanh(x *Node) *Node {
	inner := MulScalar(Add(x, MulScalar(Mul(x, Square(x)), 0.044715)), math.Sqrt(2/math.Pi))
	return Mul(MulScalar(x, 0.5), AddScalar(Tanh(inner), 1))
}

// QuickGELU is x sigmoid(1.702 x), as CLIP was trained with.
func QuickGELU(x *Node) *Node { return Mul(x, Sigmoid(MulScalar(x, 1.702))) }

// ReLU is max(x, 0).
func ReLU(x *Node) *Node { return MaxScalar(x, 0.0) }

// Activation returns the function of a config's name: silu, swish, gelu,
// gelu_new, gelu_pytorch_tanh, quick_gelu or relu.
func Activation(name string) (func(*Node) *Node, error) {
	switch name {
	case "silu", "swish":
		return SiLU, nil
	case "gelu":
		return GELU, nil
	case "gelu_new", "gelu_pytorch_tanh":
		return GELUTanh, nil
	case "quick_gelu":
		return QuickGELU, nil
	case "relu":
		return ReLU, nil
	}
	return nil, fmt.Errorf("activation %q is not known; silu, gelu, gelu_new, quick_gelu and relu are", name)
}
