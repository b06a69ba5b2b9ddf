package encoder_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

func TestOpenModel(t *testing.T) {
	m := newModel(t, smallConfig())
	opentest.Run(t, m.Config, m.Params, encoder.OpenModel)
}

// What is written is read back, in place of what was there.
func TestWrite(t *testing.T) {
	m := newModel(t, smallConfig())
	w := nn.NewWeights(model.NewStore(), "encoder")
	random(t, m, w)
	list, err := w.Export(m.Params, weights.F16)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model", encoder.Folder)
	for range 2 {
		if err := m.Write(dir, list); err != nil {
			t.Fatal(err)
		}
	}
	again, read, err := encoder.OpenModel(dir, model.NewStore(), "again")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range again.Params {
		got, want := float32s(t, read, p), float32s(t, w, m.Params[i])
		for j := range want {
			if d := got[j] - want[j]; d > 1e-3 || d < -1e-3 {
				t.Errorf("%s[%d] is %g, was %g", p.Name, j, got[j], want[j])
			}
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if at := encoder.In(filepath.Dir(dir)); at != dir {
		t.Errorf("In finds %q", at)
	}
	if at := encoder.In(dir); at != "" {
		t.Errorf("a folder without encoder has one in %q", at)
	}
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.Write(taken, list); err == nil || !strings.Contains(err.Error(), taken) {
		t.Errorf("writing where a file lies gave %v", err)
	}
}

// reads says which features an encoder reads.
type reads struct{ vision, unet, tower bool }

// write writes an encoder for a model, with changes of its config, into the model's
// folder.
func write(t *testing.T, base *diffusion.Model, r reads, change func(c *encoder.Config)) {
	t.Helper()
	c := configFor(t, base, r)
	if change != nil {
		change(&c)
	}
	m := newModel(t, c)
	w := nn.NewWeights(model.NewStore(), "encoder")
	random(t, m, w)
	list, err := w.Export(m.Params, weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(filepath.Join(base.Dir, encoder.Folder), list); err != nil {
		t.Fatal(err)
	}
}

func configFor(t *testing.T, base *diffusion.Model, r reads) encoder.Config {
	t.Helper()
	c := smallConfig()
	c.FeatureTimesteps, c.UNetWidth, c.VisionLayers, c.VisionWidth = nil, 0, nil, 0
	c.TokenWidth, c.Layers = base.Text.Config.HiddenSize, encoder.LayersOf(encoder.Projections(base.UNet.Params))
	var err error
	if c.Base, err = base.BaseHash(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r.unet {
		c.FeatureTimesteps, c.UNetWidth = []int{100, 600}, encoder.PoolWidth(base.UNet.Config)
	}
	if r.tower {
		c.Version, c.TowerWidth, c.TowerBlocks = encoder.Version, 4, 1
		side := base.DefaultSize() / base.VAE.Factor()
		c.LatentsShape = []int{side, side, base.UNet.Config.InChannels}
	}
	if r.vision {
		v, err := encoder.OpenVision(base.Dir)
		if err != nil {
			t.Fatal(err)
		}
		c.VisionLayers, c.VisionWidth = v.EverySecond(), v.Model.Config.HiddenSize
		if c.Vision, err = diffusion.HashFolder(context.Background(), v.Dir); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func open(t *testing.T, base *diffusion.Model) *encoder.Encoder {
	t.Helper()
	e, err := encoder.Open(context.Background(), base, encoder.In(base.Dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// An encoder that does not belong to the models at hand is refused, by what differs.
func TestOpenRefuses(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), true)
	for name, c := range map[string]struct {
		says   []string
		change func(c *encoder.Config)
	}{
		"another model":  {[]string{"another base model", "0123456789ab", "train encoder"}, func(c *encoder.Config) { c.Base = strings.Repeat("0123456789abcdef", 4) }},
		"another CLIP":   {[]string{"another CLIP", "fedc"}, func(c *encoder.Config) { c.Vision = "fedc" }},
		"token width":    {[]string{"token_width: 9", "hidden_size 8"}, func(c *encoder.Config) { c.TokenWidth = 9 }},
		"fewer layers":   {[]string{"layers: 31 ", "32"}, func(c *encoder.Config) { c.Layers = c.Layers[1:] }},
		"another layer":  {[]string{"layers[2]", "other"}, func(c *encoder.Config) { c.Layers = slices.Clone(c.Layers); c.Layers[2].Name = "other" }},
		"another size":   {[]string{"layers[2]"}, func(c *encoder.Config) { c.Layers = slices.Clone(c.Layers); c.Layers[2].In = 5 }},
		"another order":  {[]string{"layers[0]"}, func(c *encoder.Config) { c.Layers = slices.Clone(c.Layers); slices.Reverse(c.Layers) }},
		"UNet width":     {[]string{"17 features", "16"}, func(c *encoder.Config) { c.UNetWidth = 17 }},
		"vision width":   {[]string{"width 7", "width 6"}, func(c *encoder.Config) { c.VisionWidth = 7 }},
		"vision layer":   {[]string{"layers [4 1]", "3 layers"}, func(c *encoder.Config) { c.VisionLayers = []int{4, 1} }},
		"late timesteps": {[]string{"feature_timesteps: 1000", "1000 timesteps"}, func(c *encoder.Config) { c.FeatureTimesteps = []int{1000, 1} }},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, base, reads{vision: true, unet: true}, c.change)
			_, err := encoder.Open(context.Background(), base, encoder.In(base.Dir))
			if err == nil {
				t.Fatal("it opens")
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			var other *encoder.BaseError
			if errors.As(err, &other) != strings.HasPrefix(c.says[0], "another ") {
				t.Errorf("the error is %#v", err)
			}
		})
	}
}

// Without CLIP an encoder that reads it says where one is looked for; others do
// without.
func TestOpenWithoutVision(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	write(t, base, reads{unet: true}, nil)
	open(t, base)
	write(t, base, reads{unet: true}, func(c *encoder.Config) { c.VisionLayers, c.VisionWidth = []int{1}, 6 })
	_, err := encoder.Open(context.Background(), base, encoder.In(base.Dir))
	var none *encoder.NoVisionError
	if !errors.As(err, &none) || none.Dir != base.Dir {
		t.Fatalf("the error is %v", err)
	}
	for _, part := range []string{filepath.Join(base.Dir, "clip"), filepath.Join(base.Dir, "image_encoder")} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	c, err := encoder.ReadConfig(encoder.In(base.Dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := encoder.NewReader(context.Background(), base, nil, c, true); !errors.As(err, &none) {
		t.Errorf("a reader without CLIP gave %v", err)
	}
	if _, err := encoder.Open(context.Background(), base, t.TempDir()); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("an empty folder gave %v", err)
	}
}

// The picture tower is found where model folders keep it, and beside them.
func TestOpenVision(t *testing.T) {
	whole := t.TempDir()
	tinymodel.WriteVision(t, whole)
	tower := filepath.Join(whole, "image_encoder")
	for name, at := range map[string]string{"in the folder": "model/clip", "beside it": "clip", "the tower alone": "model/image_encoder"} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "model")
			if v, err := encoder.OpenVision(dir); v != nil || err != nil {
				t.Fatalf("an empty folder gave %v, %v", v, err)
			}
			if err := os.CopyFS(filepath.Join(root, filepath.FromSlash(at)), os.DirFS(tower)); err != nil {
				t.Fatal(err)
			}
			v, err := encoder.OpenVision(dir)
			if err != nil || v == nil {
				t.Fatalf("it opens as %v, %v", v, err)
			}
			if v.Preprocess.CropWidth != tinymodel.Side || v.Preprocess.ShortestEdge != tinymodel.Side {
				t.Errorf("pictures are prepared as %+v", v.Preprocess)
			}
			if !slices.Equal(v.EverySecond(), []int{1, 3}) {
				t.Errorf("layers %v of 3 are read", v.EverySecond())
			}
		})
	}
	t.Run("processing", func(t *testing.T) {
		data, err := json.Marshal(map[string]any{"size": 10, "crop_size": tinymodel.Side, "image_mean": []float64{0.5, 0.5, 0.5}})
		if err != nil {
			t.Fatal(err)
		}
		for path, text := range map[string][]byte{"feature_extractor": data, "elsewhere": []byte("{")} {
			if err := os.MkdirAll(filepath.Join(whole, path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(whole, path, "preprocessor_config.json"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		v, err := encoder.OpenVision(whole)
		if err != nil || v.Preprocess.ShortestEdge != 10 || v.Preprocess.CropWidth != tinymodel.Side || v.Preprocess.Mean[0] != 0.5 {
			t.Errorf("pictures are prepared as %+v, %v", v.Preprocess, err)
		}
		if _, err := encoder.Preprocess(filepath.Join(whole, "elsewhere"), 8); err == nil || !strings.Contains(err.Error(), "preprocessor_config.json") {
			t.Errorf("damaged processing gave %v", err)
		}
	})
	t.Run("damaged", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(tower, "config.json"), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := encoder.OpenVision(whole); err == nil || !strings.Contains(err.Error(), "image_encoder") {
			t.Errorf("a damaged tower gave %v", err)
		}
	})
}
