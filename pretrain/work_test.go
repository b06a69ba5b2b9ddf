package pretrain

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/engine"
)

// counted is the work of what f makes of arrays of these shapes, and that of it with
// its gradients for all of them.
func counted(t *testing.T, dtype dtypes.DType, f func(in []*Node) *Node, dims ...[]int) (forward, all Work) {
	t.Helper()
	g := NewGraph(pureGo(t), "")
	defer g.Finalize()
	err := engine.Try(func() (err error) {
		var in []*Node
		for _, d := range dims {
			in = append(in, Parameter(g, "", shapes.Make(dtype, d...)))
		}
		y := f(in)
		if forward, err = workOf(y); err != nil {
			return err
		}
		all, err = workOf(append(Gradient(ReduceAllSum(Square(y)), in...), y)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return forward, all
}

// The gradient for each operand takes as many operations as the output: the same
// pairs are multiplied, summed in another way.
func TestWorkOfAProduct(t *testing.T) {
	for name, c := range map[string]struct {
		equation string
		a, b     []int
		want     float64
	}{
		"Matrices": {"ij,jk->ik", []int{5, 3}, []int{3, 4}, 2 * 5 * 3 * 4},
		"Batches":  {"bij,bkj->bik", []int{7, 5, 3}, []int{7, 4, 3}, 2 * 7 * 5 * 3 * 4},
		"TwoSums":  {"ijl,jlk->ik", []int{5, 3, 2}, []int{3, 2, 4}, 2 * 5 * 3 * 2 * 4},
		"Outer":    {"i,j->ij", []int{5}, []int{4}, 2 * 5 * 4},
	} {
		t.Run(name, func(t *testing.T) {
			product := func(in []*Node) *Node { return Einsum(c.equation, in[0], in[1]) }
			forward, all := counted(t, dtypes.Float32, product, c.a, c.b)
			if diff := cmp.Diff([]Work{{dtypes.Float32: c.want}, {dtypes.Float32: 3 * c.want}}, []Work{forward, all}); diff != "" {
				t.Error(diff)
			}
			// GoMLX makes the gradients of a sum like this in float32.
			forward, all = counted(t, dtypes.BFloat16, product, c.a, c.b)
			half := Work{dtypes.BFloat16: c.want, dtypes.Float32: 2 * c.want}
			if diff := cmp.Diff([]Work{{dtypes.BFloat16: c.want}, half}, []Work{forward, all}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Counted by hand, along one axis: how often a place of the kernel lies on one of the
// picture.
func TestWorkOfAConvolution(t *testing.T) {
	const batch, in, out = 2, 4, 6
	for name, c := range map[string]struct {
		height, width, kernel, groups int
		set                           func(*ConvolutionBuilder) *ConvolutionBuilder
		rows, columns                 float64
	}{
		"Plain":   {5, 6, 3, 1, (*ConvolutionBuilder).NoPadding, 3 * 3, 4 * 3},
		"Pointed": {5, 6, 1, 1, (*ConvolutionBuilder).NoPadding, 5, 6},
		"Padded":  {5, 6, 3, 1, (*ConvolutionBuilder).PadSame, 2 + 3*3 + 2, 2 + 4*3 + 2},
		"Strided": {6, 8, 3, 1, func(c *ConvolutionBuilder) *ConvolutionBuilder {
			return c.Strides(2).PaddingPerDim([][2]int{{0, 1}, {0, 1}})
		}, 3 + 3 + 2, 3 + 3 + 3 + 2},
		"StridedEvenly": {6, 8, 3, 1, func(c *ConvolutionBuilder) *ConvolutionBuilder {
			return c.Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}})
		}, 2 + 3 + 3, 2 + 3 + 3 + 3},
		"Dilated": {6, 7, 3, 1, func(c *ConvolutionBuilder) *ConvolutionBuilder { return c.Dilations(2).NoPadding() }, 2 * 3, 3 * 3},
		"Grouped": {5, 6, 3, 2, (*ConvolutionBuilder).PadSame, 2 + 3*3 + 2, 2 + 4*3 + 2},
		"GroupedStrided": {6, 8, 3, 2, func(c *ConvolutionBuilder) *ConvolutionBuilder {
			return c.Strides(2).PaddingPerDim([][2]int{{0, 1}, {0, 1}})
		}, 3 + 3 + 2, 3 + 3 + 3 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			forward, all := counted(t, dtypes.Float32, func(in []*Node) *Node {
				return c.set(Convolve(in[0], in[1])).ChannelGroupCount(c.groups).Done()
			}, []int{batch, c.height, c.width, in}, []int{c.kernel, c.kernel, in / c.groups, out})
			want := 2 * batch * out * float64(in/c.groups) * c.rows * c.columns
			if diff := cmp.Diff([]Work{{dtypes.Float32: want}, {dtypes.Float32: 3 * want}}, []Work{forward, all}); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("BatchGroups", func(t *testing.T) { // a group's pictures meet their own kernels alone
		forward, _ := counted(t, dtypes.Float32, func(in []*Node) *Node {
			return ReduceAllSum(Convolve(StopGradient(in[0]), StopGradient(in[1])).BatchGroupCount(2).NoPadding().Done())
		}, []int{batch, 5, 6, in}, []int{3, 3, in, out})
		if want := (Work{dtypes.Float32: 2 * batch / 2 * out * in * 9 * 12}); !cmp.Equal(want, forward) {
			t.Errorf("got %v, want %v", forward, want)
		}
	})
}

// What no output depends on is not computed.
func TestWorkLeavesOutWhatIsNotUsed(t *testing.T) {
	forward, _ := counted(t, dtypes.Float32, func(in []*Node) *Node {
		Einsum("ij,ij->i", in[0], in[0])
		return Add(in[0], OnesLike(in[0]))
	}, []int{5, 3})
	if len(forward) != 0 {
		t.Errorf("got %v", forward)
	}
}

// A stage's step has work from when it is made, which grows with the batch.
func TestStagesKnowTheirWork(t *testing.T) {
	backend, root := pureGo(t), t.TempDir()
	work := func(name string, batch int) float64 {
		s := stages(t, backend, filepath.Join(root, "clip"), filepath.Join(root, "vae"), filepath.Join(root, "latents"), func(s *Settings) { s.BatchSize = batch })[name]
		stage := made(t, s)
		worked := stage.(Worked)
		if w := worked.Work(); w != nil {
			t.Errorf("%s: %v before a step", name, w)
		}
		if _, err := stage.Step(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if w := worked.Work(); len(w) != 1 || !(w[dtypes.Float32] > 0) {
			t.Fatalf("%s: %v", name, w)
		}
		if name != "unet" && batch == 2 {
			if err := stage.Export(t.Context(), filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		return worked.Work()[dtypes.Float32]
	}
	for name, most := range map[string]float64{"vae": 2, "clip": 3} { // CLIP compares each picture with each text
		if ratio := work(name, 4) / work(name, 2); ratio < 2 || ratio > most {
			t.Errorf("%s: a batch twice as large takes %g times the work", name, ratio)
		}
	}
	if ratio := work("unet", 4) / work("unet", 2); ratio != 2 {
		t.Errorf("unet: a batch twice as large takes %g times the work", ratio)
	}
}

// working is a stage of known work.
type working struct {
	*counter
	work Work
}

func (w working) Work() Work { return w.work }

func TestRunTellsTheShare(t *testing.T) {
	half := Work{dtypes.Float32: 6e3, dtypes.BFloat16: 8e3} // 3 s and 1 s
	peak := func(dtype dtypes.DType) (float64, error) {
		return map[dtypes.DType]float64{dtypes.Float32: 2e3, dtypes.BFloat16: 8e3}[dtype], nil
	}
	broken := func(dtypes.DType) (float64, error) { return 1e3, errors.New("a card") }
	for name, c := range map[string]struct {
		stage Stage
		peak  func(dtypes.DType) (float64, error)
		want  float64 // seconds a step
	}{
		"OK":          {working{newCounter(), half}, peak, 4},
		"NoWork":      {working{newCounter(), nil}, peak, 0},
		"NotWorked":   {newCounter(), peak, 0},
		"NoPeak":      {working{newCounter(), half}, nil, 0},
		"ErrPeak":     {working{newCounter(), half}, broken, 0},
		"UnknownPeak": {working{newCounter(), Work{dtypes.Float32: 1, dtypes.Int8: 1}}, peak, 0},
		"PanicPeak":   {working{newCounter(), half}, func(dtypes.DType) (float64, error) { panic("no") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, shown := t.TempDir(), 0
			r := runOf(dir)
			r.Peak = c.peak
			r.Report = func(p Progress) {
				if p.Event != "" {
					return
				}
				shown++
				if want := c.want * p.Rate / 2; math.Abs(p.Share-want) > 1e-9*want {
					t.Errorf("the share at step %d is %g, want %g", p.Step, p.Share, want)
				}
			}
			if err := r.Train(t.Context(), c.stage); err != nil {
				t.Fatal(err)
			}
			log, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(string(log), `"share":`); shown != 10 || got != map[bool]int{true: 10}[c.want > 0] {
				t.Errorf("%d reports, %d lines of the log have a share", shown, got)
			}
		})
	}
}
