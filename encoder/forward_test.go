package encoder_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
)

// written is the network written out in float64, one row at a time.
type written struct {
	config  encoder.Config
	values  map[string][]float64 // by the parameter's name
	latents []float64            // of the one row, where there is a tower
}

func (n written) linear(name string, x []float64) []float64 {
	w, bias := n.values[name+".weight"], n.values[name+".bias"]
	y := slices.Clone(bias)
	for o := range y {
		for i, v := range x {
			y[o] += w[o*len(x)+i] * v
		}
	}
	return y
}

func (n written) norm(name string, x []float64) []float64 {
	var mean, variance float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v-mean)/math.Sqrt(variance+1e-5)*n.values[name+".weight"][i] + n.values[name+".bias"][i]
	}
	return y
}

func (n written) trunk(vision, unet []float64) []float64 {
	c := n.config
	x := make([]float64, c.Width)
	read := func(part string, features []float64, width int) {
		for i, f := range slices.Collect(slices.Chunk(features, max(width, 1))) {
			name := fmt.Sprintf("%s.%d", part, i)
			for j, v := range n.linear(name+".proj", n.norm(name+".norm", f)) {
				x[j] += v / math.Sqrt(float64(len(c.VisionLayers)+len(c.FeatureTimesteps)))
			}
		}
	}
	read("vision", vision, c.VisionWidth)
	read("unet", unet, c.UNetWidth)
	if n.latents != nil {
		for i, v := range n.tower(n.latents) {
			x[i] += v
		}
	}
	for b := range c.Blocks {
		name := fmt.Sprintf("blocks.%d", b)
		n.addMLP(x, name, n.norm(name+".norm", x))
	}
	return n.norm("norm", x)
}

// addMLP adds fc2(gelu(fc1(h))) to x.
func (n written) addMLP(x []float64, name string, h []float64) {
	inner := n.linear(name+".fc1", h)
	for i, v := range inner {
		inner[i] = v * 0.5 * (1 + math.Erf(v/math.Sqrt2))
	}
	for i, v := range n.linear(name+".fc2", inner) {
		x[i] += v
	}
}

// tower is that of one head over latents [16, 16, 1] in patches of 2.
func (n written) tower(latents []float64) []float64 {
	x := [][]float64{n.values["tower.embeddings.cls_token"]}
	for py := range 8 {
		for px := range 8 {
			at := 32*py + 2*px
			x = append(x, n.linear("tower.embeddings.patch_embeddings.projection", []float64{latents[at], latents[at+1], latents[at+16], latents[at+17]}))
		}
	}
	width := len(x[0])
	for i, token := range x {
		x[i] = slices.Clone(token)
		for j := range x[i] {
			x[i][j] += n.values["tower.embeddings.position_embeddings"][i*width+j]
		}
	}
	for b := range n.config.TowerBlocks {
		name := fmt.Sprintf("tower.layers.%d", b)
		var q, k, v [][]float64
		for _, token := range x {
			h := n.norm(name+".layernorm_before", token)
			q, k, v = append(q, n.linear(name+".attention.q_proj", h)), append(k, n.linear(name+".attention.k_proj", h)), append(v, n.linear(name+".attention.v_proj", h))
		}
		for i := range x {
			for j, y := range n.linear(name+".attention.o_proj", attended(q[i], k, v)) {
				x[i][j] += y
			}
		}
		for i := range x {
			n.addMLP(x[i], name+".mlp", n.norm(name+".layernorm_after", x[i]))
		}
	}
	return n.linear("tower.out", n.norm("tower.layernorm", x[0]))
}

// attended is what a query takes of values by its products with keys.
func attended(q []float64, k, v [][]float64) []float64 {
	out, sum := make([]float64, len(q)), 0.0
	for i := range k {
		score := 0.0
		for j := range q {
			score += q[j] * k[i][j] / math.Sqrt(float64(len(q)))
		}
		sum += math.Exp(score)
		for j := range out {
			out[j] += math.Exp(score) * v[i][j]
		}
	}
	for j := range out {
		out[j] /= sum
	}
	return out
}

