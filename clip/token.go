package clip

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// TextOptions are token embeddings from outside the table. The zero value reads
// the table alone.
type TextOptions struct {
	// Rows are the vectors of placeholder tokens: [k, hidden_size], or
	// [batch, k, hidden_size] where every text has its own. Id vocab_size+i
	// stands for row i. Larger ids are a mistake of the caller, which a graph
	// cannot report: they get a row of zeros.
	Rows *Node
	// Splice replaces the rows of single tokens, within the table or above it,
	// and is applied after Rows.
	Splice []Replacement
}

// Replacement puts a vector in the place of one token's row.
type Replacement struct {
	ID  int
	Row *Node // [hidden_size], or any shape of as many elements
}

// embed looks token ids [batch, n] up: [batch, n, hidden_size].
func (m *TextModel) embed(p *nn.Pass, ids *Node, opts TextOptions) *Node {
	known := Where(m.isRow(ids), ZerosLike(ids), ids)
	x := m.tokens.Forward(p, known)
	if opts.Rows != nil {
		row := Sub(ids, Scalar(ids.Graph(), ids.DType(), m.Config.VocabSize))
		x = Where(m.isRow(ids), lookUp(m.checkRows(opts.Rows), row), x)
	}
	for _, s := range opts.Splice {
		row := BroadcastToShape(Reshape(s.Row, 1, 1, m.Config.HiddenSize), x.Shape())
		x = Where(Equal(ids, Scalar(ids.Graph(), ids.DType(), s.ID)), row, x)
	}
	return x
}

// TableRows are rows of the token table in a graph, [len(ids), hidden_size] float32,
// without a gradient.
func (m *TextModel) TableRows(p *nn.Pass, g GraphProvider, ids []int32) *Node {
	table := p.Value(g, m.TokenTable())
	return StopGradient(Gather(table, InsertAxes(Const(table.Graph(), ids), -1)))
}

func (m *TextModel) checkRows(rows *Node) *Node {
	if r := rows.Rank(); r < 2 || r > 3 || rows.Shape().Dim(-1) != m.Config.HiddenSize {
		panic(fmt.Errorf("placeholder rows are %s, the text model wants [k, %d] or [batch, k, %d]",
			rows.Shape(), m.Config.HiddenSize, m.Config.HiddenSize))
	}
	return rows
}

// isRow tells which ids [batch, n] stand for placeholder rows.
func (m *TextModel) isRow(ids *Node) *Node {
	return GreaterOrEqual(ids, Scalar(ids.Graph(), ids.DType(), m.Config.VocabSize))
}

// lookUp takes rows by index [batch, n], 0 where there is no such row. It is a
// product with one-hot vectors, which is exact and whose gradient is a product
// too; there are only a few rows.
func lookUp(rows, index *Node) *Node {
	pick := OneHot(index, rows.Shape().Dim(-2), rows.DType())
	if rows.Rank() == 3 {
		return Einsum("bnk,bkw->bnw", pick, rows)
	}
	return Einsum("bnk,kw->bnw", pick, rows)
}
