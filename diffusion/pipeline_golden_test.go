package diffusion

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/sampler"
)

// endToEnd is e2e.json of a fixture.
type endToEnd struct {
	Prompt     string                     `json:"prompt"`
	Negative   string                     `json:"negative_prompt"`
	Steps      int                        `json:"steps"`
	Guidance   float64                    `json:"guidance_scale"`
	Height     int                        `json:"height"`
	Width      int                        `json:"width"`
	Schedulers map[string]json.RawMessage `json:"schedulers"`
}

// given is noise that was written down.
func given(values []float32) sampler.Noise {
	return sampler.NoiseFunc(func(n int) []float32 {
		out := slices.Clone(values[:n])
		values = values[n:]
		return out
	})
}

func TestGoldenEndToEnd(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		p := openPipeline(t, fixture)
		m := p.model
		var e endToEnd
		golden.JSON(t, &e, m.Dir, "golden", "e2e.json")
		for name, settings := range e.Schedulers {
			t.Run(fixture+"/"+name, func(t *testing.T) {
				config, err := sampler.ParseConfig(settings, name)
				if err != nil {
					t.Fatal(err)
				}
				compareRun(t, p, e, config, golden.Open(t, m.Dir, "golden", "e2e_"+name+".safetensors"))
			})
		}
	}
}

// compareRun draws as a golden was drawn and compares every step.
func compareRun(t *testing.T, p *Pipeline, e endToEnd, config sampler.Config, f *golden.File) {
	ctx := context.Background()
	d, err := p.begin(ctx, Request{Prompt: e.Prompt, NegativePrompt: e.Negative, Steps: e.Steps,
		GuidanceScale: e.Guidance, Width: e.Width, Height: e.Height})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	d.scheduler = config
	states, n := golden.Flat(t, d.soft.both), d.soft.both.Shape().Size()/2
	f.Close("negative_prompt_embeds", states[:n], textTolerance, false)
	f.Close("prompt_embeds", states[n:], textTolerance, false)

	h, w, c := d.latentSize()
	var steps []float32
	var timesteps []float32
	latents, err := d.sample(ctx, given(nhwc(f.Float32("initial_latents"), 1, c, h, w)), func(s sampler.Step) {
		steps = append(steps, nchw(s.Sample, 1, c, h, w)...)
		timesteps = append(timesteps, float32(s.Timestep))
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Close("timesteps", timesteps, 0, false)
	f.Close("latents_per_step", steps, latentsTolerance, true)
	f.Close("final_latents", nchw(latents, 1, c, h, w), latentsTolerance, true)
	if !f.Has("image") {
		return
	}
	pixels, err := d.model.decode(ctx, latents, 1, h, w)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range pixels {
		pixels[i] = min(max((v+1)/2, 0), 1)
	}
	f.Close("image", nchw(pixels, 1, 3, e.Height, e.Width), imageTolerance, false)
}
