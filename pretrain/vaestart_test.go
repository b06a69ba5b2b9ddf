package pretrain

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// started returns one starting weight of an autoencoder of the given widths.
func started(t *testing.T, name string, latents int, widths ...int) []float32 {
	t.Helper()
	c := vae.DefaultConfig()
	c.BlockOutChannels, c.NormNumGroups, c.LatentChannels = widths, 1, latents
	c.DownBlockTypes = slices.Repeat([]string{"DownEncoderBlock2D"}, len(widths))
	c.UpBlockTypes = slices.Repeat([]string{"UpDecoderBlock2D"}, len(widths))
	m, err := vae.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(model.NewStore(), vaeComponent)
	if err := initialise(m, w, 1); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Params, func(p *nn.Param) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	values, err := w.Float32(m.Params[i])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// Green enters its own channel as it is and the next but two negated.
func TestVAEStart(t *testing.T) {
	values := started(t, "encoder.conv_in.weight", 3, 8, 8)
	const green, row = 1, 3 * 9 // of a 3x3 kernel over three colours
	for i, v := range values[green*row : (green+1)*row] {
		if want := map[bool]float32{true: 1}[i == green*9+4]; v != want {
			t.Errorf("weight %d of the green channel is %g, want %g", i, v, want)
		}
	}
	if v := values[(green+colours)*row+green*9+4]; v != -1 {
		t.Errorf("the negative has weight %g", v)
	}
}

// Models too small for the colours start at random instead of failing.
func TestVAEStartWithoutRoom(t *testing.T) {
	for _, c := range []struct {
		latents int
		widths  []int
	}{{3, []int{4, 8}}, {2, []int{8, 8}}, {3, []int{8, 4}}} {
		for i, v := range started(t, "encoder.conv_in.weight", c.latents, c.widths...) {
			if v == 0 || v == 1 {
				t.Fatalf("%+v: weight %d is %g, not random", c, i, v)
			}
		}
	}
}