// forward is the token, then A_l and B_l of each layer.
func (n written) forward(vision, unet []float64) []float64 {
	c, h := n.config, n.trunk(vision, unet)
	out := n.linear("token.proj", h)
	for i := range out {
		out[i] = n.values["token.start"][i] + n.values["token.scale"][0]*out[i]
	}
	mixing := n.linear("hypernetwork.proj", h)
	for l, layer := range c.Layers {
		m := mixing[2*l*c.Rank*c.Basis:]      // [rank, basis]
		up := mixing[(2*l+1)*c.Rank*c.Basis:] // transposed
		p, q := n.values["hypernetwork."+layer.Name+".down"], n.values["hypernetwork."+layer.Name+".up"]
		for r := range c.Rank {
			for i := range layer.In {
				sum := 0.0
				for k := range c.Basis {
					sum += m[r*c.Basis+k] * p[k*layer.In+i]
				}
				out = append(out, sum/math.Sqrt(float64(c.Basis)))
			}
		}
		for o := range layer.Out {
			for r := range c.Rank {
				sum := 0.0
				for k := range c.Basis {
					sum += q[o*c.Basis+k] * up[r*c.Basis+k]
				}
				out = append(out, sum*n.values["hypernetwork.scale"][l])
			}
		}
	}
	return out
}

// slope is the derivative of the sum of sin(i) out_i over all rows by one weight.
func (n written) slope(rows [][2][]float64, value *float64) float64 {
	const step = 1e-5
	at := func(v float64) (sum float64) {
		*value = v
		for b, row := range rows {
			for i, y := range n.forward(row[0], row[1]) {
				sum += y * math.Sin(float64(b+i))
			}
		}
		return sum
	}
	was := *value
	slope := (at(was+step) - at(was-step)) / (2 * step)
	*value = was
	return slope
}

// waves are n smooth numbers between -1 and 1 that do not repeat.
func waves(n int, phase float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(math.Sin(phase + 1.7*float64(i)))
	}
	return v
}

// row is a batch of one.
func row(flat []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(flat, 1, len(flat))
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func wide(flat []float32) []float64 {
	out := make([]float64, len(flat))
	for i, v := range flat {
		out[i] = float64(v)
	}
	return out
}

// flatten puts all that is predicted of each row side by side, [batch, n].
func flatten(p encoder.Prediction) *Node {
	all, batch := []*Node{p.Token}, p.Token.Shape().Dim(0)
	for i := range p.Down {
		all = append(all, Reshape(p.Down[i], batch, -1), Reshape(p.Up[i], batch, -1))
	}
	return Concatenate(all, 1)
}

// run builds and runs a graph on the weights' store, in pure Go.
func run(t testing.TB, store *model.Store, build func(in []*Node) []*Node, args ...any) [][]float32 {
	t.Helper()
	results, err := model.CallOnceN(enginetest.Go(t).Backend(), store, func(_ *model.Scope, in []*Node) []*Node { return build(in) }, args...)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float32
	for _, r := range results {
		out = append(out, golden.Flat(t, r))
	}
	return out
}

// random gives every parameter values that are neither 0 nor 1.
func random(t testing.TB, m *encoder.Model, w *nn.Weights) map[string][]float64 {
	t.Helper()
	values := map[string][]float64{}
	for i, p := range m.Params {
		flat := waves(p.Size(), float64(i+1))
		set(t, w, p, flat)
		values[p.Name] = wide(flat)
	}
	return values
}

// TestForward compares predictions and the gradient with respect to every weight
// with the formulas written out, and their slopes.
func TestForward(t *testing.T) {
	m := newModel(t, smallConfig())
	w := nn.NewWeights(model.NewStore(), "encoder")
	n := written{config: m.Config, values: random(t, m, w)}
	vision, unet := waves(2*6, 0.3), waves(2*5, 0.7)
	rows := [][2][]float64{{wide(vision[:6]), wide(unet[:5])}, {wide(vision[6:]), wide(unet[5:])}}
	var want []float32
	for _, row := range rows {
		want = append(want, narrow(n.forward(row[0], row[1]))...)
	}
	learned := m.Learned()
	got := run(t, w.Store(), func(in []*Node) []*Node {
		pass := nn.NewPass(w, nn.Options{Gradients: nn.AllGradients})
		y := flatten(m.Forward(pass, encoder.Features{Vision: in[0], UNet: in[1]}))
		var of []*Node
		for _, p := range learned {
			of = append(of, pass.Stored(y, p))
		}
		weights := Sin(Add(IotaFull(y.Graph(), y.Shape()), MulScalar(Iota(y.Graph(), y.Shape(), 0), float64(1-y.Shape().Dim(1)))))
		return append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, weights)), of...)...)
	}, tensors.FromFlatDataAndDimensions(vision, 2, 6), tensors.FromFlatDataAndDimensions(unet, 2, 5))
	golden.Close(t, "prediction", got[0], want, 1e-5, true)
	for i, p := range learned {
		var slopes []float32
		for j := range n.values[p.Name] {
			slopes = append(slopes, float32(n.slope(rows, &n.values[p.Name][j])))
		}
		golden.Close(t, "the gradient of "+p.Name, got[1+i], slopes, 1e-4, true)
		if slices.Equal(slopes, make([]float32, len(slopes))) {
			t.Errorf("%s does nothing", p.Name)
		}
	}
}

