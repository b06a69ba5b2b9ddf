package diffusion

import (
	"testing"

	"github.com/ichimai/ichimai/picture"
)

// far is the largest difference of two pictures' values.
func far(a, b *picture.Picture) int {
	most := 0
	for i := range a.Pix {
		most = max(most, int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return most
}

// Pictures of a batch are those of their seeds, whatever else a request has, and the
// last batch has no more than are asked for.
func TestBatch(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	half := 0.5
	cup, hat := Use{Concept: cupConcept(p.model), Weight: 1}, Use{Concept: hatConcept(p.model), Weight: 1}
	for name, change := range map[string]func(*Request){
		"stochastic": func(r *Request) { r.Sampler, r.RNG, r.GuidanceRescale = "euler_a", RNGTorch, 0.5 },
		"shortcuts":  func(r *Request) { r.DeepCache, r.GuidanceShare, r.TokenMerging = 2, 0.5, 0.5 },
		"two subjects on two paths": func(r *Request) {
			r.Concepts = []Use{cup, hat}
			r.Concepts[0].Fidelity = &half
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, p)
			r.Prompt, r.Count = "a red <CUP> and a <HAT>", 5
			change(&r)
			one := generate(t, p, r)
			r.Batch = 3
			steps := map[int]int{}
			r.OnStep = func(v Preview) { steps[v.Index]++ }
			many := generate(t, p, r)
			if len(one) != 5 || len(many) != 5 || len(steps) != 5 {
				t.Fatalf("%d pictures one by one, %d in batches, steps of %d", len(one), len(many), len(steps))
			}
			for i := range one {
				if d := far(one[i].Picture, many[i].Picture); d > 2 {
					t.Errorf("picture %d differs by up to %d of 255", i, d)
				}
				if one[i].Seed != many[i].Seed {
					t.Errorf("picture %d has seed %d, want %d", i, many[i].Seed, one[i].Seed)
				}
			}
			if d := far(one[0].Picture, one[1].Picture); d < 3 {
				t.Errorf("two seeds give nearly one picture: %d; the comparison shows nothing", d)
			}
		})
	}
}

// A batch takes as much more memory as there are pictures in it, and never more
// pictures than the request has.
func TestPlanBatch(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	plan := func(count, batch int) Plan {
		p, err := m.Plan(Request{Prompt: "a cup", Count: count, Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, four := plan(1, 8), plan(8, 4)
	if four.UNet < 3*one.UNet || four.Decode < 3*one.Decode {
		t.Errorf("four pictures at once are planned with %+v, one with %+v", four, one)
	}
}
