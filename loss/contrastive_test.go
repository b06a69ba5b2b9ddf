package loss_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/loss"
)

// rows is a matrix in float64, for values worked out without a graph.
type rows [][]float64

func (r rows) tensor() *tensors.Tensor {
	var flat []float32
	for _, row := range r {
		for _, x := range row {
			flat = append(flat, float32(x))
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, len(r), len(r[0]))
}

// normal is n random rows of d numbers that float32 holds exactly.
func normal(random *rand.Rand, n, d int, scale float64) rows {
	r := make(rows, n)
	for i := range r {
		for range d {
			r[i] = append(r[i], float64(float32(scale*random.NormFloat64())))
		}
	}
	return r
}

func cosine(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

// nearest is the k rows of table nearest to v by cosine.
func nearest(v []float64, table rows, k int) rows {
	sorted := slices.Clone(table)
	slices.SortFunc(sorted, func(a, b []float64) int { return cmp.Compare(cosine(v, b), cosine(v, a)) })
	return sorted[:k]
}

// contrastive is the formula as it is written, in float64, with the neighbours
// of each prediction given.
func contrastive(v rows, neighbours []rows, negatives rows, tau float64) float64 {
	var sum float64
	for i := range v {
		var pull, push float64
		for _, w := range neighbours[i] {
			pull += math.Exp(cosine(v[i], w) / tau)
		}
		for j := range v {
			if j != i {
				push += math.Exp(cosine(v[i], v[j]) / tau)
			}
		}
		for _, u := range negatives {
			push += math.Exp(cosine(v[i], u) / tau)
		}
		sum -= math.Log(pull/(pull+push)) / float64(len(v))
	}
	return sum
}

// difference is the gradient of f by central differences, with v changed in
// place and put back.
func difference(v rows, f func() float64) []float32 {
	const step = 1e-5
	var gradient []float32
	for _, row := range v {
		for i, x := range row {
			row[i] = x + step
			up := f()
			row[i] = x - step
			gradient = append(gradient, float32((up-f())/(2*step)))
			row[i] = x
		}
	}
	return gradient
}

// withGradients is the loss and its gradients: [loss, predictions, table,
// negatives].
func withGradients(t *testing.T, c loss.Contrastive, v, table, negatives rows) [][]float32 {
	t.Helper()
	args := []any{v.tensor(), table.tensor()}
	if negatives != nil {
		args = append(args, negatives.tensor())
	}
	return run(t, func(in []*Node) []*Node {
		var u *Node
		if negatives != nil {
			u = in[2]
		}
		l := c.Loss(in[0], in[1], u)
		return append([]*Node{l}, Gradient(l, in...)...)
	}, args...)
}

// TestContrastiveByHand has vectors at right angles and opposite, so that the
// cosines are 1, 0 and -1 whatever the lengths.
func TestContrastiveByHand(t *testing.T) {
	e := math.E
	words := rows{{0.1, 0}, {0, 7}, {-2, 0}}
	for _, c := range []struct {
		name         string
		k            int
		tau          float64
		v, negatives rows
		want         float64
	}{
		{"one word", 1, 1, rows{{2, 0}, {0, 3}}, nil, -math.Log(e / (e + 1))},
		{"two words", 2, 1, rows{{2, 0}, {0, 3}}, nil, -math.Log((e + 1) / (e + 2))},
		{"three words", 3, 1, rows{{2, 0}, {0, 3}}, nil, -(math.Log((e+1+1/e)/(e+2+1/e)) + math.Log((e+2)/(e+3))) / 2},
		{"same", 1, 1, rows{{2, 0}, {5, 0}}, nil, math.Ln2},
		{"temperature", 1, 0.5, rows{{2, 0}, {0, 3}}, nil, -math.Log(e * e / (e*e + 1))},
		{"negatives", 1, 1, rows{{2, 0}, {0, 3}}, rows{{-9, 0}, {0, 0.5}},
			-(math.Log(e/(e+1+1/e+1)) + math.Log(e/(e+1+1+e))) / 2},
		{"one prediction", 2, 1, rows{{2, 0}}, nil, 0},
		{"one prediction, negatives", 1, 1, rows{{2, 0}}, rows{{1, 0}}, math.Ln2},
		{"zero vector", 1, 1, rows{{0, 0}, {0, 3}}, nil, (math.Ln2 - math.Log(e/(e+1))) / 2},
		{"far from words", 1, 0.001, rows{{1, -1}, {1, -1}}, nil, 1000 * (1 - math.Sqrt2/2)},
		{"at a word", 1, 0.001, rows{{2, 0}, {0, 3}}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := withGradients(t, loss.Contrastive{Neighbours: c.k, Temperature: c.tau}, c.v, words, c.negatives)
			near(t, "loss", out[0], []float32{float32(c.want)})
			if bad := func(g float32) bool { return math.IsNaN(float64(g - g)) }; slices.ContainsFunc(out[1], bad) {
				t.Errorf("the gradient is %v", out[1])
			}
			for _, gradient := range out[2:] {
				near(t, "gradient of a constant", gradient, make([]float32, len(gradient)))
			}
		})
	}
}

// TestContrastiveGradient compares with differences of the formula in float64.
func TestContrastiveGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	v, words, negatives := normal(random, 4, 12, 0.1), normal(random, 50, 12, 0.1), normal(random, 3, 12, 2)
	for _, c := range []struct {
		name      string
		k         int
		tau       float64
		v         rows
		negatives rows
	}{
		{"one word", 1, 0.07, v, nil},
		{"words", 5, 0.2, v, nil},
		{"all words", 50, 1, v, nil},
		{"negatives", 5, 0.2, v, negatives},
		{"cold", 3, 0.02, v, negatives},
		{"one prediction", 3, 0.2, v[:1], nil},
		{"one prediction, negatives", 3, 0.2, v[:1], negatives},
	} {
		t.Run(c.name, func(t *testing.T) {
			var neighbours []rows
			for _, row := range c.v {
				neighbours = append(neighbours, nearest(row, words, c.k))
			}
			f := func() float64 { return contrastive(c.v, neighbours, c.negatives, c.tau) }
			out := withGradients(t, loss.Contrastive{Neighbours: c.k, Temperature: c.tau}, c.v, words, c.negatives)
			golden.Close(t, "loss", out[0], []float32{float32(f())}, 5e-5, true)
			golden.Close(t, "gradient", out[1], difference(c.v, f), 5e-5, true)
		})
	}
}