// A network that reads one kind of features, or has no hypernetwork, does without
// the rest.
func TestForwardOfLess(t *testing.T) {
	vision, unet := smallConfig(), smallConfig()
	vision.FeatureTimesteps, vision.UNetWidth = nil, 0
	unet.VisionLayers, unet.VisionWidth, unet.Rank, unet.Layers = nil, 0, 0, nil
	for name, config := range map[string]encoder.Config{"vision": vision, "UNet": unet} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, config)
			w := nn.NewWeights(model.NewStore(), "encoder")
			n := written{config: config, values: random(t, m, w)}
			seen, denoised := waves(2*config.VisionWidth, 0.3), waves(config.UNetWidth, 0.7)
			got := run(t, w.Store(), func(in []*Node) []*Node {
				f := encoder.Features{Vision: in[0], UNet: in[1]}
				return []*Node{flatten(m.Forward(nn.NewPass(w, nn.Options{}), f))}
			}, row(seen), row(denoised))[0]
			golden.Close(t, "prediction", got, narrow(n.forward(wide(seen), wide(denoised))), 1e-5, true)
		})
	}
}

// A tower adds what it sees to the trunk, by the formulas written out; a new one sees
// nothing.
func TestForwardWithTower(t *testing.T) {
	m := newModel(t, withTower(smallConfig()))
	w := nn.NewWeights(model.NewStore(), "encoder")
	n := written{config: m.Config, values: random(t, m, w)}
	vision, unet, latents := waves(6, 0.3), waves(5, 0.7), waves(256, 0.1)
	predict := func() []float32 {
		return run(t, w.Store(), func(in []*Node) []*Node {
			f := encoder.Features{Vision: in[0], UNet: in[1], Latents: in[2]}
			return []*Node{flatten(m.Forward(nn.NewPass(w, nn.Options{}), f))}
		}, row(vision), row(unet), row(latents))[0]
	}
	without := narrow(n.forward(wide(vision), wide(unet)))
	n.latents = wide(latents)
	golden.Close(t, "prediction", predict(), narrow(n.forward(wide(vision), wide(unet))), 1e-4, true)
	if err := w.Initialise(m.Tower(), 3); err != nil {
		t.Fatal(err)
	}
	golden.Close(t, "prediction of a new tower", predict(), without, 1e-5, true)
}

// The token may be all that is wanted of a prediction; every backend must run such
// a graph, the pure-Go one too.
func TestTokenAlone(t *testing.T) {
	m := newModel(t, smallConfig())
	w := nn.NewWeights(model.NewStore(), "encoder")
	n := written{config: m.Config, values: random(t, m, w)}
	vision, unet := waves(6, 0.3), waves(5, 0.7)
	got := run(t, w.Store(), func(in []*Node) []*Node {
		return []*Node{m.Forward(nn.NewPass(w, nn.Options{}), encoder.Features{Vision: in[0], UNet: in[1]}).Token}
	}, row(vision), row(unet))[0]
	golden.Close(t, "token", got, narrow(n.forward(wide(vision), wide(unet))[:3]), 1e-5, true)
}

// Rows of one subject are predicted of together, and as one where they are alike.
func TestTogether(t *testing.T) {
	m := newModel(t, smallConfig())
	w := nn.NewWeights(model.NewStore(), "encoder")
	random(t, m, w)
	got := run(t, w.Store(), func(in []*Node) []*Node {
		pass := nn.NewPass(w, nn.Options{})
		rows := func(visions ...*Node) encoder.Features {
			var unets []*Node
			for range visions {
				unets = append(unets, in[1])
			}
			return encoder.Features{Vision: Concatenate(visions, 0), UNet: Concatenate(unets, 0)}
		}
		return []*Node{
			flatten(m.Forward(pass, rows(in[0]))), flatten(m.Together(pass, rows(in[0], in[0], in[0]))),
			flatten(m.Together(pass, rows(in[0], in[2]))), flatten(m.Together(pass, rows(in[2], in[0]))),
		}
	}, row(waves(6, 0.3)), row(waves(5, 0.7)), row(waves(6, 2)))
	golden.Close(t, "three alike", got[1], got[0], 1e-6, true)
	golden.Close(t, "the other way round", got[3], got[2], 1e-6, true)
	if len(got[2]) != len(got[0]) || slices.Equal(got[2], got[0]) {
		t.Errorf("two that differ give %d numbers, as one alone: %t", len(got[2]), slices.Equal(got[2], got[0]))
	}
}
