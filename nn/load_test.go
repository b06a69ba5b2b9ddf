package nn_test

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// checkpoint writes tensors and opens the file.
func checkpoint(t *testing.T, list ...weights.Tensor) *weights.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := weights.Write(path, list, nil); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func tensor(name string, values []float32, shape ...int) weights.Tensor {
	return weights.FromFloat32(name, shape, values, weights.F32)
}

// A kernel is [out, in, height, width] in files and [height, width, in, out] in
// graphs; everything else is kept, and exporting gives back the same bytes.
func TestLoadAndExport(t *testing.T) {
	b := setup(t)
	kernel := b.Param("conv.weight", nn.Init{}, 2, 3, 1, 2)
	bias := b.Param("conv.bias", nn.Init{}, 2)
	scale := b.Param("scale", nn.Init{})
	list := []weights.Tensor{
		tensor(kernel.Name, []float32{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121}, 2, 3, 1, 2),
		tensor(bias.Name, []float32{7, 8}, 2),
		tensor(scale.Name, []float32{9}),
	}
	src := checkpoint(t, append(list, tensor("position_ids", []float32{0}, 1))...)
	if err := b.weights.Load(src, b.Params(), func(key string) bool { return key == "position_ids" }); err != nil {
		t.Fatal(err)
	}
	v := b.weights.Variable(kernel.Name)
	if got, want := v.Shape().Dimensions, []int{1, 2, 3, 2}; !slices.Equal(got, want) {
		t.Errorf("the kernel has shape %v in graphs, want %v", got, want)
	}
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121}
	near(t, "kernel in graphs", tensors.MustCopyFlatData[float32](value), want, 0)
	exported, err := b.weights.Export(b.Params(), weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, exported); diff != "" {
		t.Errorf("the export differs:\n%s", diff)
	}
}

// In half precision, matrices and kernels keep its values and can be read and
// exported; vectors and tables of embeddings stay as they are.
func TestLoadInHalf(t *testing.T) {
	const third = float32(1) / 3
	for dtype, half := range map[dtypes.DType]float32{
		dtypes.Float16:  float16.FromFloat32(third).Float32(),
		dtypes.BFloat16: bfloat16.FromFloat32(third).Float32(),
	} {
		t.Run(dtype.String(), func(t *testing.T) { testLoadIn(t, dtype, half) })
	}
}

// testLoadIn loads in a precision in which a third is half.
func testLoadIn(t *testing.T, dtype dtypes.DType, half float32) {
	b := nn.NewBuilder()
	kernel := b.Param("conv.weight", nn.Init{}, 1, 1, 1, 2)
	bias := b.Param("conv.bias", nn.Init{}, 1)
	table := b.Param("token_embedding.weight", nn.Init{}, 1, 2)
	const third = float32(1) / 3
	list := []weights.Tensor{
		tensor(kernel.Name, []float32{third, -2}, 1, 1, 1, 2), tensor(bias.Name, []float32{third}, 1), tensor(table.Name, []float32{third, 7}, 1, 2),
	}
	w := nn.NewWeights(model.NewStore(), "net")
	nn.KeptIn(dtype)(w)
	if err := w.Load(checkpoint(t, list...), b.Params(), nil); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*nn.Param][]float32{kernel: {half, -2}, bias: {third}, table: {third, 7}} {
		got, err := w.Float32(p)
		if err != nil {
			t.Fatal(err)
		}
		near(t, p.Name, got, want, 0)
		if is := w.Variable(p.Name).DType() == dtype; is != (p == kernel) {
			t.Errorf("%s is kept as %s", p.Name, w.Variable(p.Name).DType())
		}
	}
	big := checkpoint(t, tensor(kernel.Name, []float32{7e4, 0}, 1, 1, 1, 2), list[1], list[2])
	err := w.Load(big, b.Params(), nil)
	if refused := err != nil && strings.Contains(err.Error(), kernel.Name+": it holds 70000"); refused != (dtype == dtypes.Float16) {
		t.Errorf("a weight beyond float16's range gave %v", err)
	}
	// Initialise makes what training starts from.
	if err := w.Initialise(b.Params(), 1); err != nil {
		t.Fatal(err)
	}
	if d := w.Variable(kernel.Name).DType(); d != dtypes.Float32 {
		t.Errorf("a starting weight is kept as %s", d)
	}
}

