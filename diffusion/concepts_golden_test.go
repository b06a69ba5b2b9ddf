package diffusion

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/internal/golden"
)

const unetTolerance = 3e-5

// use is one file of a case of lora.json.
type use struct {
	File   string  `json:"file"`
	Weight float64 `json:"weight"`
}

// chosenCases are the cases of lora.json that show most with few compiled
// programs: one with several files, and all of a file that has several.
func chosenCases(cases map[string][]use) (several string, dial []string) {
	byFile := map[string][]string{}
	for name, uses := range cases {
		if len(uses) > 1 {
			several = max(several, name)
			continue
		}
		byFile[uses[0].File] = append(byFile[uses[0].File], name)
	}
	for _, names := range byFile {
		slices.Sort(names)
		if len(names) > 1 && (len(dial) == 0 || names[0] < dial[0]) {
			dial = names
		}
	}
	return several, dial
}

// importLoRAs reads the files of a case as concepts without placeholders.
func importLoRAs(t *testing.T, m *Model, dir string, uses []use) []Use {
	t.Helper()
	var out []Use
	for _, u := range uses {
		c, err := concept.Import(filepath.Join(dir, u.File), concept.ImportOptions{Modules: concept.Modules(m.Store)})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Use{Concept: c, Weight: u.Weight})
	}
	return out
}

func TestGoldenLoRA(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	dir := golden.Dir(t, "lora")
	var cases struct {
		Cases map[string][]use `json:"cases"`
	}
	golden.JSON(t, &cases, dir, "golden", "lora.json")
	f := golden.Open(t, dir, "golden", "outputs.safetensors")
	several, dial := chosenCases(cases.Cases)
	if several == "" || len(dial) < 2 {
		t.Fatalf("lora.json has no case of several files or no file at several weights: %v", cases.Cases)
	}
	p := NewPipeline(m)
	for _, name := range append(dial, several) {
		t.Run(name, func(t *testing.T) {
			cs, err := m.useConcepts(importLoRAs(t, m, dir, cases.Cases[name]))
			if err != nil {
				t.Fatal(err)
			}
			defer cs.close(m)
			compareLoRA(t, p, cs, f, name)
		})
	}
	if n := len(p.programs.entries); n != 2 {
		t.Errorf("%d UNets were compiled, want one for the LoRA at any weight and one for both LoRAs", n)
	}
}

// compareLoRA compares text states and, row by row, the UNet.
func compareLoRA(t *testing.T, p *Pipeline, cs *concepts, f *golden.File, name string) {
	ctx, m := context.Background(), p.model
	states, err := m.encodeTokens(ctx, textInput{ids: f.Int32("input_ids"), lora: cs.text})
	if err != nil {
		t.Fatal(err)
	}
	f.Close(name+".text", golden.Flat(t, states), textTolerance, false)
	compareUNet(t, p, cs, unetCase{f.Float32("sample"), f.Shape("sample"), f.Float32("timestep"),
		f.Float32("encoder_hidden_states"), f.Shape("encoder_hidden_states"), f.Float32(name + ".unet")}, name+".unet")
}

// unetCase is a batch for the UNet, NCHW, with the result wanted.
type unetCase struct {
	sample      []float32
	shape       []int
	timesteps   []float32
	states      []float32
	statesShape []int
	want        []float32
}

// compareUNet runs each sample of a batch by itself, as a drawing does.
func compareUNet(t *testing.T, p *Pipeline, cs *concepts, u unetCase, name string) {
	t.Helper()
	c, h, w := u.shape[1], u.shape[2], u.shape[3]
	each, width := c*h*w, product(u.statesShape[1:])
	var got []float32
	for i := range u.shape[0] {
		f := p.model.VAE.Factor()
		d := &drawing{Pipeline: p, request: Request{Width: w * f, Height: h * f}, concepts: cs,
			soft: path{prompt: tensors.FromFlatDataAndDimensions(u.states[i*width:(i+1)*width], append([]int{1}, u.statesShape[1:]...)...)}}
		at := u.timesteps[min(i, len(u.timesteps)-1)]
		out, err := d.unet(context.Background(), nhwc(u.sample[i*each:(i+1)*each], 1, c, h, w), float64(at), false)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, nchw(out, 1, c, h, w)...)
	}
	golden.Close(t, name, got, u.want, unetTolerance, false)
}

func TestGoldenTextualInversion(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	dir := golden.Dir(t, "textual_inversion")
	var about struct {
		Prompts []string          `json:"prompts"`
		Order   []string          `json:"load_order"`
		Files   map[string]string `json:"files"`
	}
	golden.JSON(t, &about, dir, "golden", "prompts.json")
	cs, err := m.useConcepts(importEmbeddings(t, dir, about.Order, about.Files))
	if err != nil {
		t.Fatal(err)
	}
	defer cs.close(m)
	f := golden.Open(t, dir, "golden", "sd1.safetensors")
	var ids []int32
	for _, prompt := range about.Prompts {
		ids = append(ids, cs.tokens(m, prompt).IDs...)
	}
	if !equal(ids, f.Int32("input_ids")) {
		t.Error("the token ids differ")
	}
	states, err := m.encodeTokens(context.Background(), textInput{ids: ids, rows: cs.rows})
	if err != nil {
		t.Fatal(err)
	}
	f.Close("last_hidden_state", golden.Flat(t, states), textTolerance, false)
	if unused := cs.unused(m, ids); len(unused) != 0 {
		t.Errorf("%d concepts pass for unused", len(unused))
	}
	if unused := cs.unused(m, cs.tokens(m, "nothing").IDs); len(unused) != len(cs.uses) {
		t.Errorf("%d of %d concepts pass for unused", len(unused), len(cs.uses))
	}
}

// importEmbeddings reads the files whose placeholder is in the order of
// loading, in that order.
func importEmbeddings(t *testing.T, dir string, order []string, files map[string]string) []Use {
	t.Helper()
	var uses []Use
	for _, placeholder := range order {
		for file, name := range files {
			if name != placeholder || !strings.HasSuffix(file, ".safetensors") {
				continue
			}
			c, err := concept.Import(filepath.Join(dir, file), concept.ImportOptions{Placeholder: placeholder})
			if err != nil {
				t.Fatal(err)
			}
			uses = append(uses, Use{Concept: c, Weight: 1})
		}
	}
	if len(uses) == 0 {
		t.Fatal("found no embeddings")
	}
	return uses
}