func TestContrastiveNearest(t *testing.T) {
	words := rows{{0.1, 0}, {0, 7}, {-2, 0}, {3, 3}, {0, 0}}
	exec, err := NewExec(enginetest.Open(t).Backend(), loss.Contrastive{Neighbours: 3, Temperature: 1}.Nearest)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(rows{{1, 0.1}, {-0.01, 9}, {-5, 1}}.tensor(), words.tensor())
	if err != nil {
		t.Fatal(err)
	}
	got := tensors.MustCopyFlatData[int32](out[0])
	if want := []int32{0, 3, 1, 1, 3, 2, 2, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("the nearest are %v, want %v", got, want)
	}
	_, err = exec.Call(rows{{1, 0}}.tensor(), words[:2].tensor())
	if err == nil || !strings.Contains(err.Error(), "3 nearest words were asked for of a table of 2") {
		t.Errorf("of two words three were the nearest: %v", err)
	}
}

func TestContrastiveValidate(t *testing.T) {
	for _, c := range []struct {
		loss.Contrastive
		key string // of the setting that is wrong
	}{
		{loss.Contrastive{Neighbours: 1, Temperature: 0.07}, ""},
		{loss.Contrastive{Neighbours: 0, Temperature: 0.07}, "contrastive_neighbours"},
		{loss.Contrastive{Neighbours: 1}, "contrastive_temperature"},
		{loss.Contrastive{Neighbours: 1, Temperature: -1}, "contrastive_temperature"},
		{loss.Contrastive{Neighbours: 1, Temperature: math.NaN()}, "contrastive_temperature"},
		{loss.Contrastive{Neighbours: 1, Temperature: math.Inf(1)}, "contrastive_temperature"},
	} {
		err := c.Validate()
		if (err == nil) != (c.key == "") || err != nil && !strings.HasPrefix(err.Error(), c.key+": ") {
			t.Errorf("%+v: %v, want one of %q", c.Contrastive, err, c.key)
		}
	}
}