// Everything that is wrong is said at once, and nothing is loaded.
func TestLoadReportsEveryKey(t *testing.T) {
	b := setup(t)
	good, wrong := b.Param("good", nn.Init{}, 1), b.Param("wrong", nn.Init{}, 2)
	for _, name := range []string{"gone.1", "gone.2"} {
		b.Param(name, nn.Init{}, 1)
	}
	src := checkpoint(t, tensor("good", []float32{1}, 1), tensor("wrong", []float32{1}, 1), tensor("extra.1", []float32{1}, 1), tensor("extra.2", []float32{1}, 1))
	err := b.weights.Load(src, b.Params(), nil)
	var keys *weights.KeyError
	if !errors.As(err, &keys) {
		t.Fatalf("got %v", err)
	}
	got := []any{keys.Missing, keys.Unexpected, keys.Wrong, keys.Path}
	want := []any{
		[]string{"gone.1", "gone.2"}, []string{"extra.1", "extra.2"},
		[]weights.WrongShape{{Name: wrong.Name, Want: []int{2}, Got: []int{1}}}, src.Path(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b.weights.Variable(good.Name) != nil {
		t.Error("a part of a file that does not fit was loaded")
	}
}

func TestExportNamesWhatIsMissing(t *testing.T) {
	b := setup(t)
	b.Param("never.set", nn.Init{}, 1)
	if _, err := b.weights.Export(b.Params(), weights.F32); err == nil || !strings.Contains(err.Error(), "never.set") {
		t.Errorf("got %v", err)
	}
}

// started returns the starting values of a list of parameters.
func started(t *testing.T, seed uint64, params ...*nn.Param) [][]float32 {
	t.Helper()
	w := nn.NewWeights(model.NewStore(), "net")
	if err := w.Initialise(params, seed); err != nil {
		t.Fatal(err)
	}
	values := make([][]float32, len(params))
	for i, p := range params {
		var err error
		if values[i], err = w.Float32(p); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// A parameter's start depends on the seed and its place in the list, not on
// what the others are.
func TestInitialiseIsDeterministic(t *testing.T) {
	normal := func(name string, n int) *nn.Param {
		return &nn.Param{Name: name, Shape: []int{n}, Init: nn.Init{Kind: nn.InitNormal, Scale: 1}}
	}
	a := started(t, 1, normal("a", 3), normal("b", 4), normal("c", 5))
	same := started(t, 1, normal("x", 1), normal("b", 4))
	other := started(t, 2, normal("a", 3), normal("b", 4))
	moved := started(t, 1, normal("b", 4))
	if !cmp.Equal(a[1], same[1]) {
		t.Error("a neighbour changed a parameter's start")
	}
	if cmp.Equal(a[1], other[1]) {
		t.Error("another seed gave the same start")
	}
	if cmp.Equal(a[1], moved[0]) || !cmp.Equal(a[0], moved[0][:3]) {
		t.Error("a start is not that of its place in the list")
	}
}

func TestInitKinds(t *testing.T) {
	const n = 4000
	param := func(kind nn.InitKind) *nn.Param {
		return &nn.Param{Name: "w", Shape: []int{n}, Init: nn.Init{Kind: kind, Scale: 0.5}}
	}
	for kind, want := range map[nn.InitKind]struct{ mean, deviation, low, high float64 }{
		nn.InitZeros:   {0, 0, 0, 0},
		nn.InitOnes:    {1, 0, 1, 1},
		nn.InitUniform: {0, 0.5 / math.Sqrt(3), -0.5, 0.5},
		nn.InitNormal:  {0, 0.5, -4, 4},
	} {
		values := started(t, 3, param(kind))[0]
		var sum, squares float64
		for _, v := range values {
			sum, squares = sum+float64(v), squares+float64(v)*float64(v)
		}
		mean := sum / n
		deviation := math.Sqrt(max(squares/n-mean*mean, 0))
		if math.Abs(mean-want.mean) > 0.03 || math.Abs(deviation-want.deviation) > 0.02 {
			t.Errorf("kind %d has mean %g and deviation %g, want %g and %g", kind, mean, deviation, want.mean, want.deviation)
		}
		if low, high := float64(slices.Min(values)), float64(slices.Max(values)); low < want.low || high > want.high {
			t.Errorf("kind %d reaches from %g to %g", kind, low, high)
		}
	}
}

func TestLayerStarts(t *testing.T) {
	b := nn.NewBuilder()
	linear := nn.NewLinear(b.In("linear"), 16, 2, true)
	conv := nn.NewConv2D(b.In("conv"), 4, 2, 2)
	for what, c := range map[string]struct{ got, want nn.Init }{
		"linear":    {linear.Weight.Init, nn.Init{Kind: nn.InitUniform, Scale: 0.25}},
		"bias":      {linear.Bias.Init, nn.Init{Kind: nn.InitUniform, Scale: 0.25}},
		"conv":      {conv.Weight.Init, nn.Init{Kind: nn.InitUniform, Scale: 0.25}},
		"norm":      {nn.NewLayerNorm(b.In("norm"), 4, 1e-5).Weight.Init, nn.Init{Kind: nn.InitOnes}},
		"zeroed":    {nn.NewConv2D(b.In("zeroed"), 4, 2, 2).Zeroed().Bias.Init, nn.Init{}},
		"zeroed fc": {nn.NewLinear(b.In("fc"), 4, 2, true).Zeroed().Weight.Init, nn.Init{}},
	} {
		if c.got != c.want {
			t.Errorf("%s starts from %+v, want %+v", what, c.got, c.want)
		}
	}
}

// A preserving layer hands each channel on, and mixes what it has more of at the
// same variance.
func TestPreservingStart(t *testing.T) {
	const in, out, side = 40, 64, 3
	b := nn.NewBuilder()
	conv := nn.NewConv2D(b.In("conv"), in, out, side).Preserving()
	w := nn.NewWeights(model.NewStore(), "m")
	if err := w.Initialise(b.Params(), 1); err != nil {
		t.Fatal(err)
	}
	values, err := w.Float32(conv.Weight)
	if err != nil {
		t.Fatal(err)
	}
	const fan = in * side * side
	var mixed float64
	for i, v := range values {
		c, at := i/fan, i%fan
		switch {
		case c >= in:
			mixed += float64(v) * float64(v)
		case at == c*side*side+side*side/2:
			if math.Abs(float64(v)-1) > 0.1 {
				t.Errorf("channel %d passes itself on times %g", c, v)
			}
		case math.Abs(float64(v)) > 0.1/math.Sqrt(fan):
			t.Errorf("channel %d starts with %g of another value", c, v)
		}
	}
	if mean := mixed / (out - in); math.Abs(mean-1) > 0.1 {
		t.Errorf("mixtures multiply variance by %g", mean)
	}
}

// A file of an older time is read under today's keys; of two tensors for one
// key, one is a key too many.
func TestRenamed(t *testing.T) {
	rename := func(key string) string { return strings.Replace(key, "query", "to_q", 1) }
	file := checkpoint(t, tensor("a.query", []float32{1, 2}, 2), tensor("b", []float32{3}, 1))
	src := nn.Renamed(file, rename)
	if diff := cmp.Diff([]string{"a.to_q", "b"}, src.Names()); diff != "" {
		t.Error(diff)
	}
	if info, ok := src.Info("a.to_q"); !ok || info.Name != "a.to_q" || !slices.Equal(info.Shape, []int{2}) {
		t.Errorf("info is %+v, %v", info, ok)
	}
	if _, ok := src.Info("a.query"); ok {
		t.Error("the old key is still there")
	}
	if v, err := src.Float32("a.to_q"); err != nil || !slices.Equal(v, []float32{1, 2}) {
		t.Errorf("values are %v, %v", v, err)
	}
	if raw, err := src.Bytes("b"); err != nil || len(raw) != 4 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}

	both := nn.Renamed(checkpoint(t, tensor("a.query", []float32{1}, 1), tensor("a.to_q", []float32{2}, 1)), rename)
	b := setup(t)
	b.Param("a.to_q", nn.Init{}, 1)
	var keys *weights.KeyError
	if err := b.weights.Load(both, b.Params(), nil); !errors.As(err, &keys) || len(keys.Unexpected) != 1 || keys.Path == "" {
		t.Errorf("two tensors for one key gave %v", err)
	}
}

func TestWeightsPath(t *testing.T) {
	b := setup(t)
	if got, want := b.weights.Path("down.0.weight"), "/net/down/0/weight"; got != want {
		t.Errorf("path is %q, want %q", got, want)
	}
	p := b.Param("w", nn.Init{}, 2)
	b.set(p, 1, 2)
	b.set(p, 3, 4) // replaces
	if v, err := b.weights.Float32(p); err != nil || !slices.Equal(v, []float32{3, 4}) {
		t.Errorf("values are %v, %v", v, err)
	}
	if b.weights.Store() != b.store {
		t.Error("the store is another one")
	}
}
