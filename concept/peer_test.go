package concept_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/weights"
)

// envPeer names a Python with diffusers and what it needs.
const envPeer = "ICHIMAI_PEER_PYTHON"

// TestPeerDiffusers exports a concept in both namings and lets diffusers compute
// with the files. Ranks differ between layers; alphas do so only in diffusers'
// own naming, for of kohya's it uses one alpha for all layers.
func TestPeerDiffusers(t *testing.T) {
	python := os.Getenv(envPeer)
	if python == "" {
		t.Skipf("set %s to a Python with torch, diffusers, transformers and peft to compare with diffusers", envPeer)
	}
	enginetest.Fast(t)
	base := golden.Dir(t, "sd1-tiny")
	p := openPipe(t, base)
	for name, naming := range map[string]struct {
		export func(*concept.Concept, string) (concept.Exported, error)
		alphas int
		token  []string
	}{
		"diffusers": {(*concept.Concept).ExportDiffusers, 3, nil},
		"kohya":     {(*concept.Concept).ExportKohya, 1, []string{"--token", "<peer>"}},
	} {
		t.Run(name, func(t *testing.T) {
			const weight = 0.75
			c, dir := p.randomConcept("<peer>", naming.alphas), t.TempDir()
			reference := filepath.Join(dir, "reference.safetensors")
			p.writeReference(reference, filepath.Join(base, "tokenizer"), c, weight)
			out, err := naming.export(c, dir)
			if err != nil {
				t.Fatal(err)
			}
			args := append([]string{filepath.Join(golden.Root(), "bench", "check_lora_in_diffusers.py"), base, reference,
				"--lora", out.Files[0], "--embedding", out.Files[1], "--weight", fmt.Sprint(weight)}, naming.token...)
			text, err := exec.Command(python, args...).CombinedOutput()
			t.Logf("%s", text)
			if err != nil {
				t.Errorf("the check failed: %v", err)
			}
		})
	}
}

// randomConcept changes the attention and the convolutions of two of the UNet's
// blocks and the text encoder's attention, with several ranks and so many alphas.
func (p *pipe) randomConcept(placeholder string, alphas int) *concept.Concept {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, scale float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64() * scale)
		}
		return v
	}
	lora := &weights.LoRA{}
	for component, params := range map[string][]*nn.Param{weights.UNet: p.unet.Params, weights.TextEncoder: p.text.Params} {
		for i, param := range params {
			layer, ok := strings.CutSuffix(param.Name, ".weight")
			wanted := strings.Contains(layer, "attn") || strings.Contains(layer, ".conv") || strings.Contains(layer, "time_emb_proj")
			block := component == weights.TextEncoder || strings.HasPrefix(layer, "mid_block.") || strings.HasPrefix(layer, "down_blocks.0.")
			if !ok || !wanted || !block || len(param.Shape) < 2 {
				continue
			}
			rank := 1 + i%4
			down, up := append([]int{rank}, param.Shape[1:]...), []int{param.Shape[0], rank}
			if len(down) == 4 {
				up = append(up, 1, 1)
			}
			lora.Layers = append(lora.Layers, weights.LoRALayer{
				Component: component, Layer: layer, Rank: rank, Alpha: 0.5 * float64(1+i%alphas),
				DownShape: down, Down: draw(param.Size()/param.Shape[0]*rank, 0.2),
				UpShape: up, Up: draw(param.Shape[0]*rank, 0.2)})
		}
	}
	width := p.text.Config.HiddenSize
	return &concept.Concept{Name: "Peer check", Placeholder: placeholder, Method: "lora", LoRA: lora,
		Embeddings: [][]float32{draw(width, 1), draw(width, 1)}}
}

// writeReference computes the text encoder and the UNet with the concept.
func (p *pipe) writeReference(path, tokenizerDir string, c *concept.Concept, weight float32) {
	p.t.Helper()
	installed, err := c.Install(p.store, strconv.FormatUint(rand.Uint64(), 36))
	if err != nil {
		p.t.Fatal(err)
	}
	tok, err := tokenizer.Open(tokenizerDir)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := tok.AddPlaceholder(c.Placeholder, c.Vectors()); err != nil {
		p.t.Fatal(err)
	}
	prompt := "a photo of " + c.Placeholder + " on a table"
	ids := tok.Batch(prompt).IDs
	all := []*concept.Installed{installed}
	strengths := tensors.FromValue([]float32{weight})
	encode := p.exec(func(in []*Node) *Node {
		pass := nn.NewPass(p.textWeights, adapters(all, weights.TextEncoder, in[0]))
		return p.text.Forward(pass, in[1], clip.TextOptions{Rows: in[2]}).Last
	})
	states := encode(strengths, tensors.FromFlatDataAndDimensions(ids, 1, len(ids)), installed.RowsTensor())
	stateShape := []int{1, len(ids), p.text.Config.HiddenSize}
	shape := []int{1, p.unet.Config.InChannels, 16, 16}
	sample := make([]float32, shape[1]*shape[2]*shape[3])
	for i := range sample {
		sample[i] = float32(math.Sin(float64(i)))
	}
	predicted := p.runUNet(all)(strengths, tensors.FromFlatDataAndDimensions(sample, shape...),
		tensors.FromValue([]float32{321}), tensors.FromFlatDataAndDimensions(states, stateShape...))
	err = weights.Write(path, []weights.Tensor{
		int64s("input_ids", []int{1, len(ids)}, ids), int64s("timestep", []int{1}, []int32{321}),
		weights.FromFloat32("sample", shape, sample, weights.F32),
		weights.FromFloat32("text", stateShape, states, weights.F32),
		weights.FromFloat32("unet", shape, predicted, weights.F32),
	}, map[string]string{"prompt": prompt})
	if err != nil {
		p.t.Fatal(err)
	}
}

func int64s(name string, shape []int, v []int32) weights.Tensor {
	t := weights.Tensor{Name: name, DType: weights.I64, Shape: shape}
	for _, n := range v {
		t.Data = binary.LittleEndian.AppendUint64(t.Data, uint64(n))
	}
	return t
}
