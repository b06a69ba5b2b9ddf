package clip_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
)

// The vocabulary of the small model; its largest id ends a text.
const (
	testVocab = 12
	testEOS   = 11
)

func smallText() clip.TextConfig {
	return clip.TextConfig{
		VocabSize: testVocab, HiddenSize: 8, IntermediateSize: 12, ProjectionDim: 6, NumHiddenLayers: 2,
		NumAttentionHeads: 2, MaxPositionEmbeddings: 6, HiddenAct: "gelu", LayerNormEps: 1e-5,
		EOSTokenID: 2, Projection: true,
	}
}

// textBundle is a small text model with starting values.
type textBundle struct {
	*clip.TextModel
	store   *model.Store
	weights *nn.Weights
}

func newTextBundle(t *testing.T, c clip.TextConfig) *textBundle {
	t.Helper()
	m, err := clip.NewText(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	w := nn.NewWeights(store, "text")
	if err := w.Initialise(m.Params, 7); err != nil {
		t.Fatal(err)
	}
	return &textBundle{m, store, w}
}

// row reads one row of the token table.
func (b *textBundle) row(t *testing.T, id int) []float32 {
	t.Helper()
	table, err := b.weights.Float32(b.TokenTable())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(table[id*b.Config.HiddenSize:][:b.Config.HiddenSize])
}

// closeEnough allows the rounding of another order of summation.
var closeEnough = cmpopts.EquateApprox(0, 1e-6)

func TestTextIsCausal(t *testing.T) {
	b := newTextBundle(t, smallText())
	ids := tensors.FromValue([][]int64{{1, 3, 4, 5, testEOS}, {1, 3, 4, 7, testEOS}})
	got := evaluate(t, b.store, func(o *outputs, in []*Node) {
		out := b.Forward(nn.NewPass(b.weights, nn.Options{}), in[0], clip.TextOptions{})
		o.add("last", out.Last)
	}, ids)["last"]
	width := b.Config.HiddenSize
	a, c := got[:5*width], got[5*width:]
	if diff := cmp.Diff(a[:3*width], c[:3*width], closeEnough); diff != "" {
		t.Errorf("states before the changed token differ:\n%s", diff)
	}
	for i := 3; i < 5; i++ {
		if cmp.Equal(a[i*width:(i+1)*width], c[i*width:(i+1)*width], closeEnough) {
			t.Errorf("state %d does not see the changed token", i)
		}
	}
}

func TestTextPooling(t *testing.T) {
	ids := [][]int32{
		{1, 3, testEOS, testEOS, testEOS},      // ends at 2
		{1, testVocab, testVocab + 1, 4, 9},    // rows do not pass for the end
		{1, 9, 3, 9, testEOS},                  // 9 is the end where the config says so
		{1, 3, 4, 5, 6},                        // no end of text
		{testVocab, 9, testEOS, testVocab, 10}, // a row first
	}
	cases := []struct {
		name string
		eos  int
		want []int
	}{
		{"Legacy", 2, []int{2, 4, 4, 4, 2}},
		{"ByID", 9, []int{0, 4, 1, 0, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := smallText()
			config.EOSTokenID = c.eos
			b := newTextBundle(t, config)
			rows := tensors.FromFlatDataAndDimensions(make([]float32, 2*config.HiddenSize), 2, config.HiddenSize)
			got := evaluate(t, b.store, func(o *outputs, in []*Node) {
				out := b.Forward(nn.NewPass(b.weights, nn.Options{}), in[0], clip.TextOptions{Rows: in[1]})
				o.add("last", out.Last)
				o.add("pooled", out.Pooled)
			}, tensors.FromValue(ids), rows)
			width := config.HiddenSize
			for i, at := range c.want {
				last := got["last"][(i*len(ids[i])+at)*width:][:width]
				if diff := cmp.Diff(last, got["pooled"][i*width:][:width]); diff != "" {
					t.Errorf("text %d: pooled is not the state at %d:\n%s", i, at, diff)
				}
			}
		})
	}
}

// TestTextRows checks that a row from outside acts as the same row inside.
func TestTextRows(t *testing.T) {
	b := newTextBundle(t, smallText())
	width := b.Config.HiddenSize
	row5, row6 := b.row(t, 5), b.row(t, 6)
	both := append(slices.Clone(row6), row5...)
	got := evaluate(t, b.store, func(o *outputs, in []*Node) {
		p := nn.NewPass(b.weights, nn.Options{})
		last := func(ids *Node, opts clip.TextOptions) *Node { return b.Forward(p, ids, opts).Last }
		o.add("table", last(in[0], clip.TextOptions{}))
		o.add("rows", last(in[1], clip.TextOptions{Rows: in[2]}))
		o.add("rows of each text", last(in[1], clip.TextOptions{Rows: in[3]}))
		o.add("splice", last(in[4], clip.TextOptions{Splice: []clip.Replacement{{ID: 2, Row: in[5]}}}))
	},
		tensors.FromValue([][]int32{{1, 5, 6, testEOS}, {1, 5, 6, testEOS}}),
		tensors.FromValue([][]int32{{1, testVocab + 1, testVocab, testEOS}, {1, testVocab + 1, 6, testEOS}}),
		tensors.FromFlatDataAndDimensions(both, 2, width),
		tensors.FromFlatDataAndDimensions(append(slices.Clone(both), both...), 2, 2, width),
		tensors.FromValue([][]int32{{1, 2, 6, testEOS}, {1, 2, 6, testEOS}}),
		tensors.FromValue(row5))
	for _, name := range []string{"rows", "rows of each text", "splice"} {
		if diff := cmp.Diff(got["table"], got[name], closeEnough); diff != "" {
			t.Errorf("%s (-table +got):\n%s", name, diff)
		}
	}
}

// TestTextRowsOfEachText gives two texts with one placeholder different rows.
func TestTextRowsOfEachText(t *testing.T) {
	b := newTextBundle(t, smallText())
	width := b.Config.HiddenSize
	rows := append(b.row(t, 5), b.row(t, 6)...)
	got := evaluate(t, b.store, func(o *outputs, in []*Node) {
		p := nn.NewPass(b.weights, nn.Options{})
		o.add("table", b.Forward(p, in[0], clip.TextOptions{}).Last)
		o.add("rows", b.Forward(p, in[1], clip.TextOptions{Rows: in[2]}).Last)
	},
		tensors.FromValue([][]int32{{1, 5, testEOS}, {1, 6, testEOS}}),
		tensors.FromValue([][]int32{{1, testVocab, testEOS}, {1, testVocab, testEOS}}),
		tensors.FromFlatDataAndDimensions(rows, 2, 1, width))
	if diff := cmp.Diff(got["table"], got["rows"], closeEnough); diff != "" {
		t.Errorf("rows (-table +got):\n%s", diff)
	}
}

// TestTextGradient checks the gradient of a spliced row against differences,
// with and without checkpointing.
func TestTextGradient(t *testing.T) {
	b := newTextBundle(t, smallText())
	loss := func(p *nn.Pass, ids, row *Node) *Node {
		out := b.Forward(p, ids, clip.TextOptions{Splice: []clip.Replacement{{ID: 4, Row: row}}})
		return ReduceAllSum(Mul(Sin(MulScalar(out.Embeds, 3)), Square(out.Embeds)))
	}
	ids := tensors.FromValue([][]int32{{1, 4, 3, 4, testEOS}})
	row := b.row(t, 9)
	const step = 5e-4 // small beside the table's deviation of 0.02
	up, down := slices.Clone(row), slices.Clone(row)
	up[3] += step
	down[3] -= step
	got := evaluate(t, b.store, func(o *outputs, in []*Node) {
		plain := nn.NewPass(b.weights, nn.Options{})
		thrifty := nn.NewPass(b.weights, nn.Options{Checkpoint: true})
		o.add("plain", Gradient(loss(plain, in[0], in[1]), in[1])[0])
		o.add("checkpointed", Gradient(loss(thrifty, in[0], in[1]), in[1])[0])
		o.add("up", loss(plain, in[0], in[2]))
		o.add("down", loss(plain, in[0], in[3]))
	}, ids, tensors.FromValue(row), tensors.FromValue(up), tensors.FromValue(down))
	if diff := cmp.Diff(got["plain"], got["checkpointed"], cmpopts.EquateApprox(1e-4, 1e-6)); diff != "" {
		t.Errorf("gradient (-plain +checkpointed):\n%s", diff)
	}
	difference := (got["up"][0] - got["down"][0]) / (2 * step)
	if want := got["plain"][3]; !cmp.Equal(want, difference, cmpopts.EquateApprox(0.02, 0)) {
		t.Errorf("gradient is %g, the difference quotient %g", want, difference)
	}
}

func TestTextForwardErrors(t *testing.T) {
	b := newTextBundle(t, smallText())
	ids := func(n int) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(make([]int32, n), 1, n) }
	cases := []struct {
		name, want string
		length     int
		use        func(p *nn.Pass, ids *Node)
	}{
		{"ErrLong", "max_position_embeddings 6", 7, func(p *nn.Pass, ids *Node) { b.Forward(p, ids, clip.TextOptions{}) }},
		{"ErrRows", "[k, 8]", 4, func(p *nn.Pass, ids *Node) {
			b.Forward(p, ids, clip.TextOptions{Rows: Zeros(ids.Graph(), shape(2, 7))})
		}},
		{"ErrSkip", "clip skip 2 is not between 0 and 1", 4, func(p *nn.Pass, ids *Node) {
			b.Skip(p, b.Forward(p, ids, clip.TextOptions{}), 2)
		}},
		{"ErrNotLoaded", "text_model.embeddings.token_embedding.weight of /other is not loaded", 4, func(_ *nn.Pass, ids *Node) {
			b.Forward(nn.NewPass(nn.NewWeights(b.store, "other"), nn.Options{}), ids, clip.TextOptions{})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := buildError(t, b.store, c.use, b.weights, ids(c.length))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			var p *engine.PanicError
			if errors.As(err, &p) && p.Internal {
				t.Errorf("the error is a mistake in the program: %v", err)
			}
		})
	}
}

// asked is an adapter that has nothing to add and keeps the layers' names.
type asked struct{ layers []string }

func (a *asked) Offset(_ *Graph, layer string) (nn.Offset, bool) {
	a.layers = append(a.layers, layer)
	return nn.Offset{}, false
}

func TestTextAdaptersReachEveryLinear(t *testing.T) {
	c := smallText()
	c.NumHiddenLayers = 1
	b := newTextBundle(t, c)
	var a asked
	evaluate(t, b.store, func(o *outputs, in []*Node) {
		a.layers = nil
		out := b.Forward(nn.NewPass(b.weights, nn.Options{Adapters: []nn.Adapter{&a}}), in[0], clip.TextOptions{})
		o.add("embeds", out.Embeds)
	}, tensors.FromValue([][]int32{{1, testEOS}}))
	const layer = "text_model.encoder.layers.0."
	want := []string{
		layer + "self_attn.q_proj", layer + "self_attn.k_proj", layer + "self_attn.v_proj", layer + "self_attn.out_proj",
		layer + "mlp.fc1", layer + "mlp.fc2", "text_projection",
	}
	if diff := cmp.Diff(want, a.layers, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
}
