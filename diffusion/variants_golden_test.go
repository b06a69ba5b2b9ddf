package diffusion

import (
	"context"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
)

var (
	decodedName = regexp.MustCompile(`^vae\.(.*)\.decoded$`)
	unetSample  = regexp.MustCompile(`^(unet\..*)\.sample$`)
)

// Files in float16 compute in float32.
func TestGoldenHalfPrecisionFiles(t *testing.T) {
	full, half := golden.Dir(t, "sd1-tiny"), golden.Dir(t, "sd1-tiny-fp16")
	m := openOnce(t, linkFolder(t, half, map[string]string{partTokenizer: filepath.Join(full, partTokenizer)}))
	want := golden.Open(t, golden.Dir(t, "loading"), "golden", "fp16_weights_fp32_math.safetensors")

	text := golden.Open(t, full, "golden", "text.safetensors")
	states, err := m.encodeTokens(context.Background(), textInput{ids: text.Int32("text.input_ids")})
	if err != nil {
		t.Fatal(err)
	}
	want.Close("text.last_hidden_state", golden.Flat(t, states), textTolerance, false)

	pictures := golden.Open(t, full, "golden", "vae.safetensors")
	for _, name := range want.Names() {
		if match := decodedName.FindStringSubmatch(name); match != nil {
			compareDecoded(t, m, pictures, "vae."+match[1]+".latents", float32(m.VAE.(kl).model.Config.ScalingFactor), want, name)
		}
	}
	u := golden.Open(t, full, "golden", "unet.safetensors")
	compareUNet(t, NewPipeline(m), &concepts{}, halfCase(t, u, want), "unet.output")
}

// halfCase finds the inputs of the float16 fixture: the batch of its size.
func halfCase(t *testing.T, u, want *golden.File) unetCase {
	t.Helper()
	for _, name := range u.Names() {
		match := unetSample.FindStringSubmatch(name)
		if match == nil || !equal(u.Shape(name), want.Shape("unet.output")) {
			continue
		}
		timestep := match[1] + ".b2.timestep"
		if !u.Has(timestep) {
			timestep = "unet.b2.timestep"
		}
		return unetCase{u.Float32(name), u.Shape(name), u.Float32(timestep),
			u.Float32("unet.encoder_hidden_states"), u.Shape("unet.encoder_hidden_states"), want.Float32("unet.output")}
	}
	t.Fatal("found no samples of the fixture's size")
	return unetCase{}
}

// compareDecoded decodes NCHW latents, multiplied by scale, and compares.
func compareDecoded(t *testing.T, m *Model, from *golden.File, latents string, scale float32, want *golden.File, name string) {
	t.Helper()
	v, d := from.Float32(latents), from.Shape(latents)
	for i := range v {
		v[i] *= scale
	}
	pixels, err := m.decode(context.Background(), nhwc(v, d[0], d[1], d[2], d[3]), d[0], d[2], d[3])
	if err != nil {
		t.Fatal(err)
	}
	s := want.Shape(name)
	want.Close(name, nchw(pixels, s[0], s[1], s[2], s[3]), vaeTolerance, false)
}

// An AutoencoderTiny takes the place of the autoencoder.
func TestGoldenTinyAutoencoder(t *testing.T) {
	taesd := golden.Dir(t, "taesd-tiny")
	m := openOnce(t, linkFolder(t, golden.Dir(t, "sd1-tiny"), map[string]string{partVAE: taesd}))
	if _, ok := m.VAE.(tiny); !ok {
		t.Fatalf("the autoencoder is a %T", m.VAE)
	}
	files, err := filepath.Glob(filepath.Join(taesd, "golden", "*.safetensors"))
	if err != nil || len(files) != 1 {
		t.Fatalf("found %q, %v", files, err)
	}
	f := golden.Open(t, files[0])
	compareDecoded(t, m, f, "decode.latents", 1, f, "decoded")
	s := f.Shape("decoded")
	latents, err := m.EncodePictures(context.Background(), scenes(1, s[3], s[2]), true, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := f.Shape("decode.latents")
	if got := latents.Shape().Dimensions; got[1] != d[2] || got[2] != d[3] || got[3] != d[1] {
		t.Errorf("latents are %v, want %v in NHWC", got, d)
	}
}
