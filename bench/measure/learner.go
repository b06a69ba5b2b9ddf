package main

import (
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/nn"
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
	pairs := attentionPairs(j)
	flat := startOf(pairs)
	w := nn.NewWeights(j.model.Store, "measured")
	if err := w.Set("pairs", tensors.FromFlatDataAndDimensions(flat, len(flat))); err != nil {
		return nil, err
	}
	v := w.Variable("pairs")
	// The gradient is of the nodes that the prediction was made with.
	var of *Graph
	var cut []*Node
	leaves := func(g *Graph) []*Node {
		if of != g {
			of, cut = g, pairs.Leaves(v.NodeValue(g))
		}
		return cut
	}
	return &learner{
		vars: []*model.Variable{v},
		args: []any{states},
		predict: func(latents *Node, in []*Node) *Node {
			g := latents.Graph()
			return predict(j, []nn.Adapter{pairs.Adapter(leaves(g), Scalar(g, dtypes.Float32, 1))}, latents, in[0])
		},
		leaves: leaves,
		join:   func(grads []*Node) []*Node { return []*Node{Concatenate(grads, 0)} },
	}, nil
}

// attentionPairs are the pairs of the attention's linear layers.
func attentionPairs(j *job) nn.FlatPairs {
	f := nn.FlatPairs{Rank: rank}
	for _, w := range j.model.UNet.Params {
		for _, layer := range []string{"to_q", "to_k", "to_v", "to_out.0"} {
			if strings.HasSuffix(w.Name, "."+layer+".weight") {
				f.Layers = append(f.Layers, w)
			}
		}
	}
	return f
}

func startOf(pairs nn.FlatPairs) []float32 {
	return pairs.Start(func(layer int) *rand.Rand { return rand.New(rand.NewPCG(1, uint64(layer))) })
}
