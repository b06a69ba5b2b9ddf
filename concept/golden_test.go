package concept_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/weights"
)

// The golden README's tolerances.
const (
	unetTolerance = 3e-5
	textTolerance = 2e-5
)

// pipe is the part of a pipeline that concepts change.
type pipe struct {
	t           *testing.T
	store       *model.Store
	unet        *unet.Model
	text        *clip.TextModel
	unetWeights *nn.Weights
	textWeights *nn.Weights
}

func openPipe(t *testing.T, dir string) *pipe {
	t.Helper()
	p := &pipe{t: t, store: model.NewStore()}
	var err error
	if p.unet, p.unetWeights, err = unet.Open(filepath.Join(dir, "unet"), p.store, weights.UNet); err != nil {
		t.Fatal(err)
	}
	if p.text, p.textWeights, err = clip.OpenText(filepath.Join(dir, "text_encoder"), p.store, weights.TextEncoder); err != nil {
		t.Fatal(err)
	}
	return p
}

// exec compiles a graph once; the call gives flat results.
func (p *pipe) exec(build func(in []*Node) *Node) func(...*tensors.Tensor) []float32 {
	p.t.Helper()
	exec, err := model.NewExec(enginetest.Fast(p.t).Backend(), p.store, func(_ *model.Scope, in []*Node) *Node { return build(in) })
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(exec.Finalize)
	return func(args ...*tensors.Tensor) []float32 {
		p.t.Helper()
		anys := make([]any, len(args))
		for i, a := range args {
			anys[i] = a
		}
		out, err := exec.Call(anys...)
		if err != nil {
			p.t.Fatal(err)
		}
		return golden.Flat(p.t, out[0])
	}
}

// adapters are all concepts' adapters, each with its number of strengths.
func adapters(installed []*concept.Installed, component string, strengths *Node) nn.Options {
	var o nn.Options
	for i, c := range installed {
		strength := Reshape(Slice(strengths, AxisElem(i)))
		o.Adapters = append(o.Adapters, c.Adapters(component, strength)...)
	}
	return o
}

// runUNet is the UNet on NCHW samples: strengths, sample, timestep, states.
func (p *pipe) runUNet(installed []*concept.Installed) func(...*tensors.Tensor) []float32 {
	return p.exec(func(in []*Node) *Node {
		pass := nn.NewPass(p.unetWeights, adapters(installed, weights.UNet, in[0]))
		return nn.ToNCHW(p.unet.Forward(pass, nn.ToNHWC(in[1]), in[2], in[3]).Sample)
	})
}

// runText is the text encoder: strengths, ids.
func (p *pipe) runText(installed []*concept.Installed) func(...*tensors.Tensor) []float32 {
	return p.exec(func(in []*Node) *Node {
		pass := nn.NewPass(p.textWeights, adapters(installed, weights.TextEncoder, in[0]))
		return p.text.Forward(pass, in[1], clip.TextOptions{}).Last
	})
}

// loraCases are the cases of lora.json: files and how much of each.
type loraCases struct {
	Cases map[string][]struct {
		File   string
		Weight float32
	}
}

// files lists every file of the cases once.
func (c loraCases) files() []string {
	var files []string
	for _, uses := range c.Cases {
		for _, use := range uses {
			if !slices.Contains(files, use.File) {
				files = append(files, use.File)
			}
		}
	}
	slices.Sort(files)
	return files
}

// TestGoldenLoRA installs every file of the fixtures at once; one graph of the
// UNet and one of the text encoder give all cases, by their strengths alone.
func TestGoldenLoRA(t *testing.T) {
	enginetest.Fast(t)
	dir := golden.Dir(t, "lora")
	var cases loraCases
	golden.JSON(t, &cases, dir, "golden", "lora.json")
	f := golden.Open(t, dir, "golden", "outputs.safetensors")
	p := openPipe(t, golden.Dir(t, "sd1-tiny"))
	files := cases.files()
	installed := make([]*concept.Installed, len(files))
	for i, file := range files {
		installed[i] = p.install(filepath.Join(dir, file), strconv.Itoa(i))
	}
	drawUNet, readText := p.runUNet(installed), p.runText(installed)
	check := func(name string, strengths []float32) {
		s := tensors.FromValue(strengths)
		f.Close(name+".unet", drawUNet(s, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states")), unetTolerance, false)
		f.Close(name+".text", readText(s, f.IDs("input_ids")), textTolerance, false)
	}
	check("none", make([]float32, len(files)))
	for name, uses := range cases.Cases {
		strengths := make([]float32, len(files))
		for _, use := range uses {
			strengths[slices.Index(files, use.File)] += use.Weight
		}
		check(name, strengths)
	}
	if len(cases.Cases) == 0 {
		t.Error("the fixtures hold no cases")
	}
}

// install imports a file, writes it as a concept, reads that and installs it.
func (p *pipe) install(path, id string) *concept.Installed {
	p.t.Helper()
	c, err := concept.Import(path, concept.ImportOptions{Modules: concept.Modules(p.store)})
	if err != nil {
		p.t.Fatal(err)
	}
	own := filepath.Join(p.t.TempDir(), "own.safetensors")
	if err := c.Write(own); err != nil {
		p.t.Fatal(err)
	}
	if c, err = concept.Read(own); err != nil {
		p.t.Fatal(err)
	}
	i, err := c.Install(p.store, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return i
}

// prompts is what prompts.json says of the embedding files.
type prompts struct {
	Prompts   []string
	LoadOrder []string `json:"load_order"`
	Files     map[string]string
	TokenIDs  map[string]int `json:"token_ids"`
}

// TestGoldenTextualInversion: the imported concepts' placeholders in the
// tokenizer and their rows in the text encoder.
func TestGoldenTextualInversion(t *testing.T) {
	enginetest.Fast(t)
	dir, base := golden.Dir(t, "textual_inversion"), golden.Dir(t, "sd1-tiny")
	f := golden.Open(t, dir, "golden", "sd1.safetensors")
	var info prompts
	golden.JSON(t, &info, dir, "golden", "prompts.json")
	p := openPipe(t, base)
	tok, err := tokenizer.Open(filepath.Join(base, "tokenizer"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []float32
	for i, c := range importEmbeddings(t, dir, info) {
		installed, err := c.Install(p.store, strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tok.AddPlaceholder(c.Placeholder, installed.Vectors); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, installed.Rows...)
	}
	var ids []int32
	for _, prompt := range info.Prompts {
		ids = append(ids, tok.Batch(prompt).IDs...)
	}
	if !slices.Equal(ids, f.Int32("input_ids")) {
		t.Errorf("ids differ: %v", ids)
	}
	run := p.exec(func(in []*Node) *Node {
		return p.text.Forward(nn.NewPass(p.textWeights, nn.Options{}), in[0], clip.TextOptions{Rows: in[1]}).Last
	})
	width := p.text.Config.HiddenSize
	got := run(f.IDs("input_ids"), tensors.FromFlatDataAndDimensions(rows, len(rows)/width, width))
	f.Close("last_hidden_state", got, textTolerance, false)
}

// importEmbeddings imports the files of the one-encoder model in the order in
// which their tokens were added.
func importEmbeddings(t *testing.T, dir string, info prompts) []*concept.Concept {
	t.Helper()
	var all []*concept.Concept
	for _, token := range info.LoadOrder {
		for file, of := range info.Files {
			if of != token || filepath.Ext(file) != ".safetensors" {
				continue
			}
			c, err := concept.Import(filepath.Join(dir, file), concept.ImportOptions{Placeholder: token})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		t.Fatal("the fixtures hold no embedding for one text encoder")
	}
	return all
}
