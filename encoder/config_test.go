package encoder_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/nn"
)

// smallConfig is the smallest network that has every part.
func smallConfig() encoder.Config {
	return encoder.Config{
		Class: encoder.Class, Version: 1, Base: "b45e", Vision: "c11b",
		Sizes:        encoder.Sizes{Width: 4, Blocks: 1, Rank: 2, Basis: 3, FeatureTimesteps: []int{100}, Bank: 2},
		VisionLayers: []int{1, 3}, VisionWidth: 3, UNetWidth: 5, TokenWidth: 3,
		Layers: []encoder.Layer{{Name: "attn1.to_q", In: 4, Out: 5}, {Name: "attn2.to_k", In: 3, Out: 2}},
		Alpha:  0.75,
	}
}

// withTower gives a config a tower of one head over latents of 16 x 16, in patches of 2.
func withTower(c encoder.Config) encoder.Config {
	c.Version, c.TowerWidth, c.TowerBlocks, c.LatentsShape = 2, 4, 1, []int{16, 16, 1}
	return c
}

// Every value with which no network can be built is refused by its key.
func TestConfigRefuses(t *testing.T) {
	if err := smallConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    string
		change func(c *encoder.Config)
	}{
		"version 0":         {"version: 0", func(c *encoder.Config) { c.Version = 0 }},
		"later version":     {"version: 3 is later", func(c *encoder.Config) { c.Version, c.Width = 3, -1 }},
		"no width":          {"width: ", func(c *encoder.Config) { c.Width = 0 }},
		"huge width":        {"width: ", func(c *encoder.Config) { c.Width = 1 << 20 }},
		"blocks":            {"blocks: ", func(c *encoder.Config) { c.Blocks = -1 }},
		"rank":              {"rank: ", func(c *encoder.Config) { c.Rank = -1 }},
		"huge rank":         {"rank: ", func(c *encoder.Config) { c.Rank, c.Basis = 257, 300 }},
		"basis":             {"basis: ", func(c *encoder.Config) { c.Basis = 2000 }},
		"basis under rank":  {"basis: ", func(c *encoder.Config) { c.Basis = 1 }},
		"bank":              {"bank: ", func(c *encoder.Config) { c.Bank = -1 }},
		"timesteps":         {"feature_timesteps: 17 ", func(c *encoder.Config) { c.FeatureTimesteps = make([]int, 17) }},
		"timestep":          {"feature_timesteps: -1 ", func(c *encoder.Config) { c.FeatureTimesteps = []int{-1} }},
		"late timestep":     {"feature_timesteps: 70000 ", func(c *encoder.Config) { c.FeatureTimesteps = []int{70000} }},
		"no vision width":   {"vision_width: ", func(c *encoder.Config) { c.VisionWidth = 0 }},
		"no vision layers":  {"vision_width: ", func(c *encoder.Config) { c.VisionLayers = nil }},
		"huge vision width": {"vision_width: ", func(c *encoder.Config) { c.VisionWidth = 1 << 20 }},
		"vision layer":      {"vision_layers: ", func(c *encoder.Config) { c.VisionLayers = []int{-1} }},
		"no UNet width":     {"unet_width: ", func(c *encoder.Config) { c.UNetWidth = 0 }},
		"negative UNet":     {"unet_width: ", func(c *encoder.Config) { c.UNetWidth = -5 }},
		"no timesteps":      {"unet_width: ", func(c *encoder.Config) { c.FeatureTimesteps = nil }},
		"nothing is read": {"vision_width, unet_width: ", func(c *encoder.Config) {
			c.VisionLayers, c.VisionWidth, c.FeatureTimesteps, c.UNetWidth = nil, 0, nil, 0
		}},
		"token width":          {"token_width: ", func(c *encoder.Config) { c.TokenWidth = 0 }},
		"tower without blocks": {"tower_width: 32 ", func(c *encoder.Config) { c.TowerWidth = 32 }},
		"tower's heads":        {"tower_width: 40 ", func(c *encoder.Config) { c.TowerWidth, c.TowerBlocks = 40, 1 }},
		"early tower":          {"version: 1 ", func(c *encoder.Config) { *c = withTower(*c); c.Version = 1 }},
		"no latents":           {"latents_shape: [] ", func(c *encoder.Config) { *c = withTower(*c); c.LatentsShape = nil }},
		"odd latents":          {"latents_shape: [17 16 2] ", func(c *encoder.Config) { *c = withTower(*c); c.LatentsShape = []int{17, 16, 2} }},
		"empty latents":        {"latents_shape: [8 0 2] ", func(c *encoder.Config) { *c = withTower(*c); c.LatentsShape = []int{8, 0, 2} }},
		"latents of no tower":  {"latents_shape: [8 8 2] ", func(c *encoder.Config) { c.LatentsShape = []int{8, 8, 2} }},
		"no layers":            {"layers: 0 ", func(c *encoder.Config) { c.Layers = nil }},
		"layers at rank 0":     {"layers: 2 ", func(c *encoder.Config) { c.Rank = 0 }},
		"layer without name":   {"layers[1]: ", func(c *encoder.Config) { c.Layers[1].Name = "" }},
		"layer without size":   {"layers[0]: ", func(c *encoder.Config) { c.Layers[0].Out = 0 }},
		"huge layer":           {"layers[0]: ", func(c *encoder.Config) { c.Layers[0].In = 1 << 20 }},
		"layer twice":          {"layers[1]: ", func(c *encoder.Config) { c.Layers[1].Name = c.Layers[0].Name }},
		"alpha":                {"alpha: ", func(c *encoder.Config) { c.Alpha = 1.1 }},
		"the hard path":        {"alpha: ", func(c *encoder.Config) { c.Alpha = 0 }},
		"negative alpha":       {"alpha: ", func(c *encoder.Config) { c.Alpha = -0.1 }},
		"NaN":                  {"alpha: ", func(c *encoder.Config) { c.Alpha = math.NaN() }},
	} {
		t.Run(name, func(t *testing.T) {
			changed := smallConfig()
			c.change(&changed)
			if err := changed.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.key) {
				t.Errorf("Validate gave %v; it should begin with %q", err, c.key)
			}
			if _, err := encoder.New(changed); err == nil || !strings.Contains(err.Error(), c.key) {
				t.Errorf("New gave %v; it should say %q", err, c.key)
			}
		})
	}
	for name, change := range map[string]func(c *encoder.Config){
		"vision alone":     func(c *encoder.Config) { c.FeatureTimesteps, c.UNetWidth = nil, 0 },
		"UNet alone":       func(c *encoder.Config) { c.VisionLayers, c.VisionWidth = nil, 0 },
		"no hypernetwork":  func(c *encoder.Config) { c.Rank, c.Basis, c.Layers = 0, 0, nil },
		"no blocks":        func(c *encoder.Config) { c.Blocks = 0 },
		"no bank":          func(c *encoder.Config) { c.Bank = 0 },
		"the embeddings":   func(c *encoder.Config) { c.VisionLayers = []int{0} },
		"default sizes":    func(c *encoder.Config) { c.Sizes = encoder.DefaultSizes() },
		"a tower":          func(c *encoder.Config) { *c = withTower(*c) },
		"as many as basis": func(c *encoder.Config) { c.Rank = c.Basis },
	} {
		c := smallConfig()
		change(&c)
		if _, err := encoder.New(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadConfig(t *testing.T) {
	want := smallConfig()
	dir := opentest.Folder(t, want)
	got, err := encoder.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, c := range map[string]struct{ text, says string }{
		"damaged":      {text[:len(text)/2], "config.json"},
		"empty":        {"", "config.json"},
		"no object":    {"[]", "config.json"},
		"wrong type":   {strings.Replace(text, `"width":4`, `"width":"four"`, 1), "width"},
		"another's":    {`{"_class_name": "UNet2DConditionModel"}`, "holds no encoder"},
		"nobody's":     {`{}`, "holds no encoder"},
		"newer":        {strings.Replace(text, `"version":1`, `"version":7`, 1), "version: 7 is later than 2"},
		"newer, other": {`{"_class_name": "IchimaiTuningEncoder", "version": 3, "width": 0}`, "use a newer ichimai"},
		"out of range": {strings.Replace(text, `"rank":2`, `"rank":-2`, 1), "rank: -2"},
	} {
		dir := opentest.Folder(t, c.text)
		if _, err := encoder.ReadConfig(dir); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s gave %v; it should name the folder and say %q", name, err, c.says)
		}
	}
	if _, err := encoder.ReadConfig(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing folder gave %v", err)
	}
	long := opentest.Folder(t, `{"_class_name": "`+strings.Repeat("x", 5000)+`"}`)
	if _, err := encoder.ReadConfig(long); err == nil || len(err.Error()) > 500 {
		t.Errorf("a class name of 5000 letters gave %v", err)
	}
}

func TestLayersOf(t *testing.T) {
	params := []*nn.Param{
		{Name: "a.attn1.to_q.weight", Shape: []int{8, 4}}, {Name: "a.attn1.to_q.bias", Shape: []int{8}}, {Name: "a.attn1.to_out.0.weight", Shape: []int{4, 8}},
		{Name: "a.attn1.to_out.0.bias", Shape: []int{4}}, {Name: "a.attn2.to_k.weight", Shape: []int{8, 3}}, {Name: "a.ff.net.2.weight", Shape: []int{4, 4}},
		{Name: "a.attn3.to_v.weight", Shape: []int{8, 4}}, {Name: "a.proj_in.weight", Shape: []int{4, 4}},
	}
	want := []encoder.Layer{{Name: "a.attn1.to_q", In: 4, Out: 8}, {Name: "a.attn1.to_out.0", In: 8, Out: 4}, {Name: "a.attn2.to_k", In: 3, Out: 8}}
	if diff := cmp.Diff(want, encoder.LayersOf(encoder.Projections(params))); diff != "" {
		t.Error(diff)
	}
}

// A config that is read can be built, and written again as it was.
func FuzzReadConfig(f *testing.F) {
	whole, err := json.Marshal(smallConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"_class_name": "IchimaiTuningEncoder", "version": 1, "width": 1, "unet_width": 1, "feature_timesteps": [0], "token_width": 1}`))
	f.Add([]byte(`{"_class_name": "IchimaiTuningEncoder", "version": 2}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := encoder.ReadConfig(dir)
		if err != nil {
			return
		}
		m, err := encoder.New(c)
		if err != nil {
			t.Fatalf("%+v is read and not built: %v", c, err)
		}
		for _, p := range m.Params {
			if p.Size() < 1 {
				t.Errorf("%s is of shape %v", p.Name, p.Shape)
			}
		}
		again := opentest.Folder(t, c)
		if got, err := encoder.ReadConfig(again); err != nil || !cmp.Equal(c, got) {
			t.Errorf("%+v becomes %+v, %v", c, got, err)
		}
	})
}
