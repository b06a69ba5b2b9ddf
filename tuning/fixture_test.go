package tuning

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/weights"
)

// Tolerances of the golden README.
const (
	lossTolerance     = 1e-5 // relative
	gradTolerance     = 2e-6
	gradRelative      = 1e-4 // of the largest element
	paramTolerance    = 5e-6
	tinyGradient      = 1e-6 // under this AdamW magnifies rounding
	tinyGradTolerance = 1e-4
)

// trainingJSON is the fixture's training.json.
type trainingJSON struct {
	AdamW struct {
		LR          float64
		Betas       [2]float64
		WeightDecay float64 `json:"weight_decay"`
		Eps         float64
	}
	InitToken    string   `json:"init_token"`
	Prompts      []string `json:"prompts"`
	ClassPrompts []string `json:"class_prompts"`
	Scalars      struct {
		Prior map[string]float64 `json:"prior_preservation"`
	}
	Token, Lora, Named goldenLosses
	TokenLora          goldenLosses `json:"token+lora"`
}

type goldenLosses struct {
	Losses   []float64
	GradNorm float64 `json:"grad_norm"`
}

// fixture is the training fixture with the model that it trains.
type fixture struct {
	t      *testing.T
	dir    string
	about  trainingJSON
	inputs *golden.File
	base   *base
	ids    []int // of the placeholder
}

func openFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: golden.Dir(t, "training")}
	golden.JSON(t, &f.about, f.dir, "golden", "training.json")
	f.inputs = golden.Open(t, f.dir, "golden", "inputs.safetensors")
	f.base = openBase(t, golden.Dir(t, "sd1-tiny"))
	name := regexp.MustCompile(`<[^>]+>`).FindString(strings.Join(f.about.Prompts, " "))
	var err error
	if f.ids, err = f.base.tokens.AddPlaceholder(name, 1); err != nil {
		t.Fatal(err)
	}
	return f
}

// openBase opens the parts of a model folder that learn.
func openBase(t *testing.T, dir string) *base {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	b := &base{backend: enginetest.Fast(t).Backend(), store: model.NewStore()}
	var err error
	b.tokens, err = tokenizer.Open(filepath.Join(dir, "tokenizer"))
	fail(err)
	b.text, b.textWeights, err = clip.OpenText(filepath.Join(dir, "text_encoder"), b.store, weights.TextEncoder)
	fail(err)
	b.unet, b.unetWeights, err = unet.Open(filepath.Join(dir, "unet"), b.store, weights.UNet)
	fail(err)
	config, err := sampler.ReadConfig(filepath.Join(dir, "scheduler"))
	fail(err)
	fail(b.setSchedule(config))
	return b
}

// batch is batch i of the inputs with the prompts' ids.
func (f *fixture) batch(i int, ids *tensors.Tensor) []*tensors.Tensor {
	suffix := ""
	if i > 0 {
		suffix = fmt.Sprint(i)
	}
	return []*tensors.Tensor{
		argIDs: ids, argLatents: f.pictures("latents" + suffix), argNoise: f.pictures("noise" + suffix),
		argTimesteps: f.inputs.IDs("timesteps" + suffix),
	}
}

// pictures is a tensor turned from NCHW to NHWC.
func (f *fixture) pictures(name string) *tensors.Tensor {
	return toNHWC(f.inputs.Float32(name), f.inputs.Shape(name))
}

