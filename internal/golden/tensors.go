package golden

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/weights"
)

// File is one safetensors file of expected values.
type File struct {
	t   testing.TB
	src *weights.File
}

// Open opens a fixture's file, and closes it when the test ends.
func Open(t testing.TB, path ...string) *File {
	t.Helper()
	src, err := weights.Open(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return &File{t: t, src: src}
}

// Names lists the tensors.
func (f *File) Names() []string { return f.src.Names() }

// Has reports whether a tensor is there.
func (f *File) Has(name string) bool {
	_, ok := f.src.Info(name)
	return ok
}

// Shape returns a tensor's shape.
func (f *File) Shape(name string) []int {
	f.t.Helper()
	info, ok := f.src.Info(name)
	if !ok {
		f.t.Fatalf("fixture has no tensor %q", name)
	}
	return info.Shape
}

// Float32 returns a tensor's values, converted.
func (f *File) Float32(name string) []float32 {
	f.t.Helper()
	v, err := f.src.Float32(name)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// Int32 returns the values of an int64 tensor.
func (f *File) Int32(name string) []int32 {
	f.t.Helper()
	raw, err := f.src.Bytes(name)
	if err != nil {
		f.t.Fatal(err)
	}
	out := make([]int32, len(raw)/8)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out
}

// Tensor returns a float tensor ready to be an argument of a graph.
func (f *File) Tensor(name string) *tensors.Tensor {
	f.t.Helper()
	return tensors.FromFlatDataAndDimensions(f.Float32(name), f.Shape(name)...)
}

// IDs returns an int64 tensor as int32, ready to be an argument of a graph.
func (f *File) IDs(name string) *tensors.Tensor {
	f.t.Helper()
	return tensors.FromFlatDataAndDimensions(f.Int32(name), f.Shape(name)...)
}

// Close compares got with the named tensor: the largest absolute difference
// must be at most tolerance, or tolerance times the largest expected magnitude
// where relative is set.
func (f *File) Close(name string, got []float32, tolerance float64, relative bool) {
	f.t.Helper()
	Close(f.t, name, got, f.Float32(name), tolerance, relative)
}

// Close compares two flat tensors; see [File.Close].
func Close(t testing.TB, name string, got, want []float32, tolerance float64, relative bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d values, want %d", name, len(got), len(want))
		return
	}
	var worst, magnitude float64
	for i := range want {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if math.IsNaN(d) {
			t.Errorf("%s: NaN at %d", name, i)
			return
		}
		worst = max(worst, d)
		magnitude = max(magnitude, math.Abs(float64(want[i])))
	}
	if relative {
		tolerance *= magnitude
	}
	if worst > tolerance {
		t.Errorf("%s: differs by %.3g, tolerance %.3g", name, worst, tolerance)
	}
}

// Flat copies a result's float32 values.
func Flat(t testing.TB, x *tensors.Tensor) []float32 {
	t.Helper()
	flat, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return flat
}

// JSON reads a fixture's JSON file.
func JSON(t testing.TB, into any, path ...string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", filepath.Join(path...), err)
	}
}
