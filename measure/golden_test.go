package measure

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
)

// Tolerances of the golden README.
const (
	clipTolerance = 1e-5
	dinoTolerance = 2e-5
)

// embedGolden puts a fixture's prepared pictures [n, 3, h, w] through a program, past
// the preparing of real ones.
func embedGolden(t *testing.T, s *sight, f *golden.File, name string) []float32 {
	t.Helper()
	d, flat := f.Shape(name), f.Float32(name)
	n, c, h, w := d[0], d[1], d[2], d[3]
	got, err := s.embed(t.Context(), n, func(at []int) (*tensors.Tensor, error) {
		var pixels []float32
		for _, i := range at {
			for p := range h * w {
				for k := range c {
					pixels = append(pixels, flat[(i*c+k)*h*w+p])
				}
			}
		}
		return tensors.FromFlatDataAndDimensions(pixels, len(at), h, w, c), nil
	})
	check(t, err)
	return flatten(got)
}

func flatten(rows []Embedding) (flat []float32) {
	for _, e := range rows {
		flat = append(flat, e...)
	}
	return flat
}

func TestGoldenCLIP(t *testing.T) {
	dir := golden.Dir(t, "clip-tiny")
	f := golden.Open(t, dir, "golden", "outputs.safetensors")
	c, err := OpenCLIP(dir, enginetest.Open(t).Backend())
	check(t, err)
	defer c.Close()
	f.Close("image_embeds", embedGolden(t, c.pictures, f, "pixel_values"), clipTolerance, false)

	ids, n := f.Int32("input_ids"), f.Shape("input_ids")[0]
	var texts []string
	for row := range slices.Chunk(ids, len(ids)/n) {
		all := make([]int, len(row))
		for i, id := range row {
			all[i] = int(id)
		}
		text := c.tokens.Decode(all)
		if !slices.Equal(c.tokens.Batch(text).IDs, row) {
			t.Fatalf("%q is not the text of %v", text, row)
		}
		texts = append(texts, text)
	}
	got, err := c.Texts(t.Context(), texts)
	check(t, err)
	f.Close("text_embeds", flatten(got), clipTolerance, false)
}

func TestGoldenDINO(t *testing.T) {
	for _, fixture := range []string{"dino-tiny/dinov2", "dino-tiny/vit"} {
		dir := golden.Dir(t, fixture)
		f := golden.Open(t, dir, "golden", "outputs.safetensors")
		d, err := OpenDINO(dir, enginetest.Open(t).Backend())
		check(t, err)
		defer d.Close()
		for _, name := range f.Names() {
			prefix, found := strings.CutSuffix(name, "pixel_values")
			if !found {
				continue
			}
			t.Run(fixture+"/"+prefix, func(t *testing.T) {
				want, width := f.Float32(prefix+"cls"), f.Shape(prefix + "cls")[1]
				for row := range slices.Chunk(want, width) {
					length := math.Sqrt(dot(row, row))
					for i := range row {
						row[i] = float32(float64(row[i]) / length)
					}
				}
				golden.Close(t, "class token of length 1", embedGolden(t, d.pictures, f, name), want, dinoTolerance, false)
			})
		}
	}
}
