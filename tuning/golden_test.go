package tuning

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/weights"
)

func TestGoldenPrompts(t *testing.T) {
	f := openFixture(t)
	for key, prompts := range map[string][]string{
		"input_ids": f.about.Prompts, "prior.input_ids": append(slices.Clone(f.about.Prompts), f.about.ClassPrompts...),
	} {
		got := tensors.MustCopyFlatData[int32](f.promptIDs(prompts))
		if want := f.inputs.Int32(key); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}

func TestGoldenToken(t *testing.T) {
	f := openFixture(t)
	for name, options := range map[string]nn.Options{"plain": {}, "checkpoint": {Checkpoint: true}} {
		t.Run(name, func(t *testing.T) {
			v := newVariables(f.base.store)
			o := f.objective(options)
			o.token = f.newToken(v)
			start := golden.Open(t, f.dir, "golden", "token.safetensors")
			start.Close("param0.token", must(flatOf(o.token.variable())), 0, false)
			tr := f.trainer(o, 1, o.token.group(f.rate()))
			f.steps(t, tr, f.about.Token, "token.safetensors", f.tokenList(v))
			if err := v.remove(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestGoldenLoRA trains the pairs with the token resting (its rate is 0) and
// learning, with one graph for both.
func TestGoldenLoRA(t *testing.T) {
	f := openFixture(t)
	v := newVariables(f.base.store)
	o := f.objective(nn.Options{})
	o.token, o.loras = f.newToken(v), f.newLoras(v)
	groups := []group{o.token.group(optim.Schedule{Kind: "constant"})}
	var list []trained
	for _, l := range o.loras {
		groups = append(groups, l.group(f.rate()))
		list = append(list, trainedPairs(l)...)
	}
	tr := f.trainer(o, 1, groups...)
	f.steps(t, tr, f.about.Lora, "lora.safetensors", list)
	f.newToken(v)
	f.newLoras(v)
	for _, path := range tr.adamw.StatePaths(tr.vars()) {
		s := f.base.store.GetVariable(path)
		if err := s.SetValue(tensors.FromShape(s.Shape())); err != nil {
			t.Fatal(err)
		}
	}
	tr.groups[0].rate = f.rate()
	f.stepsTokenLora(t, tr, v)
}

// stepsTokenLora compares the token alone; the norm is of everything.
func (f *fixture) stepsTokenLora(t *testing.T, tr *trainer, v *variables) {
	expected := golden.Open(t, f.dir, "golden", "token_lora.safetensors")
	ids := f.inputs.IDs("input_ids")
	want, list := f.about.TokenLora, f.tokenList(v)
	for i, wanted := range want.Losses {
		value, norm, err := tr.run(i+1, [][]*tensors.Tensor{f.batch(i, ids)})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(value-wanted) > lossTolerance*wanted {
			t.Errorf("token+lora: loss before step %d is %.9g, want %.9g", i+1, value, wanted)
		}
		if i == 0 {
			if math.Abs(norm-want.GradNorm) > gradRelative*norm {
				t.Errorf("token+lora: gradient norm is %g, want %g", norm, want.GradNorm)
			}
			f.compareParams(t, expected, "param1.", list)
		}
	}
	f.compareParams(t, expected, fmt.Sprintf("param%d.", len(want.Losses)), list)
}

// TestGoldenNamed trains weights of the models themselves, with checkpointing,
// which must not change their gradients.
func TestGoldenNamed(t *testing.T) {
	f := openFixture(t)
	v := newVariables(f.base.store)
	o := f.objective(nn.Options{Checkpoint: true})
	o.token = f.newToken(v)
	var list []trained
	g := group{name: "named", rate: f.rate()}
	for _, name := range golden.Open(t, f.dir, "golden", "named.safetensors").Names() {
		key, ok := strings.CutPrefix(name, "grad.")
		if !ok {
			continue
		}
		component, key, _ := strings.Cut(key, ".")
		params, w := f.base.unet.Params, f.base.unetWeights
		if component == weights.TextEncoder {
			params, w = f.base.text.Params, f.base.textWeights
		}
		p := paramOf(t, params, key)
		list = append(list, trainedParam(f.base.store, component+"."+key, component, p))
		g.vars = append(g.vars, w.Variable(p.Name))
	}
	f.steps(t, f.trainer(o, 1, g), f.about.Named, "named.safetensors", list)
}

// TestGoldenInputGradients compares the gradients with respect to what the UNet
// is given.
func TestGoldenInputGradients(t *testing.T) {
	f := openFixture(t)
	exec, err := model.NewExec(f.base.backend, f.base.store, func(_ *model.Scope, in []*Node) []*Node {
		noisy, states, at, target := in[0], in[1], in[2], in[3]
		out := f.base.unet.Forward(nn.NewPass(f.base.unetWeights, nn.Options{}), noisy, at, states).Sample
		grads := Gradient(ReduceAllMean(Square(Sub(out, target))), noisy, states)
		return []*Node{nn.ToNCHW(out), nn.ToNCHW(grads[0]), grads[1]}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(f.pictures("noisy_latents"), f.inputs.Tensor("encoder_hidden_states"),
		f.inputs.IDs("timesteps"), f.pictures("noise"))
	if err != nil {
		t.Fatal(err)
	}
	f.inputs.Close("prediction", golden.Flat(t, results[0]), 3e-5, false)
	for i, name := range []string{"grad.noisy_latents", "grad.encoder_hidden_states"} {
		var largest float64
		for _, v := range f.inputs.Float32(name) {
			largest = max(largest, math.Abs(float64(v)))
		}
		f.inputs.Close(name, golden.Flat(t, results[i+1]), gradTolerance+gradRelative*largest, false)
	}
}

// TestGoldenPrior runs the subject's rows, batch 0, and the class's, batch 1,
// through one graph, for every weight of the fixture.
func TestGoldenPrior(t *testing.T) {
	f := openFixture(t)
	o := f.objective(nn.Options{})
	o.token = f.newToken(newVariables(f.base.store))
	var keys []string
	var priors []float64
	for key := range f.about.Scalars.Prior {
		if text, ok := strings.CutPrefix(key, "total_weight_"); ok {
			weight, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			keys, priors = append(keys, key), append(priors, weight)
		}
	}
	if len(keys) == 0 {
		t.Fatal("the fixture has no loss with class pictures")
	}
	exec, err := model.NewExec(f.base.backend, f.base.store, scoped(func(in []*Node) []*Node {
		var out []*Node
		for _, o.prior = range priors {
			out = append(out, o.loss(in))
		}
		return out
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	first, second := f.batch(0, nil), f.batch(1, nil)
	joined := []*tensors.Tensor{argIDs: f.inputs.IDs("prior.input_ids"), argTimesteps: join[int32](first[argTimesteps], second[argTimesteps])}
	for _, i := range []int{argLatents, argNoise} {
		joined[i] = join[float32](first[i], second[i])
	}
	got, err := call(exec, anys(joined))
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		if want := f.about.Scalars.Prior[key]; !(math.Abs(got[i]-want) <= lossTolerance*want) {
			t.Errorf("%s is %.9g, want %.9g", key, got[i], want)
		}
	}
}
