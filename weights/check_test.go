package weights

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	path := sample(t)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ignore := func(name string) bool { return name == "ids" || name == "none" }
	want := []Info{{Name: "matrix", Shape: []int{2, 2}}, {Name: "half", Shape: []int{3}}, {Name: "scalar"}}
	if err := Check(f, want, ignore); err != nil {
		t.Error(err)
	}
	want = []Info{{Name: "z"}, {Name: "matrix", Shape: []int{4}}, {Name: "b"}, {Name: "scalar"}}
	var e *KeyError
	if err := Check(f, want, ignore); !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if d := cmp.Diff(&KeyError{
		Path:       path,
		Missing:    []string{"b", "z"},
		Unexpected: []string{"half"},
		Wrong:      []WrongShape{{Name: "matrix", Want: []int{4}, Got: []int{2, 2}}},
	}, e); d != "" {
		t.Error(d)
	}
	for _, line := range []string{"2 missing:\n  b\n  z\n", "1 unexpected:\n  half\n", "matrix is [2 2], the model wants [4]"} {
		if !strings.Contains(e.Error(), line) {
			t.Errorf("%q is not in %q", line, e)
		}
	}
	if err := Check(f, nil, nil); !errors.As(err, &e) || len(e.Unexpected) != 5 {
		t.Errorf("got %v", err)
	}
}

func TestKeyErrorBounded(t *testing.T) {
	e := &KeyError{}
	for i := range 5000 {
		e.Missing = append(e.Missing, fmt.Sprint(i, strings.Repeat("x", 1000)))
	}
	if text := e.Error(); len(text) > 20*300 || !strings.Contains(text, "5000 missing") || !strings.Contains(text, "and 4980 more") {
		t.Errorf("%d bytes: %.200s", len(text), text)
	}
}

func TestClip(t *testing.T) {
	for name, want := range map[string]string{
		"down_blocks.0": "down_blocks.0", "": `""`, "a\x1b[2J": `"a\x1b[2J"`, "猫": "猫",
		strings.Repeat("猫", 1000): strings.Repeat("猫", 66) + "…",
	} {
		if got := clip(name); got != want {
			t.Errorf("%q became %s", name, got)
		}
	}
}

func TestCheckFinite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	for _, d := range []DType{F64, F32, F16, BF16} {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			good := FromFloat32("a", []int{2}, []float32{math.MaxInt16, -1}, d)
			if err := Write(path, []Tensor{good, FromFloat32("b", []int{3}, []float32{0, float32(bad), float32(bad)}, d)}, nil); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var e *NonFiniteError
			if err := CheckFinite(f); !errors.As(err, &e) || e.Tensor != "b" || e.Index != 1 || e.Path != path {
				t.Errorf("%s %v: got %v", d, bad, err)
			}
			if _, err := RequireFinite(f).Float32("a"); err != nil {
				t.Error(err)
			}
		}
	}
}