func toNHWC(flat []float32, shape []int) *tensors.Tensor {
	n, c, h, w := shape[0], shape[1], shape[2], shape[3]
	out := make([]float32, len(flat))
	for b := range n {
		for k := range c {
			for p := range h * w {
				out[(b*h*w+p)*c+k] = flat[(b*c+k)*h*w+p]
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(out, n, h, w, c)
}

// promptIDs are prompts as the text encoder reads them, [len(prompts), n].
func (f *fixture) promptIDs(prompts []string) *tensors.Tensor {
	var ids []int32
	for _, p := range prompts {
		ids = append(ids, f.base.tokens.Batch(p).IDs...)
	}
	return tensors.FromFlatDataAndDimensions(ids, len(prompts), len(ids)/len(prompts))
}

// objective is the mean squared error of the model's own prediction.
func (f *fixture) objective(options nn.Options) *objective {
	return &objective{base: f.base, options: options,
		diffusion: loss.Diffusion{AlphasCumprod: f.base.alphas, Prediction: f.base.prediction}}
}

// newToken starts the token at the row of the fixture's word.
func (f *fixture) newToken(v *variables) *token {
	f.t.Helper()
	rows, err := wordRows(f.base, f.about.InitToken, len(f.ids))
	if err != nil {
		f.t.Fatal(err)
	}
	tok, err := newToken(v, f.ids, f.base.text.Config.HiddenSize, rows)
	if err != nil {
		f.t.Fatal(err)
	}
	return tok
}

// kohya is a layer's pair as LoRA files of kohya's naming call it.
func kohya(component, name string) string {
	prefix := map[string]string{weights.UNet: "lora_unet_", weights.TextEncoder: "lora_te_"}[component]
	module, part, _ := strings.Cut(name, ".lora_")
	return prefix + strings.ReplaceAll(module, ".", "_") + ".lora_" + part
}

// newLoras makes the pairs of the fixture's LoRA and fills them with its values.
func (f *fixture) newLoras(v *variables) []*lowRank {
	f.t.Helper()
	modules := map[string][]string{weights.UNet: modulesOf(f.base.unet.Params), weights.TextEncoder: modulesOf(f.base.text.Params)}
	file, err := weights.OpenLoRA(filepath.Join(golden.Dir(f.t, "lora"), "a_kohya.safetensors"), modules)
	if err != nil {
		f.t.Fatal(err)
	}
	params := map[string][]*nn.Param{weights.UNet: f.base.unet.Params, weights.TextEncoder: f.base.text.Params}
	var sets []*lowRank
	for component, all := range params {
		var layers []*nn.Param
		var rank int
		var alpha float64
		values := map[string][]float32{}
		for _, l := range file.Layers {
			if l.Component == component {
				layers = append(layers, paramOf(f.t, all, l.Layer+".weight"))
				rank, alpha = l.Rank, l.Alpha
				values[l.Layer+"."+nn.LoRADown], values[l.Layer+"."+nn.LoRAUp] = l.Down, l.Up
			}
		}
		set, err := newLowRank(v, component, layers, rank, alpha)
		if err != nil {
			f.t.Fatal(err)
		}
		var flat []float32
		for _, p := range set.Params() {
			flat = append(flat, values[p.Name]...)
		}
		if err := set.set(flat); err != nil {
			f.t.Fatal(err)
		}
		sets = append(sets, set)
	}
	return sets
}

func modulesOf(params []*nn.Param) []string {
	var names []string
	for _, p := range params {
		if strings.HasSuffix(p.Name, ".weight") {
			names = append(names, nn.LayerOf(p))
		}
	}
	return names
}

func paramOf(t *testing.T, params []*nn.Param, name string) *nn.Param {
	t.Helper()
	i := slices.IndexFunc(params, func(p *nn.Param) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("the model has no %s", name)
	}
	return params[i]
}

// trained is one learning tensor: how the fixture calls it, and how it and its
// first moment are read in checkpoint layout.
type trained struct {
	key          string
	value, first func() ([]float32, error)
}

// trainedParam is a tensor with a variable of its own.
func trainedParam(store *model.Store, key, component string, p *nn.Param) trained {
	moment := &nn.Param{Name: p.Name + ".m", Shape: p.Shape}
	return trained{key,
		func() ([]float32, error) { return nn.NewWeights(store, component).Float32(p) },
		func() ([]float32, error) { return nn.NewWeights(store, optim.Slot+"/"+component).Float32(moment) },
	}
}

// trainedPairs are the tensors of low-rank pairs.
func trainedPairs(l *lowRank) []trained {
	moments := nn.NewWeights(l.vars.store, optim.Slot+"/"+l.vars.root+"/"+l.component)
	var list []trained
	for i, p := range l.Params() {
		part := func(v *model.Variable) ([]float32, error) {
			flat, err := flatOf(v)
			if err != nil {
				return nil, err
			}
			return l.Cut(flat)[i], nil
		}
		list = append(list, trained{kohya(l.component, p.Name),
			func() ([]float32, error) { return part(l.variable()) },
			func() ([]float32, error) { return part(moments.Variable(pairsName + ".m")) },
		})
	}
	return list
}

// trainer makes a trainer with the fixture's optimiser.
func (f *fixture) trainer(o *objective, parts int, groups ...group) *trainer {
	f.t.Helper()
	a := f.about.AdamW
	tr := &trainer{
		store: f.base.store, groups: groups, parts: parts, loss: o.loss,
		adamw: optim.AdamW{Beta1: a.Betas[0], Beta2: a.Betas[1], Eps: a.Eps, WeightDecay: a.WeightDecay},
	}
	if err := tr.open(f.base.backend); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(tr.close)
	return tr
}

func (f *fixture) rate() optim.Schedule {
	return optim.Schedule{Kind: "constant", Base: f.about.AdamW.LR}
}

// steps trains as the fixture did and compares every number with it.
func (f *fixture) steps(t *testing.T, tr *trainer, want goldenLosses, file string, list []trained) {
	t.Helper()
	expected := golden.Open(t, f.dir, "golden", file)
	ids := f.inputs.IDs("input_ids")
	for i, wanted := range want.Losses {
		value, _, err := tr.run(i+1, [][]*tensors.Tensor{f.batch(i, ids)})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(value-wanted) > lossTolerance*wanted {
			t.Errorf("loss before step %d is %.9g, want %.9g", i+1, value, wanted)
		}
		if i == 0 {
			f.compareGradients(t, expected, tr, want.GradNorm, list)
			f.compareParams(t, expected, "param1.", list)
		}
	}
	f.compareParams(t, expected, fmt.Sprintf("param%d.", len(want.Losses)), list)
}

// compareGradients takes the gradients of the first step from AdamW's first
// moment, which is (1 - beta1) times them then.
func (f *fixture) compareGradients(t *testing.T, expected *golden.File, tr *trainer, norm float64, list []trained) {
	t.Helper()
	var squares float64
	for _, x := range list {
		flat, err := x.first()
		if err != nil {
			t.Fatal(err)
		}
		for i := range flat {
			flat[i] /= float32(1 - tr.adamw.Beta1)
			squares += float64(flat[i]) * float64(flat[i])
		}
		wanted := expected.Float32("grad." + x.key)
		var largest float64
		for _, v := range wanted {
			largest = max(largest, math.Abs(float64(v)))
		}
		golden.Close(t, "grad."+x.key, flat, wanted, gradTolerance+gradRelative*largest, false)
	}
	if got := math.Sqrt(squares); math.Abs(got-norm) > gradRelative*norm {
		t.Errorf("gradient norm is %g, want %g", got, norm)
	}
}

func (f *fixture) compareParams(t *testing.T, expected *golden.File, prefix string, list []trained) {
	t.Helper()
	for _, x := range list {
		got, err := x.value()
		if err != nil {
			t.Fatal(err)
		}
		wanted, grads := expected.Float32(prefix+x.key), expected.Float32("grad."+x.key)
		for i := range wanted {
			tolerance := paramTolerance
			if math.Abs(float64(grads[i])) < tinyGradient {
				tolerance = tinyGradTolerance
			}
			if d := math.Abs(float64(got[i]) - float64(wanted[i])); !(d <= tolerance) {
				t.Errorf("%s%s[%d] is %g, want %g (gradient %g)", prefix, x.key, i, got[i], wanted[i], grads[i])
				break
			}
		}
	}
}

func (f *fixture) tokenList(v *variables) []trained {
	p := &nn.Param{Name: tokenRows, Shape: []int{len(f.ids), f.base.text.Config.HiddenSize}}
	return []trained{trainedParam(f.base.store, "token", v.root+"/"+tokenComponent, p)}
}

// join puts the rows of b below those of a.
func join[T float32 | int32](a, b *tensors.Tensor) *tensors.Tensor {
	flat := append(tensors.MustCopyFlatData[T](a), tensors.MustCopyFlatData[T](b)...)
	shape := slices.Clone(a.Shape().Dimensions)
	shape[0] += b.Shape().Dim(0)
	return tensors.FromFlatDataAndDimensions(flat, shape...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
