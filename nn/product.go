package nn

import (
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// product is the sum of products that an Einstein summation of two operands
// describes, in float32. The operands are rounded to the pass's precision before
// they are multiplied; what comes of it is added up in float32 (Micikevicius et
// al., arXiv 1710.03740, section 3). So are the products for the gradients, of
// which b has none where it is frozen. Each index must be found twice.
func (p *Pass) product(equation string, a, b *Node, frozen bool) *Node {
	if p.DType == dtypes.Float32 || p.Gradients == NoGradients {
		return multiply(p.DType, equation, a, b)
	}
	forward := multiply(p.DType, equation, StopGradient(a), StopGradient(b))
	if frozen {
		return withGradient(forward, []*Node{a}, func(_ []*Node, y *Node) []*Node {
			return []*Node{multiply(p.DType, equationFor(equation, 0), y, StopGradient(b))}
		})
	}
	return withGradient(forward, []*Node{a, b}, func(in []*Node, y *Node) []*Node {
		return []*Node{multiply(p.DType, equationFor(equation, 0), y, in[1]), multiply(p.DType, equationFor(equation, 1), y, in[0])}
	})
}

// multiply is product without a gradient in its precision. GoMLX's Einsum forgets
// the precision of its result.
func multiply(dtype dtypes.DType, equation string, a, b *Node) *Node {
	if dtype == dtypes.Float32 {
		return Einsum(equation, a, b)
	}
	e := parseEquation(equation)
	var batch, contracting [2][]int
	var shared, rest string
	for i, index := range e.a {
		switch j := strings.IndexRune(e.b, index); {
		case j < 0:
			rest += string(index)
		case strings.ContainsRune(e.out, index):
			batch[0], batch[1] = append(batch[0], i), append(batch[1], j)
			shared += string(index)
		default:
			contracting[0], contracting[1] = append(contracting[0], i), append(contracting[1], j)
		}
	}
	order := shared + rest + strings.Map(func(index rune) rune {
		if strings.ContainsRune(e.a, index) {
			return -1
		}
		return index
	}, e.b)
	y := Dot(to(dtype, a), to(dtype, b)).WithAccumulatorDType(dtypes.Float32).WithOutputDType(dtypes.Float32).
		General(contracting[0], batch[0], contracting[1], batch[1])
	if order == e.out {
		return y
	}
	permutation := make([]int, len(e.out))
	for i, index := range e.out {
		permutation[i] = strings.IndexRune(order, index)
	}
	return TransposeAllAxes(y, permutation...)
}

// equation is an Einstein summation of two operands, "a,b->out".
type equation struct{ a, b, out string }

func parseEquation(text string) equation {
	operands, out, _ := strings.Cut(text, "->")
	a, b, _ := strings.Cut(operands, ",")
	return equation{a, b, out}
}

// equationFor is the summation that makes an operand's gradient of the output's
// and the other operand.
func equationFor(text string, operand int) string {
	e := parseEquation(text)
	if operand == 0 {
		return e.out + "," + e.b + "->" + e.a
	}
	return e.out + "," + e.a + "->" + e.b
}

// to converts x unless it has the type.
func to(dtype dtypes.DType, x *Node) *Node {
	if x.DType() == dtype {
		return x
	}
	return ConvertDType(x, dtype)
}
