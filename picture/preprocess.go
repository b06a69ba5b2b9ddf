package picture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Preprocess says how a vision model wants its pictures: resized, cropped,
// scaled to [0, 1] and normalised. It is what transformers keeps in
// preprocessor_config.json. A zero side leaves its step out.
type Preprocess struct {
	ShortestEdge          int // resize the shorter side to this, or
	Width, Height         int // resize to these sides, whatever the proportions
	CropWidth, CropHeight int
	Filter                Filter
	Rescale               float64    // a pixel's factor, 1/255
	Mean, Std             [3]float64 // of RGB after rescaling
}

// CLIPPreprocess is the processing of OpenAI's CLIP models at 224 pixels.
func CLIPPreprocess() Preprocess {
	return Preprocess{
		ShortestEdge: 224, CropWidth: 224, CropHeight: 224, Filter: Bicubic, Rescale: 1.0 / 255,
		Mean: [3]float64{0.48145466, 0.4578275, 0.40821073},
		Std:  [3]float64{0.26862954, 0.26130258, 0.27577711},
	}
}

// DINOv2Preprocess is the processing of Meta's DINOv2 models.
func DINOv2Preprocess() Preprocess {
	return Preprocess{
		ShortestEdge: 256, CropWidth: 224, CropHeight: 224, Filter: Bicubic, Rescale: 1.0 / 255,
		Mean: [3]float64{0.485, 0.456, 0.406},
		Std:  [3]float64{0.229, 0.224, 0.225},
	}
}

// SignedPreprocess shrinks the shorter side to side, crops the middle square and
// scales pixels to [-1, 1]: what this project's own towers are trained on.
func SignedPreprocess(side int) Preprocess {
	return Preprocess{
		ShortestEdge: side, CropWidth: side, CropHeight: side, Filter: Bicubic, Rescale: 1.0 / 255,
		Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.5, 0.5, 0.5},
	}
}

// Apply resizes and crops.
func (c Preprocess) Apply(p *Picture) *Picture {
	switch {
	case c.ShortestEdge > 0:
		p = p.ResizeShortest(c.ShortestEdge, c.Filter)
	case c.Width > 0 && c.Height > 0:
		p = p.ResizeWith(c.Width, c.Height, c.Filter)
	}
	if c.CropWidth > 0 && c.CropHeight > 0 {
		p = p.CenterCropTo(c.CropWidth, c.CropHeight)
	}
	return p
}

// NHWC processes pictures to normalised floats [len(pictures), height, width,
// 3]. Pictures must have equal sides after processing.
func (c Preprocess) NHWC(pictures ...*Picture) (pixels []float32, height, width int, err error) {
	for i, p := range pictures {
		p = c.Apply(p)
		if i == 0 {
			height, width = p.Height, p.Width
		}
		if p.Width != width || p.Height != height {
			return nil, 0, 0, fmt.Errorf("preprocess pictures: picture %d is %dx%d and the first %dx%d; the configuration neither crops nor resizes to fixed sides",
				i+1, p.Width, p.Height, width, height)
		}
		pixels = append(pixels, c.Normalize(p)...)
	}
	return pixels, height, width, nil
}

// NCHW is NHWC in the order [len(pictures), 3, height, width].
func (c Preprocess) NCHW(pictures ...*Picture) (pixels []float32, height, width int, err error) {
	pixels, height, width, err = c.NHWC(pictures...)
	size := 3 * height * width
	for at := 0; at < len(pixels); at += size {
		copy(pixels[at:], PlanesFromHWC(width, height, 3, pixels[at:at+size]))
	}
	return pixels, height, width, err
}

// Normalize gives (pixel*Rescale - Mean) / Std as [Height, Width, 3], without
// resizing.
func (c Preprocess) Normalize(p *Picture) []float32 {
	var levels [3][256]float32
	for channel := range levels {
		for v := range 256 {
			levels[channel][v] = float32((float64(v)*c.Rescale - c.Mean[channel]) / c.Std[channel])
		}
	}
	out := make([]float32, len(p.Pix))
	for i, v := range p.Pix {
		out[i] = levels[i%3][v]
	}
	return out
}

