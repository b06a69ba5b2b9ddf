package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Embedding is a table of row vectors.
type Embedding struct {
	Weight *Param // [rows, width]
}

// NewEmbedding declares NAME.weight, started from a normal of the given
// deviation.
func NewEmbedding(b Builder, rows, width int, deviation float64) *Embedding {
	return &Embedding{Weight: b.Param("weight", Init{InitNormal, deviation}, rows, width)}
}

// Forward maps integer ids [...] to rows [..., width].
func (e *Embedding) Forward(p *Pass, ids *Node) *Node {
	return Gather(p.Value(ids, e.Weight), InsertAxes(ids, -1))
}

// Timesteps is the sinusoidal embedding of diffusion time (Ho et al., arXiv
// 2006.11239, after Vaswani et al.): timesteps [batch] to [batch, width].
// flipSinToCos puts cosines first and shift is subtracted from the number of
// frequencies, as UNet2DConditionModel's flip_sin_to_cos and freq_shift say.
func Timesteps(timesteps *Node, width int, flipSinToCos bool, shift float64) *Node {
	half := width / 2
	frequencies := make([]float32, half)
	for i := range frequencies {
		frequencies[i] = float32(math.Exp(-math.Log(10000) * float64(i) / (float64(half) - shift)))
	}
	g := timesteps.Graph()
	t := InsertAxes(ConvertDType(timesteps, dtypes.Float32), -1)
	angles := Mul(t, InsertAxes(Const(g, frequencies), 0))
	parts := []*Node{Sin(angles), Cos(angles)}
	if flipSinToCos {
		parts[0], parts[1] = parts[1], parts[0]
	}
	if width%2 == 1 {
		parts = append(parts, Zeros(g, parts[0].Shape()))
		return Slice(Concatenate(parts, -1), AxisRange(), AxisRange(0, width))
	}
	return Concatenate(parts, -1)
}
