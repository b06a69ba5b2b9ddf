package concept

import (
	"fmt"
	"regexp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

var idSyntax = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Installed is a concept whose LoRA is in a model's store.
type Installed struct {
	Concept *Concept
	// ID tells it from other concepts in the same store.
	ID string
	// Parts are the LoRA's variables, by component.
	Parts map[string]*Part
	// Rows are the placeholder's vectors, [Vectors, Width] row-major, for
	// clip.TextOptions; empty without embeddings.
	Rows           []float32
	Vectors, Width int

	store *model.Store
}

// Part are the LoRA pairs of one component, as variables in graph layout.
type Part struct {
	// Weights is where the variables are: under /concept-ID/COMPONENT.
	Weights *nn.Weights
	// Params are the variables, LAYER.lora_down.weight and
	// LAYER.lora_up.weight for each layer in turn.
	Params []*nn.Param
	// Scales are alpha / rank of each layer.
	Scales map[string]float64
}

// Install puts the LoRA into the store of a model, under /concept-ID. The
// model's components have to be there already, for it checks that they have
// every layer in the right size (*FitError). An id is of letters, digits, - and
// _, and belongs to one concept until Remove. On an error the store is as it
// was.
func (c *Concept) Install(store *model.Store, id string) (*Installed, error) {
	fail := func(err error) (*Installed, error) {
		return nil, fmt.Errorf("install concept %q: %w", c.Name, err)
	}
	if !idSyntax.MatchString(id) {
		return fail(fmt.Errorf("the id %.80q is not of letters, digits, - and _", id))
	}
	if err := c.Validate(); err != nil {
		return fail(err)
	}
	if err := c.CheckFit(store); err != nil {
		return fail(err)
	}
	i := &Installed{Concept: c, ID: id, Parts: map[string]*Part{}, store: store,
		Rows: c.Rows(), Vectors: c.Vectors(), Width: c.Width()}
	for v := range store.Scope(i.root()).IterVariables() {
		return fail(fmt.Errorf("the id %q is taken: variable %s is there", id, v.Path()))
	}
	for _, l := range c.layers() {
		if err := i.add(l); err != nil {
			i.Remove()
			return fail(err)
		}
	}
	return i, nil
}

func (i *Installed) root() string { return model.RootScopePath + i.component() }

func (i *Installed) component() string { return "concept-" + i.ID }

// add puts one layer's pair into the store, with the rank of the model's own
// weight: files may keep 1x1 convolutions as matrices and the reverse.
func (i *Installed) add(l weights.LoRALayer) error {
	part := i.Parts[l.Component]
	if part == nil {
		part = &Part{Weights: nn.NewWeights(i.store, i.component()+model.ScopeSeparator+l.Component), Scales: map[string]float64{}}
		i.Parts[l.Component] = part
	}
	rank := nn.NewWeights(i.store, l.Component).Variable(l.Layer + ".weight").Shape().Rank()
	down := &nn.Param{Name: l.Layer + "." + nn.LoRADown, Shape: withRank(l.DownShape, rank)}
	up := &nn.Param{Name: l.Layer + "." + nn.LoRAUp, Shape: withRank(l.UpShape, rank)}
	part.Params = append(part.Params, down, up)
	part.Scales[l.Layer] = l.Scale()
	if err := part.Weights.Set(down.Name, nn.GraphTensor(down, l.Down)); err != nil {
		return err
	}
	return part.Weights.Set(up.Name, nn.GraphTensor(up, l.Up))
}

// withRank is a shape with trailing 1x1 added or left out.
func withRank(shape []int, rank int) []int {
	if rank == 2 {
		return shape[:2:2]
	}
	if len(shape) == 2 {
		return []int{shape[0], shape[1], 1, 1}
	}
	return shape
}

// Adapters are what a pass of one component (weights.UNet,
// weights.TextEncoder) needs, for nn.Options: one adapter, or none where the
// concept leaves the component alone. strength multiplies the change, a scalar
// node of the graph under construction, so that a dial needs no new
// compilation; nil means 1. A compiled graph reads the variables and keeps
// alpha / rank: it is of no use after Remove.
func (i *Installed) Adapters(component string, strength *Node) []nn.Adapter {
	part := i.Parts[component]
	if part == nil {
		return nil
	}
	return []nn.Adapter{&nn.LoRA{Weights: part.Weights, ScaleOf: part.Scales, Strength: strength}}
}

// RowsTensor is Rows as an argument of a graph, [Vectors, Width] float32. There
// is none (nil) without embeddings.
func (i *Installed) RowsTensor() *tensors.Tensor {
	if i.Vectors == 0 {
		return nil
	}
	return tensors.FromFlatDataAndDimensions(i.Rows, i.Vectors, i.Width)
}

// LoRA reads the pairs back from the store, after training has changed them.
// It is nil for a concept without a LoRA.
func (i *Installed) LoRA() (*weights.LoRA, error) {
	if i.Concept.LoRA == nil {
		return nil, nil
	}
	lora := &weights.LoRA{}
	at := map[string]int{}
	for _, l := range i.Concept.LoRA.Layers {
		part, n := i.Parts[l.Component], at[l.Component]
		at[l.Component] += 2
		var err error
		if l.Down, err = part.Weights.Float32(part.Params[n]); err == nil {
			l.Up, err = part.Weights.Float32(part.Params[n+1])
		}
		if err != nil {
			return nil, fmt.Errorf("read LoRA of concept %q: %w", i.Concept.Name, err)
		}
		lora.Layers = append(lora.Layers, l)
	}
	return lora, nil
}

// Remove takes the variables out of the store. Graphs that were compiled with
// them must not run any more.
func (i *Installed) Remove() error {
	if err := i.store.DeleteVariablesInScope(i.root()); err != nil {
		return fmt.Errorf("remove concept %q: %w", i.Concept.Name, err)
	}
	return nil
}