// OpenPreprocess reads dir/preprocessor_config.json. A model folder without one
// gives fallback.
func OpenPreprocess(dir string, fallback Preprocess) (Preprocess, error) {
	path := filepath.Join(dir, "preprocessor_config.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fallback, nil
	}
	if err != nil {
		return Preprocess{}, fmt.Errorf("open picture processing: %w", err)
	}
	c, err := ParsePreprocess(data, fallback)
	if err != nil {
		return Preprocess{}, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// preprocessJSON is the file as transformers writes it. Old files have numbers
// where new ones have objects.
type preprocessJSON struct {
	DoResize    *bool     `json:"do_resize"`
	Size        *sideJSON `json:"size"`
	Resample    *Filter   `json:"resample"`
	DoCrop      *bool     `json:"do_center_crop"`
	CropSize    *sideJSON `json:"crop_size"`
	DoRescale   *bool     `json:"do_rescale"`
	Rescale     *float64  `json:"rescale_factor"`
	DoNormalize *bool     `json:"do_normalize"`
	Mean        []float64 `json:"image_mean"`
	Std         []float64 `json:"image_std"`
}

// sideJSON is {"shortest_edge": n}, {"height": h, "width": w} or n.
type sideJSON struct {
	ShortestEdge int `json:"shortest_edge"`
	Height       int `json:"height"`
	Width        int `json:"width"`
	plain        int
}

func (s *sideJSON) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &s.plain) == nil {
		return nil
	}
	type object sideJSON
	return json.Unmarshal(data, (*object)(s))
}

// ParsePreprocess reads the text of a preprocessor_config.json; what it leaves
// out is taken from fallback.
func ParsePreprocess(data []byte, fallback Preprocess) (Preprocess, error) {
	var f preprocessJSON
	if err := json.Unmarshal(data, &f); err != nil {
		return Preprocess{}, fmt.Errorf("parse picture processing: %w", err)
	}
	c := fallback
	c.readSides(f)
	if f.Resample != nil {
		c.Filter = *f.Resample
	}
	if f.Rescale != nil {
		c.Rescale = *f.Rescale
	}
	if err := readThree(&c.Mean, f.Mean, "image_mean"); err != nil {
		return Preprocess{}, err
	}
	if err := readThree(&c.Std, f.Std, "image_std"); err != nil {
		return Preprocess{}, err
	}
	if isFalse(f.DoRescale) {
		c.Rescale = 1
	}
	if isFalse(f.DoNormalize) {
		c.Mean, c.Std = [3]float64{}, [3]float64{1, 1, 1}
	}
	return c, c.validate()
}

// File is c as preprocessor_config.json, for models that are written:
// [ParsePreprocess] reads it back.
func (c Preprocess) File() map[string]any {
	file := map[string]any{
		"image_processor_type": "CLIPImageProcessor",
		"do_convert_rgb":       true,
		"do_resize":            c.ShortestEdge > 0 || c.Width > 0,
		"do_center_crop":       c.CropWidth > 0,
		"do_rescale":           true,
		"rescale_factor":       c.Rescale,
		"do_normalize":         true,
		"image_mean":           c.Mean,
		"image_std":            c.Std,
		"resample":             c.Filter,
	}
	switch {
	case c.ShortestEdge > 0:
		file["size"] = map[string]int{"shortest_edge": c.ShortestEdge}
	case c.Width > 0:
		file["size"] = map[string]int{"height": c.Height, "width": c.Width}
	}
	if c.CropWidth > 0 {
		file["crop_size"] = map[string]int{"height": c.CropHeight, "width": c.CropWidth}
	}
	return file
}

func (c *Preprocess) readSides(f preprocessJSON) {
	if f.Size != nil {
		c.ShortestEdge, c.Width, c.Height = f.Size.ShortestEdge+f.Size.plain, f.Size.Width, f.Size.Height
	}
	if f.CropSize != nil {
		c.CropWidth, c.CropHeight = f.CropSize.Width+f.CropSize.plain, f.CropSize.Height+f.CropSize.plain
	}
	if isFalse(f.DoResize) {
		c.ShortestEdge, c.Width, c.Height = 0, 0, 0
	}
	if isFalse(f.DoCrop) {
		c.CropWidth, c.CropHeight = 0, 0
	}
}

func isFalse(b *bool) bool { return b != nil && !*b }

func readThree(into *[3]float64, values []float64, key string) error {
	if values == nil {
		return nil
	}
	if len(values) != 3 {
		return fmt.Errorf("parse picture processing: %s has %d values, want 3 for RGB", key, len(values))
	}
	copy(into[:], values)
	return nil
}

// maxModelSide is far above any vision model's input.
const maxModelSide = 1 << 13

func (c Preprocess) validate() error {
	for _, side := range []int{c.ShortestEdge, c.Width, c.Height, c.CropWidth, c.CropHeight} {
		if side < 0 || side > maxModelSide {
			return fmt.Errorf("parse picture processing: a side of %d pixels; 0 to %d are possible", side, maxModelSide)
		}
	}
	if _, ok := kernels[c.Filter]; !ok && c.Filter != Nearest {
		return fmt.Errorf("parse picture processing: resample %d is not known; 0 (nearest), 1 (lanczos), 2 (bilinear), 3 (bicubic) and 4 (box) are", c.Filter)
	}
	for _, s := range c.Std {
		if s == 0 {
			return errors.New("parse picture processing: image_std has a zero")
		}
	}
	return nil
}
