package nn_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
)

// measuringEngine opens a second engine, which measures, with a cache folder of
// its own.
func measuringEngine(t *testing.T, cache string) *engine.Engine {
	t.Helper()
	plugin := enginetest.Fast(t).Info().Plugin
	if plugin.Kind != engine.DeviceCPU {
		t.Skip("only processors are measured")
	}
	e, err := engine.Open(context.Background(), engine.Config{Plugin: plugin.Path, CacheDir: cache, Install: engine.InstallNever})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// What was measured once is what holds, for other processes too.
func TestMeasuredConvPath(t *testing.T) {
	cache := t.TempDir()
	e := measuringEngine(t, cache)
	shape := nn.ConvShape{Batch: 1, Height: 16, Width: 16, In: 256, Out: 256, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	for _, shape.Result = range []nn.ConvResult{nn.ConvOutput, nn.ConvPictureGradient, nn.ConvKernelGradient} {
		nn.MeasuredConvPath(e.Backend(), shape)
	}
	files, err := filepath.Glob(filepath.Join(cache, "measured", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files of measurements: %v %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "16x16x256 to 256, kernel 3, stride 1, "); n != 3 {
		t.Errorf("the file has %d of three results:\n%s", n, text)
	}

	// A decision in the file goes before the clock: one for each way in turn.
	for _, want := range []nn.ConvPath{nn.ConvDirect, nn.ConvIm2col, nn.ConvWinograd} {
		decided := `{"` + shape.String() + `": "` + want.String() + `"}`
		if err := os.WriteFile(files[0], []byte(decided), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := nn.MeasuredConvPath(measuringEngine(t, cache).Backend(), shape); got != want {
			t.Errorf("took %v in place of the decided %v", got, want)
		}
	}
}

// Small convolutions, and all on an engine that does not measure, take the way
// that needs no measurement.
func TestMeasuredConvPathDefault(t *testing.T) {
	cache := t.TempDir()
	small := nn.ConvShape{Batch: 1, Height: 2, Width: 2, In: 64, Out: 64, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	if got := nn.MeasuredConvPath(measuringEngine(t, cache).Backend(), small); got != nn.ConvIm2col {
		t.Errorf("small: %v", got)
	}
	large := nn.ConvShape{Batch: 1, Height: 64, Width: 64, In: 320, Out: 320, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	if got := nn.MeasuredConvPath(enginetest.Open(t).Backend(), large); got != nn.ConvDirect {
		t.Errorf("without measuring: %v", got)
	}
	if _, err := os.Stat(filepath.Join(cache, "measured")); !os.IsNotExist(err) {
		t.Errorf("measurements were kept: %v", err)
	}
}

// Where nothing is measured, a person may name the way of all convolutions.
func TestNamedConvPath(t *testing.T) {
	small := nn.ConvShape{Batch: 1, Height: 2, Width: 2, In: 64, Out: 64, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	large := nn.ConvShape{Batch: 1, Height: 64, Width: 64, In: 320, Out: 320, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	for _, c := range []struct {
		name         string
		small, large nn.ConvPath
	}{
		{"", nn.ConvIm2col, nn.ConvDirect},
		{"direct", nn.ConvDirect, nn.ConvDirect},
		{"im2col", nn.ConvIm2col, nn.ConvIm2col},
		{"blocked", nn.ConvBlocked, nn.ConvBlocked},
	} {
		t.Setenv(engine.EnvConv, c.name)
		b := enginetest.Go(t).Backend()
		if got := [2]nn.ConvPath{nn.MeasuredConvPath(b, small), nn.MeasuredConvPath(b, large)}; got != [2]nn.ConvPath{c.small, c.large} {
			t.Errorf("%s=%q takes %v", engine.EnvConv, c.name, got)
		}
	}
}

// What was measured goes before the name.
func TestNamedConvPathIsNotMeasured(t *testing.T) {
	t.Setenv(engine.EnvConv, "im2col")
	small := nn.ConvShape{Batch: 1, Height: 8, Width: 8, In: 8, Out: 8, Kernel: 3, Stride: 1, DType: dtypes.Float32}
	if got := nn.MeasuredConvPath(measuringEngine(t, t.TempDir()).Backend(), small); got != nn.ConvDirect {
		t.Errorf("an engine that measures takes %v", got)
	}
}
