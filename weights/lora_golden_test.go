package weights_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

// loraFixture is the fixtures' own account of the LoRA files.
type loraFixture struct {
	dir     string
	modules map[string][]string
	about   map[string]json.RawMessage
}

func openLoRAFixture(t *testing.T) loraFixture {
	t.Helper()
	f := loraFixture{dir: golden.Dir(t, "lora"), modules: map[string][]string{}}
	golden.JSON(t, &f.about, f.dir, "golden", "lora.json")
	for _, component := range []string{weights.UNet, weights.TextEncoder} {
		f.modules[component] = weights.Modules(openComponent(t, filepath.Join(golden.Dir(t, "sd1-tiny"), component)))
	}
	return f
}

// rankAlpha is the rank and alpha of set "a" or "b".
func (f loraFixture) rankAlpha(t *testing.T, set string) (int, float64) {
	t.Helper()
	var v struct {
		Rank  int
		Alpha float64
	}
	if err := json.Unmarshal(f.about[set], &v); err != nil {
		t.Fatal(err)
	}
	return v.Rank, v.Alpha
}

func (f loraFixture) read(t *testing.T, file string) *weights.LoRA {
	t.Helper()
	lora, err := weights.OpenLoRA(filepath.Join(f.dir, file), f.modules)
	if err != nil {
		t.Fatal(err)
	}
	return lora
}

// loraFiles are the LoRA files and folders of the fixtures, by name.
func (f loraFixture) loraFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		if e.Name() != "golden" {
			files = append(files, e.Name())
		}
	}
	if len(files) == 0 {
		t.Fatal("no LoRA files")
	}
	return files
}

// TestGoldenLoRANamings: every file of a set is the same LoRA, whatever its
// naming; without any alpha, alpha is the rank.
func TestGoldenLoRANamings(t *testing.T) {
	f := openLoRAFixture(t)
	for _, file := range f.loraFiles(t) {
		t.Run(file, func(t *testing.T) {
			set := file[:1]
			rank, alpha := f.rankAlpha(t, set)
			want := f.read(t, set+"_kohya.safetensors")
			got := f.read(t, file)
			unetOnly := !slices.ContainsFunc(got.Layers, func(l weights.LoRALayer) bool { return l.Component != weights.UNet })
			without := strings.Contains(file, "no_metadata") || strings.Contains(file, "processor")
			if without {
				alpha = float64(rank)
			}
			if unetOnly != (strings.Contains(file, "processor") || strings.Contains(file, "unet")) {
				t.Errorf("holds the UNet only: %v", unetOnly)
			}
			compareLoRA(t, got, selected(want, alpha, unetOnly), rank)
		})
	}
}

// selected is a LoRA with another alpha, on request without its text encoder.
func selected(l *weights.LoRA, alpha float64, unetOnly bool) *weights.LoRA {
	picked := &weights.LoRA{}
	for _, layer := range l.Layers {
		if layer.Component == weights.UNet || !unetOnly {
			layer.Alpha = alpha
			picked.Layers = append(picked.Layers, layer)
		}
	}
	return picked
}

func compareLoRA(t *testing.T, got, want *weights.LoRA, rank int) {
	t.Helper()
	if len(got.Layers) == 0 {
		t.Fatal("no layers")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%.2000s", d)
	}
	for _, l := range got.Layers {
		if l.Rank != rank {
			t.Errorf("%s has rank %d, want %d", l.Layer, l.Rank, rank)
		}
	}
}

