package optim_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/optim"
)

// bundle is a store with one variable, w, and what runs graphs on it.
type bundle struct {
	t     *testing.T
	store *model.Store
	w     *model.Variable
}

func setup(t *testing.T, values ...float32) *bundle {
	t.Helper()
	store := model.NewStore()
	return &bundle{t, store, store.VariableWithValue("/unet/w", values)}
}

// run builds and runs a graph once.
func (b *bundle) run(f func(in []*Node) []*Node, args ...any) [][]float32 {
	b.t.Helper()
	exec, err := model.NewExec(enginetest.Open(b.t).Backend(), b.store, func(_ *model.Scope, in []*Node) []*Node { return f(in) })
	if err != nil {
		b.t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(args...)
	if err != nil {
		b.t.Fatal(err)
	}
	var out [][]float32
	for _, r := range results {
		out = append(out, tensors.MustCopyFlatData[float32](r))
	}
	return out
}

func (b *bundle) values(path string) []float32 {
	b.t.Helper()
	v := b.store.GetVariable(path)
	if v == nil {
		b.t.Fatalf("there is no variable %s", path)
	}
	value, err := v.Value()
	if err != nil {
		b.t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](value)
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-6*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

// TestAdamW follows two steps worked out by hand. Step 1: the corrected moments
// are the gradient and its square, so each weight loses rate*decay of itself and
// the rate times the gradient's sign. Step 2 with a gradient of 0: m = 0.09,
// v = 0.000999 of the first, corrected by 0.19 and 0.001999.
func TestAdamW(t *testing.T) {
	b := setup(t, 1, -2)
	vars := []*model.Variable{b.w}
	a := optim.DefaultAdamW()
	if err := a.NewState(b.store, vars); err != nil {
		t.Fatal(err)
	}
	step := func(n int, grad ...float32) {
		b.run(func(in []*Node) []*Node {
			a.Update(b.store, vars, []*Node{in[0]}, in[1])
			return []*Node{in[0]}
		}, grad, a.Scalars(0.1, n))
	}
	step(1, 0.5, -4)
	near(t, "weights after step 1", b.values("/unet/w"), []float32{1 - 0.001 - 0.1, -2 + 0.002 + 0.1})
	near(t, "first moments", b.values(optim.DefaultAdamW().StatePaths(vars)[0]), []float32{0.05, -0.4})
	near(t, "second moments", b.values(optim.DefaultAdamW().StatePaths(vars)[1]), []float32{0.00025, 0.016})
	step(2, 0, 0)
	move := 0.1 * (0.09 / 0.19) / math.Sqrt(0.000999/(1-0.999*0.999))
	near(t, "weights after step 2", b.values("/unet/w"), []float32{
		float32(0.899*0.999 - move), float32(-1.898*0.999 + move)})
}

func TestAdamWStateIsKept(t *testing.T) {
	b := setup(t, 1, 2)
	vars := []*model.Variable{b.w}
	path := optim.DefaultAdamW().StatePaths(vars)[1]
	b.store.VariableWithValue(path, []float32{3, 4})
	if err := optim.DefaultAdamW().NewState(b.store, vars); err != nil {
		t.Fatal(err)
	}
	near(t, "moments of a resumed run", b.values(path), []float32{3, 4})
	if got := optim.OwnerPath(path); got != "/unet/w" {
		t.Errorf("the owner of %s is %s", path, got)
	}
	if err := b.store.DeleteVariable(path); err != nil {
		t.Fatal(err)
	}
	b.store.VariableWithValue(path, []float32{3})
	if err := optim.DefaultAdamW().NewState(b.store, vars); err == nil {
		t.Error("moments of another shape were accepted")
	}
}

func TestClipByGlobalNorm(t *testing.T) {
	b := setup(t, 0)
	for _, c := range []struct {
		limit float64
		want  float32 // factor
	}{{1, 1.0 / 13}, {26, 1}} {
		out := b.run(func(in []*Node) []*Node {
			clipped, norm := optim.ClipByGlobalNorm(in, c.limit)
			return append(clipped, norm)
		}, []float32{3, 4}, []float32{12})
		near(t, "clipped", append(out[0], out[1]...), []float32{3 * c.want, 4 * c.want, 12 * c.want})
		near(t, "norm", out[2], []float32{13})
	}
}

// TestAccumulate gives two parts of one row the update of one batch of two.
func TestAccumulate(t *testing.T) {
	rows := [][]float32{{1, 2}, {3, -8}}
	whole, parts := setup(t, 0.5, -1), setup(t, 0.5, -1)
	a := optim.DefaultAdamW()
	gradient := func(b *bundle, x *Node) *Node { // of mean((x w)^2) over rows
		w := b.w.NodeValue(x.Graph())
		product := ReduceSum(Mul(x, InsertAxes(w, 0)), -1)
		return Gradient(ReduceAllMean(Square(product)), w)[0]
	}
	for _, b := range []*bundle{whole, parts} {
		if err := optim.DefaultAdamW().NewState(b.store, []*model.Variable{b.w}); err != nil {
			t.Fatal(err)
		}
	}
	vars := []*model.Variable{whole.w}
	whole.run(func(in []*Node) []*Node {
		a.Update(whole.store, vars, []*Node{gradient(whole, in[0])}, in[1])
		return in[1:]
	}, rows, a.Scalars(0.1, 1))

	vars = []*model.Variable{parts.w}
	if err := optim.NewAccumulator(parts.store, vars); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		parts.run(func(in []*Node) []*Node {
			optim.Accumulate(parts.store, vars, []*Node{gradient(parts, in[0])}, len(rows))
			return in
		}, [][]float32{row})
	}
	parts.run(func(in []*Node) []*Node {
		a.Update(parts.store, vars, optim.Take(parts.store, in[0].Graph(), vars), in[0])
		return in
	}, a.Scalars(0.1, 1))
	near(t, "weights", parts.values("/unet/w"), whole.values("/unet/w"))
	near(t, "moments", parts.values(optim.DefaultAdamW().StatePaths(vars)[0]), whole.values(optim.DefaultAdamW().StatePaths(vars)[0]))
	near(t, "sums after the update", parts.values(optim.AccumulatorPaths(vars)[0]), []float32{0, 0})
}

func TestEMA(t *testing.T) {
	b := setup(t, 1, 10)
	vars := []*model.Variable{b.w}
	if err := optim.NewEMA(b.store, vars); err != nil {
		t.Fatal(err)
	}
	b.run(func(in []*Node) []*Node {
		b.w.SetNodeValue(in[1])
		optim.UpdateEMA(b.store, vars, in[0])
		return in
	}, float32(0.75), []float32{3, 2})
	near(t, "weights", b.values("/unet/w"), []float32{3, 2})
	near(t, "averages", b.values(optim.EMAPath("/unet/w")), []float32{1.5, 8})
	if err := optim.NewEMA(b.store, vars); err != nil {
		t.Fatal(err)
	}
	near(t, "averages of a resumed run", b.values(optim.EMAPath("/unet/w")), []float32{1.5, 8})
}

func TestEMADecay(t *testing.T) {
	for _, c := range []struct {
		limit float64
		step  int
		want  float64
	}{{0.999, 1, 2.0 / 11}, {0.999, 90, 0.91}, {0.9, 90, 0.9}, {0, 5, 0}} {
		if got := optim.EMADecay(c.limit, c.step); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("decay up to %g at step %d is %g, want %g", c.limit, c.step, got, c.want)
		}
	}
}

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		name     string
		schedule optim.Schedule
		want     map[int]float64
	}{
		{"constant", optim.Schedule{Kind: "constant", Base: 2, Total: 10}, map[int]float64{1: 2, 10: 2}},
		{"warmup", optim.Schedule{Kind: "constant", Base: 2, Warmup: 4, Total: 10}, map[int]float64{1: 0.5, 3: 1.5, 4: 2, 5: 2}},
		{"linear", optim.Schedule{Kind: "linear", Base: 2, Total: 4}, map[int]float64{1: 2, 2: 1.5, 4: 0.5, 5: 0, 9: 0}},
		{"linear after warmup", optim.Schedule{Kind: "linear", Base: 2, Warmup: 2, Total: 6}, map[int]float64{1: 1, 2: 2, 3: 2, 6: 0.5}},
		{"cosine", optim.Schedule{Kind: "cosine", Base: 2, Total: 4}, map[int]float64{1: 2, 3: 1, 4: 1 - math.Sqrt2/2}},
		{"stable, then down", optim.Schedule{Kind: "warmup_stable_decay", Base: 2, Warmup: 2, Decay: 4, Total: 10}, map[int]float64{1: 1, 2: 2, 6: 2, 7: 2, 8: 1.5, 10: 0.5, 11: 0}},
		{"down from the warmup on", optim.Schedule{Kind: "warmup_stable_decay", Base: 2, Warmup: 2, Decay: 9, Total: 6}, map[int]float64{2: 2, 3: 2, 6: 0.5}},
		{"warmup only", optim.Schedule{Kind: "cosine", Base: 2, Warmup: 4, Total: 4}, map[int]float64{2: 1, 4: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.schedule.Validate(); err != nil {
				t.Fatal(err)
			}
			for step, want := range c.want {
				if got := c.schedule.At(step); math.Abs(got-want) > 1e-12 {
					t.Errorf("step %d: rate %g, want %g", step, got, want)
				}
			}
		})
	}
}

