package picture

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const clipConfig = `{
  "crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_convert_rgb": true,
  "do_normalize": true, "do_rescale": true, "do_resize": true,
  "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
  "resample": 3, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 224}
}`

func TestParsePreprocess(t *testing.T) {
	vit := Preprocess{Width: 32, Height: 48, Filter: Bilinear, Rescale: 1, Std: [3]float64{1, 1, 1}}
	for name, c := range map[string]struct {
		text     string
		fallback Preprocess
		want     Preprocess
	}{
		"CLIP":        {clipConfig, DINOv2Preprocess(), CLIPPreprocess()},
		"old numbers": {`{"size": 224, "crop_size": 224}`, CLIPPreprocess(), CLIPPreprocess()},
		"empty":       {`{}`, DINOv2Preprocess(), DINOv2Preprocess()},
		"fixed sides": {`{"size": {"height": 48, "width": 32}, "do_center_crop": false, "do_rescale": false, "do_normalize": false, "resample": 2}`, CLIPPreprocess(), vit},
	} {
		got, err := ParsePreprocess([]byte(c.text), c.fallback)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What File writes is read back, whatever the fallback.
func TestPreprocessFile(t *testing.T) {
	fixed := Preprocess{Width: 32, Height: 48, Filter: Bilinear, Rescale: 0.5, Mean: [3]float64{1, 2, 3}, Std: [3]float64{1, 2, 4}}
	for name, want := range map[string]Preprocess{"CLIP": CLIPPreprocess(), "signed": SignedPreprocess(64), "fixed sides": fixed} {
		for _, fallback := range []Preprocess{CLIPPreprocess(), SignedPreprocess(7)} {
			text, err := json.Marshal(want.File())
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParsePreprocess(text, fallback)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestParsePreprocessErrors(t *testing.T) {
	for text, says := range map[string]string{
		`{"image_std": [1, 0, 1]}`:            "image_std has a zero",
		`{"image_mean": [1]}`:                 "image_mean has 1 values",
		`{"resample": 9}`:                     "resample 9 is not known",
		`{"size": {"shortest_edge": 999999}}`: "a side of 999999 pixels",
		`{"crop_size": -3}`:                   "a side of -3 pixels",
		`{`:                                   "unexpected end of JSON input",
	} {
		if _, err := ParsePreprocess([]byte(text), CLIPPreprocess()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want %q", text, err, says)
		}
	}
}

func TestOpenPreprocess(t *testing.T) {
	dir := t.TempDir()
	if got, err := OpenPreprocess(dir, DINOv2Preprocess()); err != nil || got != DINOv2Preprocess() {
		t.Errorf("without a file: %+v, %v", got, err)
	}
	path := filepath.Join(dir, "preprocessor_config.json")
	if err := os.WriteFile(path, []byte(`{"resample": 7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPreprocess(dir, CLIPPreprocess()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func TestBatches(t *testing.T) {
	c := Preprocess{ShortestEdge: 4, CropWidth: 4, CropHeight: 4, Filter: Bicubic, Rescale: 1.0 / 255, Mean: [3]float64{0.5, 0, 0}, Std: [3]float64{0.5, 1, 2}}
	a, b := Filled(9, 6, 255, 0, 51), Filled(5, 8, 0, 255, 0)
	nhwc, height, width, err := c.NHWC(a, b)
	if err != nil || height != 4 || width != 4 || len(nhwc) != 2*4*4*3 {
		t.Fatalf("%d values, %d x %d, %v", len(nhwc), height, width, err)
	}
	for i, want := range []float32{1, 0, 0.1} {
		if math.Abs(float64(nhwc[i]-want)) > 1e-6 {
			t.Errorf("channel %d is %g, want %g", i, nhwc[i], want)
		}
	}
	nchw, _, _, err := c.NCHW(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range nhwc {
		n, y, x, ch := i/48, i/12%4, i/3%4, i%3
		if nchw[((n*3+ch)*4+y)*4+x] != nhwc[i] {
			t.Fatalf("value %d differs between the orders", i)
		}
	}
	c.CropWidth, c.CropHeight = 0, 0
	if _, _, _, err := c.NHWC(a, b); err == nil {
		t.Error("pictures of unequal sides give no error")
	}
}

func TestFloatsRoundTrip(t *testing.T) {
	p := sample(40, 40)
	for _, r := range [][2]float32{{0, 1}, {-1, 1}, {0, 255}} {
		floats := p.Float32(r[0], r[1])
		got, err := FromFloat32(40, 40, floats, r[0], r[1])
		if err != nil {
			t.Fatal(err)
		}
		mustEqual(t, got, p)
	}
	got, err := FromFloat32(1, 1, []float32{float32(math.NaN()), float32(math.Inf(1)), -7}, -1, 1)
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, got, Filled(1, 1, 0, 255, 0))
	if _, err := FromFloat32(2, 1, make([]float32, 3), 0, 1); err == nil {
		t.Error("a wrong number of values gives no error")
	}
	if _, err := FromFloat32(1, 1, make([]float32, 3), 1, 1); err == nil {
		t.Error("an empty range gives no error")
	}
}
