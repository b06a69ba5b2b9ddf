package diffusion

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/picture"
)

// openError opens a folder that must be refused, with all of the texts in the
// error.
func openError(t *testing.T, dir string, texts ...string) {
	t.Helper()
	_, err := Open(context.Background(), dir, enginetest.Open(t))
	if err == nil {
		t.Fatalf("%s was opened", dir)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	sd1 := golden.Dir(t, "sd1-tiny")
	t.Run("another pipeline", func(t *testing.T) {
		openError(t, golden.Dir(t, "sdxl-tiny"), "is a StableDiffusionXLPipeline; Stable Diffusion 1.x and 2.x are supported")
	})
	t.Run("no folder", func(t *testing.T) { openError(t, filepath.Join(t.TempDir(), "none"), "none") })
	t.Run("a file", func(t *testing.T) { openError(t, filepath.Join(sd1, indexFile), "is a file", "diffusers' layout") })
	t.Run("no index", func(t *testing.T) { openError(t, t.TempDir(), "has no model_index.json") })
	t.Run("the folder above", func(t *testing.T) { openError(t, filepath.Dir(sd1), "a folder inside it has one") })
	t.Run("a component", func(t *testing.T) { openError(t, filepath.Join(sd1, partUNet), "name the folder above it") })
	t.Run("missing components", func(t *testing.T) {
		dir := linkFolder(t, sd1, nil)
		os.Remove(filepath.Join(dir, partTokenizer))
		os.Remove(filepath.Join(dir, partVAE))
		openError(t, dir, filepath.Join(dir, partTokenizer)+" is missing", filepath.Join(dir, partVAE)+" is missing")
	})
	t.Run("a component that is not of this model", func(t *testing.T) {
		dir := linkFolder(t, sd1, map[string]string{partUNet: filepath.Join(golden.Dir(t, "sd2-tiny"), partUNet)})
		openError(t, dir, "cross_attention_dim", "hidden_size")
	})
	t.Run("index without a component", func(t *testing.T) {
		dir := linkFolder(t, sd1, nil)
		rewrite(t, filepath.Join(dir, indexFile), `"UNet2DConditionModel"`, `null`)
		openError(t, dir, "model_index.json names no unet")
	})
	t.Run("another class", func(t *testing.T) {
		dir := linkFolder(t, sd1, nil)
		rewrite(t, filepath.Join(dir, indexFile), `"AutoencoderKL"`, `"VQModel"`)
		openError(t, dir, "vae is a VQModel; AutoencoderKL or AutoencoderTiny can be used")
	})
	t.Run("an index that is no JSON", func(t *testing.T) {
		dir := linkFolder(t, sd1, nil)
		rewrite(t, filepath.Join(dir, indexFile), `{`, `[`)
		openError(t, dir, indexFile)
	})
}

// rewrite replaces a link by a changed copy of its file.
func rewrite(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(data), old, new)
	if changed == string(data) {
		t.Fatalf("%s has no %s", path, old)
	}
	os.Remove(path)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A model whose weights are kept, or multiplied, in half precision draws the same
// picture but for rounding.
func TestOpenInHalf(t *testing.T) {
	whole := openPipeline(t, "sd1-tiny")
	r := request(t, whole)
	want := generate(t, whole, r)[0].Picture
	for _, c := range []struct {
		precision      Precision
		kept, products dtypes.DType
		psnr           float64
	}{{Float16, dtypes.Float16, dtypes.Float32, 50}, {BFloat16, dtypes.BFloat16, dtypes.BFloat16, 38}} {
		t.Run(string(c.precision), func(t *testing.T) {
			m, err := OpenWith(context.Background(), whole.model.Dir, whole.model.Engine, Options{Precision: c.precision})
			if err != nil {
				t.Fatal(err)
			}
			kept := map[dtypes.DType]int{}
			for _, p := range m.UNet.Params {
				kept[m.UNetWeights.Variable(p.Name).DType()]++
			}
			if m.DType != c.products || len(kept) != 2 || kept[c.kept] == 0 || kept[dtypes.Float32] == 0 {
				t.Errorf("products are in %s, the UNet's weights kept as %v", m.DType, kept)
			}
			got := generate(t, NewPipeline(m), r)[0].Picture
			if psnr := picture.PSNR([]*picture.Picture{want}, []*picture.Picture{got}); psnr < c.psnr || want.Hash() == got.Hash() {
				t.Errorf("PSNR is %.1f dB, want %g; the same picture: %t", psnr, c.psnr, want.Hash() == got.Hash())
			}
		})
	}
}

func TestOpenPrecision(t *testing.T) {
	whole := openPipeline(t, "sd1-tiny")
	_, err := OpenWith(context.Background(), whole.model.Dir, whole.model.Engine, Options{Precision: "fp8"})
	if err == nil || !strings.Contains(err.Error(), "float32, float16, bfloat16") {
		t.Errorf("precision fp8 gave %v", err)
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, golden.Dir(t, "sd1-tiny"), enginetest.Open(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestCheckSize(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	f := m.VAE.Factor()
	if err := m.CheckSize(3*f, 5*f); err != nil {
		t.Error(err)
	}
	for _, size := range [][2]int{{0, f}, {f, -f}, {3*f + 1, 2 * f}, {2 * f, 5*f - 1}, {MaxSide + f, f}} {
		if m.CheckSize(size[0], size[1]) == nil {
			t.Errorf("size %v was accepted", size)
		}
	}
	if err := m.CheckSize(3*f+1, 2*f); err == nil || !strings.Contains(err.Error(), "nearest") {
		t.Errorf("got %v, want the nearest size", err)
	}
}

func TestBaseHash(t *testing.T) {
	ctx := context.Background()
	m := openFixture(t, "sd1-tiny")
	first, err := m.BaseHash(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 64 || strings.ToLower(first) != first {
		t.Errorf("hash %q is not a SHA-256 in lower-case hexadecimal", first)
	}
	moved := &Model{Dir: linkFolder(t, m.Dir, nil)}
	if again, err := moved.BaseHash(ctx); err != nil || again != first {
		t.Errorf("the same files elsewhere have hash %s, %v; want %s", again, err, first)
	}
	other := &Model{Dir: golden.Dir(t, "sd2-tiny")}
	if hash, err := other.BaseHash(ctx); err != nil || hash == first {
		t.Errorf("another model has hash %s, %v", hash, err)
	}
	if _, err := (&Model{Dir: t.TempDir()}).BaseHash(ctx); err == nil {
		t.Error("a folder without weights has a hash")
	}
}

// A large UNet is multiplied in bfloat16 where the device does that, a small one
// never.
func TestPreferredPrecision(t *testing.T) {
	e := openPipeline(t, "sd1-tiny").model.Engine
	want := Float32
	if e.MultipliesBFloat16() {
		want = BFloat16
	}
	if got := PreferredPrecision(e, 860_000_000); got != want {
		t.Errorf("a large UNet gets %s, want %s", got, want)
	}
	if got := PreferredPrecision(e, 5_000_000); got != Float32 {
		t.Errorf("a small UNet gets %s", got)
	}
}