func TestScheduleSameUpTo(t *testing.T) {
	cosine := optim.Schedule{Kind: "cosine", Base: 1, Warmup: 3, Total: 10}
	stable := optim.Schedule{Kind: "warmup_stable_decay", Base: 1, Warmup: 3, Decay: 4, Total: 10}
	for _, c := range []struct {
		schedule     optim.Schedule
		steps, total int
		want         bool
	}{
		{cosine, 4, 20, true}, {cosine, 5, 20, false}, {cosine, 10, 10, true},
		{stable, 7, 20, true}, {stable, 8, 20, false}, {stable, 6, 9, true}, {stable, 7, 9, false},
	} {
		if got := c.schedule.SameUpTo(c.steps, c.total); got != c.want {
			t.Errorf("%s, %d steps of %d in place of %d: %t", c.schedule.Kind, c.steps, c.total, c.schedule.Total, got)
		}
	}
}

func TestScheduleRefuses(t *testing.T) {
	good := optim.Schedule{Kind: "linear", Base: 1, Total: 1}
	for name, change := range map[string]func(*optim.Schedule){
		"kind":     func(s *optim.Schedule) { s.Kind = "square" },
		"rate":     func(s *optim.Schedule) { s.Base = 0 },
		"NaN":      func(s *optim.Schedule) { s.Base = math.NaN() },
		"infinite": func(s *optim.Schedule) { s.Base = math.Inf(1) },
		"warmup":   func(s *optim.Schedule) { s.Warmup = -1 },
		"decay":    func(s *optim.Schedule) { s.Decay = 3 },
		"no decay": func(s *optim.Schedule) { s.Kind = "warmup_stable_decay" },
		"total":    func(s *optim.Schedule) { s.Total = 0 },
	} {
		s := good
		change(&s)
		if s.Validate() == nil {
			t.Errorf("%s: %+v was accepted", name, s)
		}
	}
}
