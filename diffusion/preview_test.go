package diffusion

import (
	"context"
	"math"
	"testing"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

func TestPreview(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	ctx, r := context.Background(), request(t, p)
	h, w := r.Height/p.model.VAE.Factor(), r.Width/p.model.VAE.Factor()
	var shown []*picture.Picture
	r.OnStep = func(v Preview) {
		if v.Step != len(shown)+1 || v.Steps != r.Steps || v.Seed != r.Seed {
			t.Errorf("step %d of %d, seed %d", v.Step, v.Steps, v.Seed)
		}
		small, err := v.Picture(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if small.Width != w || small.Height != h {
			t.Errorf("the preview is %dx%d, want %dx%d", small.Width, small.Height, w, h)
		}
		shown = append(shown, small)
	}
	final := generate(t, p, r)[0].Picture.ResizeWith(w, h, picture.Box)
	if len(shown) != r.Steps {
		t.Fatalf("%d previews", len(shown))
	}
	first, last := distance(shown[0], final), distance(shown[r.Steps-1], final)
	if !(last < first) {
		t.Errorf("the last preview is %.1f levels from the picture, the first %.1f", last, first)
	}
}

// distance is the root mean square difference in levels.
func distance(a, b *picture.Picture) float64 {
	sum := 0.0
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(a.Pix)))
}

// A linear decoder's colours are found exactly, but for the small ridge.
func TestFitColours(t *testing.T) {
	want := colours{{0.1, 0.2, -0.3}, {0, -0.5, 0.25}, {0.05, 0.1, -0.1}}
	latents := make([]float32, 2*4000)
	sampler.NewNormal(3).Fill(latents)
	var means [][3]float64
	flat := want.apply(latents)
	for i := 0; i < len(flat); i += 3 {
		means = append(means, [3]float64{float64(flat[i]), float64(flat[i+1]), float64(flat[i+2])})
	}
	got, err := fitColours(latents, means, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		for k := range 3 {
			if math.Abs(got[i][k]-want[i][k]) > 2e-3 {
				t.Errorf("row %d is %v, want %v", i, got[i], want[i])
			}
		}
	}
}

func TestSmoothNoise(t *testing.T) {
	const h, w, c = 64, 64, 3
	noise := smoothNoise(h, w, c)
	var sum, squares, neighbours float64
	for i, v := range noise {
		sum, squares = sum+float64(v), squares+float64(v)*float64(v)
		if i/c%w > 0 {
			neighbours += float64(v) * float64(noise[i-c])
		}
	}
	n := float64(len(noise))
	if variance := squares / n; math.Abs(sum/n) > 0.3 || variance < 0.7 || variance > 1.3 {
		t.Errorf("mean %.2f, variance %.2f", sum/n, variance)
	}
	if neighbours/squares < 0.4 {
		t.Errorf("neighbours correlate by %.2f only", neighbours/squares)
	}
}

// diffusers draws [1, c, h, w]; the pipeline works on [h, w, c].
func TestTorchNoiseOrder(t *testing.T) {
	const h, w, c = 3, 5, 4
	noise, err := newNoise(RNGTorch, 42, h, w, c)
	if err != nil {
		t.Fatal(err)
	}
	torch := sampler.NewTorch(42)
	for range 2 { // the second draw goes on with the same generator
		want, got := make([]float32, h*w*c), make([]float32, h*w*c)
		torch.Fill(want)
		noise.Fill(got)
		if !equal(nchw(got, 1, c, h, w), want) {
			t.Error("the order is not PyTorch's")
		}
	}
}
