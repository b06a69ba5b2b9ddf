package concept

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/weights"
)

// numbers are n different finite numbers.
func numbers(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i+1) / 7 * float32(1-2*(i%2))
	}
	return v
}

func layer(component, name string, alpha float64, down, up []int) weights.LoRALayer {
	return weights.LoRALayer{Component: component, Layer: name, Alpha: alpha, Rank: down[0],
		DownShape: down, UpShape: up, Down: numbers(size(down)), Up: numbers(size(up))}
}

// full is a concept with everything in it.
func full() *Concept {
	return &Concept{
		Name: "Red sneaker", Placeholder: "<sneaker>", Method: "dreambooth_lora",
		Embeddings: [][]float32{numbers(4), {0.1, -0.2, 3e-9, 1e9}},
		LoRA: &weights.LoRA{Layers: []weights.LoRALayer{
			layer(weights.TextEncoder, "text_model.encoder.layers.0.mlp.fc1", 0.1, []int{3, 4}, []int{5, 3}),
			layer(weights.UNet, "conv_in", 2.5, []int{2, 4, 3, 3}, []int{6, 2, 1, 1}),
			layer(weights.UNet, "mid_block.attentions.0.proj_in", 4, []int{1, 6}, []int{6, 1}),
		}},
		Base:     Base{Hash: strings.Repeat("0a", 32), Name: "tiny"},
		InitWord: "shoe", NearestWord: "boots", ClassWord: "sneaker",
		Settings: map[string]string{"steps": "120", "note": "<&> 日本語"},
		Sources:  []Source{{Name: "front.jpg", SHA256: strings.Repeat("1b", 32)}, {Name: "side.jpg", SHA256: strings.Repeat("2c", 32)}},
		Created:  time.Date(2025, 3, 4, 5, 6, 7, 89000, time.FixedZone("JST", 9*3600)),
		Extra:    map[string]string{"ichimai.consent": "owner", "other.tool": "kept"},
		Version:  FormatVersion,
	}
}

// written writes a concept and returns the file's path.
func written(t testing.TB, c *Concept) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "concept.safetensors")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) *Concept {
	t.Helper()
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRoundTrip(t *testing.T) {
	without := func(change func(*Concept)) *Concept {
		c := full()
		change(c)
		return c
	}
	for name, c := range map[string]*Concept{
		"Full":          full(),
		"EmbeddingOnly": without(func(c *Concept) { c.LoRA = nil }),
		"LoRAOnly":      without(func(c *Concept) { c.Embeddings, c.Placeholder = nil, "" }),
		"DualPath":      without(func(c *Concept) { c.Alpha, c.Version = new(0.4), FormatVersionDual }),
		"HardPath":      without(func(c *Concept) { c.Alpha, c.Version = new(0.0), FormatVersionDual }),
		"Bare": {Name: "x", Placeholder: "<x>", Method: "textual_inversion", Version: FormatVersion,
			Embeddings: [][]float32{{1}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, written(t, c))
			if d := cmp.Diff(c, got); d != "" {
				t.Error(d)
			}
			if !got.Created.IsZero() && got.Created.Location() != time.UTC {
				t.Errorf("created is in %v, want UTC", got.Created.Location())
			}
		})
	}
}

// TestWriteDeterministic: the order of layers and the zone of the time are not
// content.
func TestWriteDeterministic(t *testing.T) {
	a, b := full(), full()
	b.LoRA.Layers[0], b.LoRA.Layers[2] = b.LoRA.Layers[2], b.LoRA.Layers[0]
	b.Created = b.Created.UTC()
	b.Extra, b.Settings = maps.Clone(b.Extra), maps.Clone(b.Settings)
	one, two := fileBytes(t, written(t, a)), fileBytes(t, written(t, b))
	if !bytes.Equal(one, two) {
		t.Error("equal concepts gave different files")
	}
	b.Embeddings[0][0]++
	if bytes.Equal(one, fileBytes(t, written(t, b))) {
		t.Error("different concepts gave one file")
	}
	again := read(t, written(t, a))
	if !bytes.Equal(one, fileBytes(t, written(t, again))) {
		t.Error("a concept that was read gave another file")
	}
}

func fileBytes(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestUnknownMetadataKept: what another program put into the header survives.
func TestUnknownMetadataKept(t *testing.T) {
	c := full()
	header, err := c.metadata()
	if err != nil {
		t.Fatal(err)
	}
	header[keyFormat], header["ichimai.later"], header["vendor"] = "1", "0.75", `{"a": 1}`
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := weights.Write(path, c.tensors(), header); err != nil {
		t.Fatal(err)
	}
	again := read(t, written(t, read(t, path)))
	for _, key := range []string{"ichimai.later", "vendor", "ichimai.consent"} {
		if again.Extra[key] != header[key] || header[key] == "" {
			t.Errorf("%s is %q, want %q", key, again.Extra[key], header[key])
		}
	}
}

// TestNames: whatever name Validate accepts comes back from a file, and no
// placeholder has white space.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		c := &Concept{Name: rapid.String().Draw(t, "name"), Placeholder: rapid.String().Draw(t, "placeholder"),
			Method: "lora", ClassWord: rapid.String().Draw(t, "class"), Version: FormatVersion,
			Embeddings: [][]float32{{1, 2}}, Settings: map[string]string{rapid.String().Draw(t, "key"): rapid.String().Draw(t, "value")}}
		path := filepath.Join(dir, "x.safetensors")
		invalid := c.Validate()
		if err := c.Write(path); (err == nil) != (invalid == nil) {
			t.Fatalf("Validate says %v, Write %v", invalid, err)
		}
		if invalid != nil {
			return
		}
		if len(strings.Fields(c.Placeholder)) != 1 || strings.TrimSpace(c.Placeholder) != c.Placeholder {
			t.Fatalf("placeholder %q was accepted", c.Placeholder)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestCheckBase(t *testing.T) {
	c := full()
	for _, hash := range []string{"", c.Base.Hash} {
		if err := c.CheckBase(hash); err != nil {
			t.Errorf("hash %q: %v", hash, err)
		}
	}
	var base *BaseError
	if err := c.CheckBase(strings.Repeat("ff", 32)); !errors.As(err, &base) || !strings.Contains(err.Error(), c.Base.Name) {
		t.Errorf("another hash gave %v", err)
	}
	c.Base = Base{}
	if err := c.CheckBase(strings.Repeat("ff", 32)); err != nil {
		t.Errorf("an unknown base gave %v", err)
	}
}
