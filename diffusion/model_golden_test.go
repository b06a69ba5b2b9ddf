package diffusion

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/internal/golden"
)

func TestGoldenText(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			m := openFixture(t, fixture)
			var e2e struct {
				Prompts []string `json:"text_prompts"`
			}
			golden.JSON(t, &e2e, m.Dir, "golden", "e2e.json")
			f := golden.Open(t, m.Dir, "golden", "text.safetensors")
			got, err := m.EncodeText(context.Background(), e2e.Prompts...)
			if err != nil {
				t.Fatal(err)
			}
			f.Close("text.last_hidden_state", golden.Flat(t, got), textTolerance, false)
		})
	}
}

func TestGoldenDecode(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	f := golden.Open(t, m.Dir, "golden", "vae.safetensors")
	scale := m.VAE.(kl).model.Config.ScalingFactor
	compared := 0
	for _, name := range f.Names() {
		match := decodedName.FindStringSubmatch(name)
		if match == nil || compared > 0 {
			continue
		}
		compareDecoded(t, m, f, "vae."+match[1]+".latents", float32(scale), f, name)
		compared++
	}
	if compared == 0 {
		t.Fatalf("found nothing to compare among %q", f.Names())
	}
}

// Encoding rounds pictures to 8 bits, so the golden of float pictures can only
// be met to within that rounding; the sampled latents must lie around the mean.
func TestEncodeDecodePictures(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	ctx := context.Background()
	f := m.VAE.Factor()
	pictures := scenes(3, 8*f, 6*f)
	mean, err := m.EncodePictures(ctx, pictures, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mean.Shape().Dimensions, []int{3, 6, 8, m.VAE.Channels()}; !equal(got, want) {
		t.Fatalf("latents are %v, want %v", got, want)
	}
	sampled := func(seed uint64) []float32 {
		l, err := m.EncodePictures(ctx, pictures, true, seed)
		if err != nil {
			t.Fatal(err)
		}
		return golden.Flat(t, l)
	}
	a, again, b := sampled(1), sampled(1), sampled(2)
	golden.Close(t, "the same seed", again, a, 0, false)
	if equal(a, b) || equal(a, golden.Flat(t, mean)) {
		t.Error("a sample must depend on its seed and differ from the mean")
	}
	out, err := m.DecodeLatents(ctx, mean)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 3 || out[0].Width != 8*f || out[0].Height != 6*f {
		t.Fatalf("decoded %d pictures of %dx%d", len(out), out[0].Width, out[0].Height)
	}
	if out[0].Hash() == out[1].Hash() {
		t.Error("two different pictures decode to the same")
	}
}

func TestDecodeLatentsShape(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	for _, shape := range [][]int{{8, 8, m.VAE.Channels()}, {1, 8, 8, m.VAE.Channels() + 1}} {
		if _, err := m.DecodeLatents(context.Background(), tensors.FromFlatDataAndDimensions(make([]float32, product(shape)), shape...)); err == nil {
			t.Errorf("latents of shape %v were decoded", shape)
		}
	}
}
