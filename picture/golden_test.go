package picture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

// readJSON reads one fixture's description.
func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func openTensors(t *testing.T, path string) *weights.File {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// wantPicture reads a uint8 [3, height, width] tensor; nil when there is none.
func wantPicture(t *testing.T, f *weights.File, name string) *Picture {
	t.Helper()
	info, ok := f.Info(name)
	if !ok {
		return nil
	}
	planes, err := f.Bytes(name)
	if err != nil {
		t.Fatal(err)
	}
	p := New(info.Shape[2], info.Shape[1])
	area := p.Width * p.Height
	for c := range 3 {
		for i := range area {
			p.Pix[3*i+c] = planes[c*area+i]
		}
	}
	return p
}

// distance is the largest and the mean absolute difference in levels.
func distance(t *testing.T, got, want *Picture) (largest int, mean float64) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height {
		t.Fatalf("picture is %dx%d, want %dx%d", got.Width, got.Height, want.Width, want.Height)
	}
	sum := 0
	for i, v := range got.Pix {
		d := int(math.Abs(float64(v) - float64(want.Pix[i])))
		largest, sum = max(largest, d), sum+d
	}
	return largest, float64(sum) / float64(len(got.Pix))
}

type oddFile struct {
	Mode          string
	Width, Height int
}

func lossy(name string) bool {
	return filepath.Ext(name) == ".jpg" || strings.HasPrefix(name, "lossy")
}

// Lossless files within 1 level; JPEG and lossy WebP within 4, 1 on average.
func checkOdd(t *testing.T, name, what string, got, want *Picture) {
	t.Helper()
	if want == nil {
		return
	}
	largest, mean := distance(t, got, want)
	t.Logf("%s: largest %d, mean %.3f", what, largest, mean)
	allowed := 1
	if lossy(name) {
		allowed = 4
	}
	if largest > allowed || mean > 1 {
		t.Errorf("%s differs by %d levels, %.3f on average", what, largest, mean)
	}
}

func TestGoldenOddFiles(t *testing.T) {
	dir := golden.Dir(t, "images")
	var files map[string]oddFile
	readJSON(t, filepath.Join(dir, "golden", "odd.json"), &files)
	tensors := openTensors(t, filepath.Join(dir, "golden", "odd.safetensors"))
	if len(files) == 0 {
		t.Fatal("odd.json lists no files")
	}
	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "odd", name)
			key := strings.ReplaceAll(name, ".", "_")
			dropped, err := Options{Alpha: AlphaDropped}.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if dropped.Width != want.Width || dropped.Height != want.Height {
				t.Fatalf("%dx%d, want %dx%d", dropped.Width, dropped.Height, want.Width, want.Height)
			}
			checkOdd(t, name, "decoded", dropped, wantPicture(t, tensors, key+".decoded_u8"))
			checkOdd(t, name, "64 pixels", dropped.Resize(64, 64), wantPicture(t, tensors, key+".rgb64_u8"))
			white, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			checkOdd(t, name, "on white", white.Resize(64, 64), wantPicture(t, tensors, key+".on_white64_u8"))
		})
	}
}

// A CMYK JPEG reads the same when its Adobe marker is missing.
func TestGoldenCMYKWithoutAdobeMarker(t *testing.T) {
	path := filepath.Join(golden.Dir(t, "images"), "odd", "cmyk.jpg")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte("\xFF\xEE\x00\x0EAdobe"))
	if at < 0 {
		t.Skipf("%s has no Adobe marker to remove", path)
	}
	want, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeBytes(slices.Delete(data, at, at+16), Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, got, want)
}

// processorJSON is one processor's entry in photos.json.
type processorJSON struct {
	Edge      int `json:"resize_shortest_edge"`
	Crop      int
	Resample  string
	Mean, Std [3]float64
}

func (j processorJSON) preprocess(t *testing.T) Preprocess {
	t.Helper()
	if j.Resample != "bicubic" {
		t.Fatalf("resample %q is not known to this test", j.Resample)
	}
	return Preprocess{ShortestEdge: j.Edge, CropWidth: j.Crop, CropHeight: j.Crop, Filter: Bicubic, Rescale: 1.0 / 255, Mean: j.Mean, Std: j.Std}
}

