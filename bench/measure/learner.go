package main

import (
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
)

// learner is the part of a model that a mode trains.
type learner struct {
	vars []*model.Variable
	args []any // of the graph beside the latents
	// predict runs the UNet; in are the nodes of args.
	predict func(latents *Node, in []*Node) *Node
	// leaves are the nodes that gradients are taken of, and join makes the
	// gradients of vars of theirs.
	leaves func(g *Graph) []*Node
	join   func(grads []*Node) []*Node
}

// learners are the modes that train.
var learners = map[string]func(j *job, states *tensors.Tensor) (*learner, error){
	result.Token: tokenLearner,
	result.Pairs: pairsLearner,
	result.All:   allLearner,
}

// whole is a learner of variables that are leaves themselves.
func whole(vars []*model.Variable) *learner {
	return &learner{
		vars: vars,
		leaves: func(g *Graph) []*Node {
			nodes := make([]*Node, len(vars))
			for i, v := range vars {
				nodes[i] = v.NodeValue(g)
			}
			return nodes
		},
		join: func(grads []*Node) []*Node { return grads },
	}
}

// tokenLearner trains the text states, through the whole UNet.
func tokenLearner(j *job, states *tensors.Tensor) (*learner, error) {
	w := nn.NewWeights(j.model.Store, "measured")
	if err := w.Set("states", states); err != nil {
		return nil, err
	}
	v := w.Variable("states")
	l := whole([]*model.Variable{v})
	l.predict = func(latents *Node, _ []*Node) *Node {
		return predict(j, nil, latents, v.NodeValue(latents))
	}
	return l, nil
}

// allLearner trains every weight of the UNet.
func allLearner(j *job, states *tensors.Tensor) (*learner, error) {
	vars, err := j.model.UNetWeights.Variables(j.model.UNet.Params)
	if err != nil {
		return nil, err
	}
	l := whole(vars)
	l.args = []any{states}
	l.predict = func(latents *Node, in []*Node) *Node { return predict(j, nil, latents, in[0]) }
	return l, nil
}

// rank of the low-rank pairs, and their alpha.
const rank = 8

// pairsLearner trains low-rank pairs on the attention's linear layers. They are
// in one variable, as package tuning keeps them.
func pairsLearner(j *job, states *tensors.Tensor) (*learner, error) {
	p := newPairs(j)
	if err := p.place.Set("pairs", p.start()); err != nil {
		return nil, err
	}
	v := p.place.Variable("pairs")
	return &learner{
		vars: []*model.Variable{v},
		args: []any{states},
		predict: func(latents *Node, in []*Node) *Node {
			return predict(j, []nn.Adapter{p}, latents, in[0])
		},
		leaves: p.leaves,
		join:   func(grads []*Node) []*Node { return []*Node{Concatenate(grads, 0)} },
	}, nil
}

// pairs are the low-rank pairs of some linear layers, an [nn.Adapter].
type pairs struct {
	place  *nn.Weights
	layers []*nn.Param

	graph *Graph // whose nodes are cut
	cut   []*Node
}

func newPairs(j *job) *pairs {
	p := &pairs{place: nn.NewWeights(j.model.Store, "measured")}
	for _, w := range j.model.UNet.Params {
		for _, layer := range []string{"to_q", "to_k", "to_v", "to_out.0"} {
			if strings.HasSuffix(w.Name, "."+layer+".weight") {
				p.layers = append(p.layers, w)
			}
		}
	}
	return p
}

// sizes are the lengths of a layer's down [rank, in] and up [out, rank].
func sizes(layer *nn.Param) (down, up int) { return rank * layer.Shape[1], layer.Shape[0] * rank }

// start is noise of deviation 1/rank for each down and 0 for each up.
func (p *pairs) start() *tensors.Tensor {
	var flat []float32
	noise := sampler.NewNormal(1)
	for _, layer := range p.layers {
		down, up := sizes(layer)
		values := make([]float32, down+up)
		noise.Fill(values[:down])
		for i := range values[:down] {
			values[i] /= rank
		}
		flat = append(flat, values...)
	}
	return tensors.FromFlatDataAndDimensions(flat, len(flat))
}

// leaves cut the variable into down and up of each layer in turn.
func (p *pairs) leaves(g *Graph) []*Node {
	if p.graph == g {
		return p.cut
	}
	p.graph, p.cut = g, nil
	all, at := p.place.Variable("pairs").NodeValue(g), 0
	for _, layer := range p.layers {
		down, up := sizes(layer)
		for _, n := range []int{down, up} {
			p.cut = append(p.cut, Slice(all, AxisRange(at, at+n)))
			at += n
		}
	}
	return p.cut
}

// Offset implements [nn.Adapter].
func (p *pairs) Offset(g *Graph, layer string) (nn.Offset, bool) {
	for i, w := range p.layers {
		if w.Name != layer+".weight" {
			continue
		}
		cut := p.leaves(g)
		down := Reshape(cut[2*i], rank, w.Shape[1])
		up := Reshape(cut[2*i+1], w.Shape[0], rank)
		return nn.Offset{Down: down, Up: up, Scale: Scalar(g, down.DType(), 1)}, true
	}
	return nn.Offset{}, false
}
