package vae_test

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// The golden README's tolerances.
const (
	tolerance     = 4e-5
	tinyTolerance = 2e-5
)

func TestGoldenAutoencoderKL(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny", "sdxl-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			dir := golden.Dir(t, fixture)
			store := model.NewStore()
			m, w, err := vae.Open(filepath.Join(dir, "vae"), store, "vae")
			if err != nil {
				t.Fatal(err)
			}
			f := golden.Open(t, dir, "golden", "vae.safetensors")
			exec, err := model.NewExec(enginetest.Fast(t).Backend(), store, func(_ *model.Scope, in []*Node) []*Node {
				p := nn.NewPass(w, nn.Options{})
				q := m.Encode(p, nn.ToNHWC(in[0]))
				return []*Node{
					nn.ToNCHW(q.Mean), nn.ToNCHW(q.LogVar), nn.ToNCHW(q.Sample(nn.ToNHWC(in[1]))),
					nn.ToNCHW(m.Decode(p, nn.ToNHWC(in[2]))),
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			sizes := 0
			for _, name := range f.Names() {
				size, found := strings.CutSuffix(name, ".image")
				if !found {
					continue
				}
				sizes++
				results, err := exec.Call(f.Tensor(size+".image"), f.Tensor(size+".noise"), f.Tensor(size+".latents"))
				if err != nil {
					t.Fatal(err)
				}
				for i, part := range []string{".mean", ".logvar", ".posterior_sample", ".decoded"} {
					f.Close(size+part, golden.Flat(t, results[i]), tolerance, false)
				}
			}
			if sizes == 0 {
				t.Fatalf("found nothing to compare among %q", f.Names())
			}
		})
	}
}

func TestGoldenAutoencoderTiny(t *testing.T) {
	for _, folder := range []string{"taesd-tiny", "loading/taesd-tiny-sharded"} {
		t.Run(folder, func(t *testing.T) {
			store := model.NewStore()
			m, w, err := vae.OpenTiny(golden.Dir(t, folder), store, "vae")
			if err != nil {
				t.Fatal(err)
			}
			f := golden.Open(t, golden.Dir(t, "taesd-tiny"), "golden", "outputs.safetensors")
			exec, err := model.NewExec(enginetest.Fast(t).Backend(), store, func(_ *model.Scope, picture, latents *Node) []*Node {
				p := nn.NewPass(w, nn.Options{})
				z := m.Encode(p, nn.ToNHWC(picture))
				scaled := m.Config.ScaleLatents(nn.ToNHWC(latents))
				return []*Node{
					nn.ToNCHW(z), nn.ToNCHW(m.Decode(p, nn.ToNHWC(latents))),
					nn.ToNCHW(scaled), nn.ToNCHW(m.Config.UnscaleLatents(scaled)),
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			results, err := exec.Call(f.Tensor("image"), f.Tensor("decode.latents"))
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"latents", "decoded", "scaled", "unscaled"} {
				f.Close(name, golden.Flat(t, results[i]), tinyTolerance, false)
			}
		})
	}
}