// TestGoldenLoRAMerged checks W + weight * alpha/rank * up @ down where the
// fixtures hold the sum. A name such as merged_example.mid_attn2_to_k.a@1.0 is
// a part of the module's name, the set and the weight.
func TestGoldenLoRAMerged(t *testing.T) {
	f := openLoRAFixture(t)
	unet := openComponent(t, filepath.Join(golden.Dir(t, "sd1-tiny"), weights.UNet))
	outputs := golden.Open(t, f.dir, "golden", "outputs.safetensors")
	checked := 0
	for _, name := range outputs.Names() {
		rest, ok := strings.CutPrefix(name, "merged_example.")
		if !ok {
			continue
		}
		module, how, _ := strings.Cut(rest, ".")
		set, weight, _ := strings.Cut(how, "@")
		w, err := strconv.ParseFloat(weight, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		layer := findLayer(t, f.read(t, set+"_kohya.safetensors"), module)
		merged, err := unet.Float32(layer.Layer + ".weight")
		if err != nil {
			t.Fatal(err)
		}
		if err := layer.AddTo(merged, w); err != nil {
			t.Fatal(err)
		}
		outputs.Close(name, merged, 1e-6, false)
		checked++
	}
	if checked == 0 {
		t.Error("the fixtures hold no merged example")
	}
}

// findLayer finds the one UNet layer whose name has the underscored parts of
// short in their order, such as mid_attn2_to_k.
func findLayer(t *testing.T, l *weights.LoRA, short string) weights.LoRALayer {
	t.Helper()
	first, last, _ := strings.Cut(short, "_")
	var found []weights.LoRALayer
	for _, layer := range l.Layers {
		flat := strings.ReplaceAll(layer.Layer, ".", "_")
		if layer.Component == weights.UNet && strings.HasPrefix(flat, first) && strings.HasSuffix(flat, last) {
			found = append(found, layer)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d layers are called %s", len(found), short)
	}
	return found[0]
}

// TestGoldenLoRAConvolution checks AddTo on kernels against the sum written out.
func TestGoldenLoRAConvolution(t *testing.T) {
	f := openLoRAFixture(t)
	unet := openComponent(t, filepath.Join(golden.Dir(t, "sd1-tiny"), weights.UNet))
	checked := 0
	for _, file := range f.loraFiles(t) {
		for _, l := range f.read(t, file).Layers {
			if len(l.DownShape) != 4 || l.DownShape[2] == 1 {
				continue
			}
			info, _ := unet.Info(l.Layer + ".weight")
			if want := []int{l.UpShape[0], l.DownShape[1], l.DownShape[2], l.DownShape[3]}; !slices.Equal(info.Shape, want) {
				t.Fatalf("%s is %v, up and down make %v", l.Layer, info.Shape, want)
			}
			checkProduct(t, l, info)
			checked++
		}
	}
	if checked == 0 {
		t.Error("the fixtures hold no convolution")
	}
}

func checkProduct(t *testing.T, l weights.LoRALayer, info weights.Info) {
	t.Helper()
	delta := make([]float32, info.Elements())
	if err := l.AddTo(delta, 0.5); err != nil {
		t.Fatal(err)
	}
	kernel := l.DownShape[1] * l.DownShape[2] * l.DownShape[3]
	for i, got := range delta {
		sum := 0.0
		for r := range l.Rank {
			sum += float64(l.Up[i/kernel*l.Rank+r]) * float64(l.Down[r*kernel+i%kernel])
		}
		if want := 0.5 * l.Alpha / float64(l.Rank) * sum; math.Abs(float64(got)-want) > 1e-6 {
			t.Fatalf("%s element %d is %v, want %v", l.Layer, i, got, want)
		}
	}
}

// TestGoldenLoRAWritten: every file written in both formats comes back the same.
func TestGoldenLoRAWritten(t *testing.T) {
	f := openLoRAFixture(t)
	type write func(string, *weights.LoRA, weights.DType, map[string]string) error
	for _, file := range f.loraFiles(t) {
		want := f.read(t, file)
		for name, write := range map[string]write{"diffusers": weights.WriteDiffusersLoRA, "kohya": weights.WriteKohyaLoRA} {
			t.Run(fmt.Sprintf("%s/%s", file, name), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "x.safetensors")
				if err := write(path, want, weights.F32, map[string]string{"note": "kept"}); err != nil {
					t.Fatal(err)
				}
				got, err := weights.OpenLoRA(path, f.modules)
				if err != nil {
					t.Fatal(err)
				}
				compareLoRA(t, got, want, want.Layers[0].Rank)
				if note := golden.Open(t, path); note == nil || metadataOf(t, path)["note"] != "kept" {
					t.Error("the metadata is lost")
				}
			})
		}
	}
}

func metadataOf(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Metadata()
}

// TestGoldenKohyaNames: the kohya writer gives the file's own keys and shapes.
func TestGoldenKohyaNames(t *testing.T) {
	f := openLoRAFixture(t)
	for _, file := range f.loraFiles(t) {
		if !strings.HasSuffix(file, "_kohya.safetensors") {
			continue
		}
		path := filepath.Join(t.TempDir(), file)
		if err := weights.WriteKohyaLoRA(path, f.read(t, file), weights.F32, nil); err != nil {
			t.Fatal(err)
		}
		compareSources(t, openComponent(t, path), openComponent(t, filepath.Join(f.dir, file)))
	}
}

// TestGoldenLDMNames: the original names, as the single-file checkpoint has
// them, lead to the same tensors.
func TestGoldenLDMNames(t *testing.T) {
	single := openComponent(t, filepath.Join(golden.Dir(t, "loading"), "sd1-single-file.safetensors"))
	unet := openComponent(t, filepath.Join(golden.Dir(t, "sd1-tiny"), weights.UNet))
	modules := weights.Modules(unet)
	names := weights.LDMUNetNames(modules)
	if len(modules) == 0 {
		t.Fatal("no modules")
	}
	for _, m := range modules {
		want, err := unet.Bytes(m + ".weight")
		if err != nil {
			t.Fatal(err)
		}
		got, err := single.Bytes("model.diffusion_model." + names[m] + ".weight")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is not %q: %v", m, names[m], err)
		}
	}
}
