package weights

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var allDTypes = []DType{F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, Bool}

// anyTensors draws tensors of every type and of shapes with zeros and ones,
// with names that need escaping.
func anyTensors(t *rapid.T) []Tensor {
	names := rapid.SliceOfNDistinct(rapid.StringN(0, 12, -1), 0, 8, rapid.ID[string]).Draw(t, "names")
	var tensors []Tensor
	for _, name := range names {
		d := rapid.SampledFrom(allDTypes).Draw(t, "dtype")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n, err := byteCount(shape, d.Size())
		if err != nil {
			t.Fatal(err)
		}
		data := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")
		tensors = append(tensors, Tensor{Name: name, DType: d, Shape: shape, Data: data})
	}
	return tensors
}

func TestWriteRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	rapid.Check(t, func(t *rapid.T) {
		tensors := anyTensors(t)
		metadata := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "metadata")
		if err := Write(path, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if d := cmp.Diff(metadata, f.Metadata(), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		for _, want := range tensors {
			info, _ := f.Info(want.Name)
			data, err := f.Bytes(want.Name)
			if d := cmp.Diff(want.Info(), info, cmpopts.EquateEmpty()); err != nil || d != "" || !bytes.Equal(want.Data, data) {
				t.Fatalf("%q: %v %s", want.Name, err, d)
			}
		}
		if len(f.Names()) != len(tensors) || f.data%8 != 0 {
			t.Fatalf("%d of %d tensors, data at %d", len(f.Names()), len(tensors), f.data)
		}
	})
}

// TestWriteDeterministic: the order of the arguments does not matter, and every
// tensor is aligned to its element size.
func TestWriteDeterministic(t *testing.T) {
	tensors := []Tensor{
		FromFloat32("b", []int{3}, []float32{1, 2, 3}, F16),
		FromFloat32("a", []int{3}, []float32{1, 2, 3}, F32),
		{Name: "c", DType: U8, Shape: []int{1}, Data: []byte{1}},
		{Name: "d", DType: I64, Shape: []int{1}, Data: make([]byte, 8)},
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	var first []byte
	for range 4 {
		if err := Write(path, tensors, map[string]string{"z": "1", "a": "2", "<&>": "<&>"}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Fatal("another order gives another file")
		}
		tensors = append(tensors[1:], tensors[0])
	}
	if !bytes.Contains(first, []byte(`{"__metadata__":{"<&>":"<&>","a":"2","z":"1"},"d":`)) {
		t.Errorf("header is %q", first[8:200])
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, e := range f.entries {
		if (f.data+e.begin)%int64(e.DType.Size()) != 0 {
			t.Errorf("%s is at %d", e.Name, f.data+e.begin)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	one := FromFloat32("a", []int{1}, []float32{1}, F32)
	for name, tensors := range map[string][]Tensor{
		"ErrTwice":       {one, one},
		"ErrReserved":    {{Name: "__metadata__", DType: U8, Shape: []int{0}}},
		"ErrTooFew":      {FromFloat32("a", []int{2}, []float32{1}, F32)},
		"ErrTooMany":     {FromFloat32("a", []int{1}, []float32{1, 2}, F32)},
		"ErrNegative":    {{Name: "a", DType: U8, Shape: []int{-1}}},
		"ErrOverflow":    {{Name: "a", DType: F64, Shape: []int{math.MaxInt/2 + 1}}},
		"ErrDType":       {{Name: "a", DType: "F31", Shape: []int{1}, Data: []byte{0}}},
		"ErrIntegerType": {FromFloat32("a", []int{1}, []float32{1}, I8)},
		"ErrUTF8":        {{Name: "\xff", DType: U8, Shape: []int{0}}},
		"ErrRank":        {{Name: "a", DType: U8, Shape: slices.Repeat([]int{1}, 65), Data: []byte{0}}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.safetensors")
			writeFile(t, path, "before")
			if err := Write(path, tensors, nil); err == nil {
				t.Fatal("was written")
			}
			checkUntouched(t, path)
		})
	}
	if err := Write(filepath.Join(t.TempDir(), "x"), nil, map[string]string{"a": "\xff"}); err == nil {
		t.Error("broken metadata was written")
	}
}

func TestWriteFuncError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	writeFile(t, path, "before")
	stop := errors.New("stop")
	err := WriteFunc(path, []Info{{Name: "a", DType: F32, Shape: []int{2}}}, nil, func(_ Info, w io.Writer) error {
		w.Write([]byte{1, 2, 3, 4})
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	checkUntouched(t, path)
}

// checkUntouched checks that a failed write left the old file and no other.
func checkUntouched(t *testing.T, path string) {
	t.Helper()
	if text, err := os.ReadFile(path); string(text) != "before" {
		t.Errorf("the old file is now %q, %v", text, err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestWriteFuncStreams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	infos := []Info{{Name: "a", DType: F16, Shape: []int{2}}, {Name: "b", DType: F32, Shape: []int{1}}}
	values := map[string][]float32{"a": {1, 2}, "b": {3}}
	err := WriteFunc(path, infos, nil, func(i Info, w io.Writer) error { return EncodeFloat32(w, values[i.Name], i.DType) })
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, want := range values {
		if got, err := f.Float32(name); !slices.Equal(got, want) || err != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}
