package encoder

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// tokenHead predicts the placeholder's vector: a learned starting point and a
// scaled offset from it (E4T, Gal et al., arXiv 2302.12228, section 4.1, where the
// starting point is the domain's word; here there is no domain).
type tokenHead struct {
	start *nn.Param // [width]
	scale *nn.Param // [1]
	proj  *nn.Linear
}

func newTokenHead(b nn.Builder, in, width int) *tokenHead {
	h := &tokenHead{
		start: b.Param("start", nn.Init{}, width),
		scale: b.Param("scale", nn.Init{Kind: nn.InitOnes}, 1),
		proj:  nn.NewLinear(b.In("proj"), in, width, true),
	}
	h.proj.Weight.Init = nn.Init{Kind: nn.InitNormal, Scale: 1 / math.Sqrt(float64(in))}
	h.proj.Bias.Init = nn.Init{}
	return h
}

// forward maps [batch, in] to [batch, width].
func (t *tokenHead) forward(p *nn.Pass, h *Node) *Node {
	offset := Mul(t.proj.Forward(p, h), InsertAxes(p.Value(h, t.scale), 0))
	return Add(offset, InsertAxes(p.Value(h, t.start), 0))
}

// StartToken lets an untrained network predict vectors that are distributed as
// words are: around their mean, with their deviation. rows are the words' vectors,
// [words, token_width] flat.
func (m *Model) StartToken(w *nn.Weights, rows []float32) error {
	width := m.Config.TokenWidth
	mean := make([]float64, width)
	n := float64(len(rows) / width)
	for i, v := range rows {
		mean[i%width] += float64(v) / n
	}
	start, squares := make([]float32, width), 0.0
	for i, v := range mean {
		start[i] = float32(v)
	}
	for i, v := range rows {
		d := float64(v) - mean[i%width]
		squares += d * d
	}
	deviation := float32(math.Sqrt(squares / float64(len(rows))))
	if err := w.Set(m.token.start.Name, tensors.FromFlatDataAndDimensions(start, width)); err != nil {
		return err
	}
	return w.Set(m.token.scale.Name, tensors.FromFlatDataAndDimensions([]float32{deviation}, 1))
}
