package weights_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

// corruptKinds pairs a phrase of the fixtures' expected answers with the kind
// of error that has to say it.
var corruptKinds = []struct {
	phrase string
	kind   error
}{
	{"beyond the end of the file", weights.ErrTruncated},
	{"header length exceeds", weights.ErrHeaderSize},
	{"not valid JSON", weights.ErrHeaderJSON},
	{"overlap", weights.ErrOverlap},
	{"unknown dtype", weights.ErrUnknownDType},
	{"too short to hold a header", weights.ErrTooShort},
	{"offsets give", weights.ErrShape},
}

func TestGoldenCorrupt(t *testing.T) {
	dir := filepath.Join(golden.Dir(t, "loading"), "corrupt")
	var expected map[string]struct{ Loader string }
	golden.JSON(t, &expected, dir, "expected.json")
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			f, err := weights.Open(path)
			if strings.HasPrefix(want.Loader, "well formed") {
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				checkNonFinite(t, f, want.Loader)
				return
			}
			checkCorrupt(t, err, path, want.Loader)
		})
	}
}

func checkCorrupt(t *testing.T, err error, path, want string) {
	t.Helper()
	var broken *weights.FormatError
	if !errors.As(err, &broken) {
		t.Fatalf("got %v, want a FormatError for: %s", err, want)
	}
	if broken.Path != path {
		t.Errorf("error names %q, want %q", broken.Path, path)
	}
	for _, k := range corruptKinds {
		if strings.Contains(want, k.phrase) {
			if !errors.Is(err, k.kind) {
				t.Errorf("got %v, want kind %v", err, k.kind)
			}
			checkNamesTensors(t, err, want)
			return
		}
	}
	t.Errorf("no kind of error is known for %q", want)
}

// checkNamesTensors checks that the error names the tensors that the expected
// answer names.
func checkNamesTensors(t *testing.T, err error, want string) {
	t.Helper()
	for _, word := range strings.Fields(want) {
		word = strings.Trim(word, ",;:")
		if strings.HasSuffix(word, ".weight") && !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not name %s", err, word)
		}
	}
}

func checkNonFinite(t *testing.T, src weights.Source, want string) {
	t.Helper()
	var bad *weights.NonFiniteError
	if err := weights.CheckFinite(src); !errors.As(err, &bad) {
		t.Fatalf("got %v, want a NonFiniteError", err)
	}
	if !strings.Contains(want, bad.Tensor) || !strings.Contains(bad.Error(), bad.Tensor) {
		t.Errorf("error names %s, want: %s", bad.Tensor, want)
	}
	v, err := src.Float32(bad.Tensor)
	if err != nil {
		t.Fatalf("plain reading refuses it: %v", err)
	}
	if i := weights.FirstNonFinite(v); i != bad.Index {
		t.Errorf("index %d, want %d", bad.Index, i)
	}
}

func TestGoldenShards(t *testing.T) {
	for _, pair := range [][2]string{
		{"loading/clip-tiny-sharded", "clip-tiny"},
		{"loading/taesd-tiny-sharded", "taesd-tiny"},
	} {
		t.Run(pair[1], func(t *testing.T) {
			shards := openComponent(t, golden.Dir(t, pair[0]))
			single := openComponent(t, golden.Dir(t, pair[1]))
			if _, ok := shards.(*weights.Sharded); !ok {
				t.Fatalf("opened %T, want shards", shards)
			}
			compareSources(t, shards, single)
		})
	}
}

// compareSources checks that two sources hold the same tensors, bit for bit.
func compareSources(t *testing.T, got, want weights.Source) {
	t.Helper()
	if d := cmp.Diff(want.Names(), got.Names()); d != "" {
		t.Fatal(d)
	}
	if len(got.Names()) == 0 {
		t.Fatal("no tensors")
	}
	for _, name := range want.Names() {
		a, _ := want.Info(name)
		b, _ := got.Info(name)
		if d := cmp.Diff(a, b); d != "" {
			t.Error(d)
		}
		x, errX := want.Bytes(name)
		y, errY := got.Bytes(name)
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs (%v, %v)", name, errX, errY)
		}
	}
}

// TestGoldenHalf: the fp16 folder is the float32 folder rounded.
func TestGoldenHalf(t *testing.T) {
	half, full := golden.Dir(t, "sd1-tiny-fp16"), golden.Dir(t, "sd1-tiny")
	for _, part := range []string{"unet", "vae", "text_encoder"} {
		t.Run(part, func(t *testing.T) {
			h := openComponent(t, filepath.Join(half, part))
			f := openComponent(t, filepath.Join(full, part))
			for _, name := range h.Names() {
				got, err := h.Float32(name)
				if err != nil {
					t.Fatal(err)
				}
				want, err := f.Float32(name)
				if err != nil {
					t.Fatal(err)
				}
				if info, _ := h.Info(name); info.DType == weights.F16 {
					for i, v := range want {
						want[i] = weights.HalfToFloat(weights.FloatToHalf(v))
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s is not the rounded tensor", name)
				}
			}
		})
	}
}

func openComponent(t *testing.T, dir string) weights.Source {
	t.Helper()
	src, err := weights.OpenComponent(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}
