package tuning

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
)

// Component and name of the learned token vectors.
const (
	tokenComponent = "token"
	tokenRows      = "rows"
)

// token is the placeholder: its ids in prompts and its vectors, the rows that
// learn. No other row of the token table is touched.
type token struct {
	ids   []int // one a vector
	width int
	vars  *variables
}

// newToken makes the vectors' variable, [len(ids), width].
func newToken(v *variables, ids []int, width int, rows []float32) (*token, error) {
	t := &token{ids: ids, width: width, vars: v}
	if len(rows) != len(ids)*width {
		return nil, fmt.Errorf("start token: %d values for %d vectors of width %d", len(rows), len(ids), width)
	}
	value := tensors.FromFlatDataAndDimensions(rows, len(ids), width)
	if err := v.of(tokenComponent).Set(tokenRows, value); err != nil {
		return nil, fmt.Errorf("start token: %w", err)
	}
	return t, nil
}

func (t *token) variable() *model.Variable { return t.vars.of(tokenComponent).Variable(tokenRows) }

func (t *token) group(rate optim.Schedule) group {
	return group{name: tokenComponent, vars: []*model.Variable{t.variable()}, rate: rate}
}

// rows are the vectors in a graph, [len(ids), width].
func (t *token) rows(g *Graph) *Node { return t.variable().NodeValue(g) }

// options splices rows [len(ids), width] into the text encoder's lookup in the
// placeholder's place, one by one, because placeholder ids need not begin where the
// token table ends.
func (t *token) options(rows *Node) clip.TextOptions {
	var o clip.TextOptions
	for i, id := range t.ids {
		row := Reshape(Slice(rows, AxisRange(i, i+1)), t.width)
		o.Splice = append(o.Splice, clip.Replacement{ID: id, Row: row})
	}
	return o
}

// embeddings reads the vectors back from w, one slice each.
func (t *token) embeddings(w *nn.Weights) ([][]float32, error) {
	flat, err := flatOf(w.Variable(tokenRows))
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, len(t.ids))
	for i := range rows {
		rows[i] = flat[i*t.width : (i+1)*t.width]
	}
	return rows, nil
}
