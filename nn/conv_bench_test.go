package nn_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
)

// BenchmarkConv times the ways to convolve, forwards and for both gradients, at
// the shapes of Stable Diffusion 1.5 and of the demo model:
//
//	GLIBC_TUNABLES=glibc.malloc.hugetlb=1 go test -run '^$' -bench Conv -benchtime 10x ./nn
func BenchmarkConv(b *testing.B) {
	for _, s := range []nn.ConvShape{
		{Batch: 1, Height: 64, Width: 64, In: 320, Out: 320}, {Batch: 1, Height: 32, Width: 32, In: 640, Out: 640},
		{Batch: 1, Height: 16, Width: 16, In: 1280, Out: 1280}, {Batch: 1, Height: 8, Width: 8, In: 1280, Out: 1280},
		{Batch: 32, Height: 8, Width: 8, In: 128, Out: 128},
	} {
		for _, want := range []string{"forward", "input", "kernel"} {
			for path, way := range []string{nn.ConvDirect: "direct", nn.ConvIm2col: "im2col", nn.ConvWinograd: "winograd"} {
				for _, s.DType = range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
					b.Run(fmt.Sprintf("%dx%dx%dx%d-%d/%s/%s/%s", s.Batch, s.Height, s.Width, s.In, s.Out, want, way, s.DType), func(b *testing.B) {
						benchmarkConv(b, s, nn.ConvPath(path), want)
					})
				}
			}
		}
	}
}

func benchmarkConv(b *testing.B, s nn.ConvShape, path nn.ConvPath, want string) {
	builder := nn.NewBuilder()
	conv := nn.NewConv2DNoBias(builder, s.In, s.Out, 3)
	w := nn.NewWeights(model.NewStore(), "net")
	if err := w.Initialise(builder.Params(), 1); err != nil {
		b.Fatal(err)
	}
	options := nn.Options{DType: s.DType, Gradients: nn.AllGradients, ConvPath: func(nn.ConvShape) nn.ConvPath { return path }}
	exec, err := model.NewExec(enginetest.Fast(b).Backend(), w.Store(), func(_ *model.Scope, x, g *Node) []*Node {
		y := conv.Forward(nn.NewPass(w, options), x)
		result := y
		switch want {
		case "input":
			result = Gradient(ReduceAllSum(Mul(y, g)), x)[0]
		case "kernel":
			result = Gradient(ReduceAllSum(Mul(y, g)), w.Variable(builder.Params()[0].Name).NodeValue(x))[0]
		}
		first := Slice(Reshape(result, result.Shape().Size()), AxisElem(0)) // to wait for, without carrying all of it over
		return []*Node{result, ConvertDType(first, dtypes.Float32)}
	})
	if err != nil {
		b.Fatal(err)
	}
	defer exec.Finalize()
	ones := func(channels int) *tensors.Tensor {
		flat := make([]float32, s.Batch*s.Height*s.Width*channels)
		for i := range flat {
			flat[i] = 1
		}
		return tensors.FromFlatDataAndDimensions(flat, s.Batch, s.Height, s.Width, channels)
	}
	x, g := ones(s.In), ones(s.Out)
	run := func() {
		results, err := exec.Call(x, g)
		if err != nil {
			b.Fatal(err)
		}
		results[1].MaterializeLocal()
		for _, r := range results {
			r.MustFinalizeAll()
		}
	}
	run() // compiles
	for b.Loop() {
		run()
	}
	flop := 2 * 9 * float64(s.Batch*s.Height*s.Width) * float64(s.In*s.Out)
	b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
