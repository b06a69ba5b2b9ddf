package diffusion

import "testing"

// More pixels and guidance take more memory, tiles and merged tokens less.
func TestPlan(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	f := m.VAE.Factor()
	plan := func(m *Model, r Request) Plan {
		t.Helper()
		p, err := m.Plan(r)
		if err != nil {
			t.Fatal(err)
		}
		if p.UNet <= 0 || p.Decode <= 0 || p.Working() < max(p.UNet, p.Decode) {
			t.Fatalf("the plan is %+v", p)
		}
		return p
	}
	small := plan(m, Request{Width: 16 * f, Height: 16 * f})
	large := plan(m, Request{Width: 96 * f, Height: 96 * f})
	single := plan(m, Request{Width: 96 * f, Height: 96 * f, GuidanceScale: 1})
	if large.UNet < 30*small.UNet || large.Decode < 30*small.Decode {
		t.Errorf("36 times the pixels take %+v in place of %+v", large, small)
	}
	if single.UNet >= large.UNet || single.Decode != large.Decode {
		t.Errorf("without guidance %+v, with it %+v", single, large)
	}
	if merged := plan(m, Request{Width: 96 * f, Height: 96 * f, TokenMerging: 0.5}); merged.UNet >= large.UNet || merged.Decode != large.Decode {
		t.Errorf("with merged tokens %+v, plain %+v", merged, large)
	}
	tiled := &Model{Store: m.Store, Engine: m.Engine, Tokenizer: m.Tokenizer, Text: m.Text, UNet: m.UNet, UNetWeights: m.UNetWeights,
		VAE: m.VAE, Scheduler: m.Scheduler, DType: m.DType, options: Options{Tiling: true}}
	if got := plan(tiled, Request{Width: 96 * f, Height: 96 * f}); got.Decode >= large.Decode || got.UNet != large.UNet {
		t.Errorf("in tiles %+v, whole %+v", got, large)
	}
	if _, err := m.Plan(Request{Width: 1}); err == nil {
		t.Error("a request that cannot be drawn was planned")
	}
}
