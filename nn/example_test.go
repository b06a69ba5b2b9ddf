package nn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// Perceptron is a model of two layers. Its constructor declares the weights by
// the names of the checkpoint; its Forward is a function that builds a graph.
type Perceptron struct {
	Params   []*nn.Param
	fc1, fc2 *nn.Linear
}

func NewPerceptron(in, hidden, out int) *Perceptron {
	b := nn.NewBuilder()
	m := &Perceptron{
		fc1: nn.NewLinear(b.In("mlp.fc1"), in, hidden, true),
		fc2: nn.NewLinear(b.In("mlp.fc2"), hidden, out, false),
	}
	m.Params = b.Params()
	return m
}

// Forward maps [batch, in] to [batch, out].
func (m *Perceptron) Forward(p *nn.Pass, x *Node) *Node {
	return m.fc2.Forward(p, nn.ReLU(m.fc1.Forward(p, x)))
}

// A model is declared, loaded from a checkpoint and run.
func Example() {
	m := NewPerceptron(2, 2, 1)
	for _, p := range m.Params {
		fmt.Println(p.Name, p.Shape)
	}

	dir := writeCheckpoint()
	defer os.RemoveAll(dir)
	src, err := weights.OpenComponent(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	w := nn.NewWeights(model.NewStore(), "perceptron")
	if err := w.Load(src, m.Params, nil); err != nil {
		log.Fatal(err)
	}

	e, err := engine.Open(context.Background(), engine.Config{Install: engine.InstallNever})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	y, err := model.CallOnce(e.Backend(), w.Store(), func(_ *model.Scope, x *Node) *Node {
		return m.Forward(nn.NewPass(w, nn.Options{}), x)
	}, [][]float32{{1, 2}, {3, 1}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Value())
	// Output:
	// mlp.fc1.weight [2 2]
	// mlp.fc1.bias [2]
	// mlp.fc2.weight [1 2]
	// [[1] [2.5]]
}

// writeCheckpoint makes the file that a training would have left.
func writeCheckpoint() string {
	dir, err := os.MkdirTemp("", "perceptron")
	if err != nil {
		log.Fatal(err)
	}
	err = weights.Write(filepath.Join(dir, "model.safetensors"), []weights.Tensor{
		weights.FromFloat32("mlp.fc1.weight", []int{2, 2}, []float32{1, -1, -1, 1}, weights.F16),
		weights.FromFloat32("mlp.fc1.bias", []int{2}, []float32{0.5, 0}, weights.F16),
		weights.FromFloat32("mlp.fc2.weight", []int{1, 2}, []float32{1, 1}, weights.F16),
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	return dir
}