// The defaults are those that the fixtures were made with.
func TestGoldenProcessorDefaults(t *testing.T) {
	dir := golden.Dir(t, "images")
	var file struct{ CLIP, DINOv2 processorJSON }
	readJSON(t, filepath.Join(dir, "golden", "photos.json"), &file)
	if diff := cmp.Diff(file.CLIP.preprocess(t), CLIPPreprocess()); diff != "" {
		t.Errorf("CLIP (-fixture +default):\n%s", diff)
	}
	if diff := cmp.Diff(file.DINOv2.preprocess(t), DINOv2Preprocess()); diff != "" {
		t.Errorf("DINOv2 (-fixture +default):\n%s", diff)
	}
}

// goldenPhoto opens the photo that a tensor such as
// cat_00_small_png.clip.pixel_values_80_144 is about.
func goldenPhoto(t *testing.T, dir, stem string, chroma map[string]string) (*Picture, string) {
	t.Helper()
	for file, sampling := range chroma {
		if strings.ReplaceAll(file, ".", "_") != stem {
			continue
		}
		p, err := Open(filepath.Join(dir, "photos", file))
		if err != nil {
			t.Fatal(err)
		}
		return p, filepath.Ext(file) + " " + sampling
	}
	t.Fatalf("photos.json lists no photo for %q", stem)
	return nil, ""
}

func TestGoldenPhotos(t *testing.T) {
	dir := golden.Dir(t, "images")
	var file struct {
		CLIP, DINOv2 processorJSON
		Chroma       map[string]string
	}
	readJSON(t, filepath.Join(dir, "golden", "photos.json"), &file)
	processors := map[string]processorJSON{"clip": file.CLIP, "dinov2": file.DINOv2}
	tensors := openTensors(t, filepath.Join(dir, "golden", "photos.safetensors"))
	for _, name := range tensors.Names() {
		t.Run(name, func(t *testing.T) {
			parts := strings.Split(name, ".")
			if len(parts) != 3 {
				t.Fatalf("tensor name %q is not PHOTO.PROCESSOR.WHAT", name)
			}
			photo, kind := goldenPhoto(t, dir, parts[0], file.Chroma)
			c := processors[parts[1]].preprocess(t)
			if parts[2] == "resized_cropped_u8" {
				checkPhoto(t, kind, c.Apply(photo), wantPicture(t, tensors, name))
				return
			}
			checkPixelValues(t, c, photo, tensors, name)
		})
	}
}

func checkPhoto(t *testing.T, kind string, got, want *Picture) {
	t.Helper()
	largest, mean := distance(t, got, want)
	beyond := countBeyond(got, want, 2)
	t.Logf("%s: largest %d, mean %.4f, %d values beyond 2 levels", kind, largest, mean, beyond)
	switch kind {
	case ".png 4:4:4":
		if largest > 1 {
			t.Errorf("PNG differs by %d levels", largest)
		}
	case ".jpg 4:2:0": // decoders differ in chroma upsampling
		if mean > 1 || beyond > len(got.Pix)/500 {
			t.Errorf("JPEG with half chroma differs by %.3f levels on average, %d of %d values by more than 2", mean, beyond, len(got.Pix))
		}
	default:
		if largest > 2 {
			t.Errorf("JPEG differs by %d levels", largest)
		}
	}
}

func countBeyond(got, want *Picture, levels int) (n int) {
	for i, v := range got.Pix {
		if d := int(v) - int(want.Pix[i]); d > levels || d < -levels {
			n++
		}
	}
	return n
}

// checkPixelValues compares rows and columns FROM..TO of the normalised tensor
// with a tensor named ...pixel_values_FROM_TO.
func checkPixelValues(t *testing.T, c Preprocess, photo *Picture, tensors *weights.File, name string) {
	t.Helper()
	var from, to int
	if _, err := fmt.Sscanf(name[strings.Index(name, "pixel_values"):], "pixel_values_%d_%d", &from, &to); err != nil {
		t.Fatalf("tensor name %q: %v", name, err)
	}
	want, err := tensors.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	got, height, width, err := c.NCHW(photo)
	if err != nil {
		t.Fatal(err)
	}
	side, worst := to-from, 0.0
	for i, w := range want {
		channel, y, x := i/(side*side), from+i/side%side, from+i%side
		g := got[(channel*height+y)*width+x]
		worst = max(worst, math.Abs(float64(g-w))*c.Std[channel]*255)
	}
	t.Logf("largest difference %.4f levels", worst)
	if worst > 1.01 {
		t.Errorf("pixel values differ by %.3f levels", worst)
	}
}
