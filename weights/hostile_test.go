package weights_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

func TestHostile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "valid.safetensors")
	err := weights.Write(path, []weights.Tensor{
		weights.FromFloat32("a.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}, weights.F32),
		weights.FromFloat32("b.weight", []int{4}, []float32{1, 2, 3, 4}, weights.F16),
	}, map[string]string{"format": "pt"})
	if err != nil {
		t.Fatal(err)
	}
	testHostile(t, path)
}

func TestGoldenHostile(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(golden.Dir(t, "loading"), "corrupt", "*.safetensors"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no corrupt files", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { testHostile(t, path) })
	}
}

// TestHostileHeaders: headers built to cost the reader the most for each byte.
func TestHostileHeaders(t *testing.T) {
	const size = 1 << 20
	many := func(item string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, item, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for name, text := range map[string]string{
		"Tensors":    "{" + many(`"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},`) + "}",
		"Metadata":   `{"__metadata__":{` + many(`"%x":"",`) + "}}",
		"Dimensions": `{"a":{"dtype":"U8","shape":[` + many(`%d,`) + `],"data_offsets":[0,0]}}`,
		"Deep":       strings.Repeat(`{"a":`, size/5),
		"Escapes":    `{"__metadata__":{"` + strings.Repeat(`\u0061`, size/6) + `":""}}`,
		"LongName":   `{"` + strings.Repeat("a", size) + `":{"dtype":"U8"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.safetensors")
			data := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
			data = append(data, text...)
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			var err error
			used := allocated(func() {
				var f *weights.File
				if f, err = weights.Open(path); err == nil {
					f.Close()
				}
			})
			t.Logf("%d bytes for each of the file's, %.100v", used/uint64(len(data)), err)
			if used > 24*uint64(len(data)) {
				t.Errorf("reading %d bytes allocated %d", len(data), used)
			}
		})
	}
}

// testHostile cuts a file at 200 places and flips 200 of its bits, and reads
// what comes of it as everything that reads a file.
func testHostile(t *testing.T, path string) {
	t.Helper()
	valid, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	for i := range 400 {
		data := append([]byte{}, valid...)
		what := "nothing"
		switch {
		case len(data) == 0:
		case i < 200:
			n := random.IntN(len(data))
			data, what = data[:n], fmt.Sprintf("cut at %d", n)
		default:
			n := random.IntN(8 * len(data))
			data[n/8] ^= 1 << (n % 8)
			what = fmt.Sprintf("bit %d flipped", n)
		}
		if err := os.WriteFile(broken, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if used := allocated(func() { readAll(t, broken) }); used > 256<<10+100*uint64(len(data)) {
			t.Errorf("%s: reading %d bytes allocated %d", what, len(data), used)
		}
	}
}

// readAll reads a file in every way, whatever comes of it, and checks only that
// what is accepted can be read.
func readAll(t *testing.T, path string) {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for _, name := range f.Names() {
		info, _ := f.Info(name)
		if v, err := f.Float32(name); err != nil || len(v) != info.Elements() {
			t.Errorf("%s was accepted and gives %d values, %v", name, len(v), err)
		}
	}
	_ = weights.CheckFinite(f)
	_, _ = weights.ParseEmbedding(f)
	_, _ = weights.ParseLoRA(f, nil)
}

// allocated is how many bytes do allocates in all.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
