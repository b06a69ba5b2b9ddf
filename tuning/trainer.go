package tuning

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/optim"
)

// group is a set of variables that share a learning rate.
type group struct {
	name string
	vars []*model.Variable
	rate optim.Schedule
	// leaves, if set, are the parts of the group's one variable in a graph, in
	// their order, with respect to which the gradient is taken.
	leaves func(g *Graph) []*Node
}

// nodes are what the gradient is taken with respect to.
func (x *group) nodes(g *Graph) []*Node {
	if x.leaves != nil {
		return x.leaves(g)
	}
	nodes := make([]*Node, len(x.vars))
	for i, v := range x.vars {
		nodes[i] = v.NodeValue(g)
	}
	return nodes
}

// join turns the gradients of nodes into those of the variables.
func (x *group) join(grads []*Node) []*Node {
	if x.leaves == nil || len(grads) == 1 {
		return grads
	}
	return []*Node{Concatenate(grads, 0)}
}

// trainer moves groups of variables down the gradient of a loss. With one part
// a step is one graph; with more, each part adds its gradient to sums and a
// small second graph makes the update.
type trainer struct {
	store   *model.Store
	groups  []group
	adamw   optim.AdamW
	maxNorm float64 // 0: no limit
	ema     float64 // decay; 0: no average
	parts   int
	loss    func(in []*Node) *Node

	step, update *model.Exec
}

// open makes the optimiser's state and the graphs, which are compiled at the
// first step.
func (t *trainer) open(backend compute.Backend) error {
	for _, prepare := range []func(*model.Store, []*model.Variable) error{t.adamw.NewState, t.newEMA, t.newSums} {
		if err := prepare(t.store, t.vars()); err != nil {
			return fmt.Errorf("prepare training: %w", err)
		}
	}
	build := t.whole
	if t.parts > 1 {
		build = t.part
	}
	var err error
	if t.step, err = model.NewExec(backend, t.store, scoped(build)); err != nil {
		return fmt.Errorf("prepare training step: %w", err)
	}
	if t.parts > 1 {
		if t.update, err = model.NewExec(backend, t.store, scoped(t.takeAndMove)); err != nil {
			return fmt.Errorf("prepare training update: %w", err)
		}
	}
	return nil
}

// working estimates the bytes that a step on such a batch takes, beside the
// model, by building its graph without compiling it.
func (t *trainer) working(backend compute.Backend, batch []*tensors.Tensor) (bytes int64, err error) {
	err = engine.Try(func() error {
		g := NewGraph(backend, "plan")
		defer g.Finalize()
		var in []*Node
		add := func(x *tensors.Tensor) { in = append(in, Parameter(g, fmt.Sprint("in", len(in)), x.Shape())) }
		build := t.whole
		if t.parts > 1 {
			build = t.part
		} else {
			for _, rate := range t.rates(1) {
				add(rate.(*tensors.Tensor))
			}
		}
		for _, x := range batch {
			add(x)
		}
		outputs := build(in)
		for _, v := range t.vars() {
			outputs = append(outputs, v.NodeValue(g))
		}
		bytes = engine.WorkingMemory(outputs...)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("plan a training step: %w", err)
	}
	return bytes, nil
}

// scoped gives a graph function the signature of a model's; variables are
// found by their own paths.
func scoped(f func([]*Node) []*Node) func(*model.Scope, []*Node) []*Node {
	return func(_ *model.Scope, in []*Node) []*Node { return f(in) }
}

func (t *trainer) newEMA(store *model.Store, vars []*model.Variable) error {
	if t.ema == 0 {
		return nil
	}
	return optim.NewEMA(store, vars)
}

func (t *trainer) newSums(store *model.Store, vars []*model.Variable) error {
	if t.parts <= 1 {
		return nil
	}
	return optim.NewAccumulator(store, vars)
}

// close frees the compiled graphs.
func (t *trainer) close() {
	for _, e := range []*model.Exec{t.step, t.update} {
		if e != nil {
			e.Finalize()
		}
	}
}

// vars are the variables of all groups in their order.
func (t *trainer) vars() []*model.Variable {
	var all []*model.Variable
	for _, g := range t.groups {
		all = append(all, g.vars...)
	}
	return all
}

// whole is a step in one graph: rates, then the batch; norm and loss.
func (t *trainer) whole(in []*Node) []*Node {
	rates, batch := in[:t.rateArgs()], in[t.rateArgs():]
	value := t.loss(batch)
	return []*Node{t.move(t.gradients(value), rates), value}
}

// part adds a micro-batch's gradient to the sums; its loss.
func (t *trainer) part(in []*Node) []*Node {
	value := t.loss(in)
	optim.Accumulate(t.store, t.vars(), t.gradients(value), t.parts)
	return []*Node{value}
}

// takeAndMove is the update after the last part; the norm.
func (t *trainer) takeAndMove(rates []*Node) []*Node {
	return []*Node{t.move(optim.Take(t.store, rates[0].Graph(), t.vars()), rates)}
}

// gradients are one a variable, in the order of vars.
func (t *trainer) gradients(value *Node) []*Node {
	var nodes, joined []*Node
	for i := range t.groups {
		nodes = append(nodes, t.groups[i].nodes(value.Graph())...)
	}
	grads := Gradient(value, nodes...)
	for i := range t.groups {
		n := len(t.groups[i].nodes(value.Graph()))
		joined = append(joined, t.groups[i].join(grads[:n])...)
		grads = grads[n:]
	}
	return joined
}

// move clips all gradients together and updates every group; the norm before
// clipping.
func (t *trainer) move(grads, rates []*Node) (norm *Node) {
	if t.maxNorm > 0 {
		grads, norm = optim.ClipByGlobalNorm(grads, t.maxNorm)
	} else {
		norm = optim.GlobalNorm(grads)
	}
	at := 0
	for i, g := range t.groups {
		t.adamw.Update(t.store, g.vars, grads[at:at+len(g.vars)], rates[i])
		at += len(g.vars)
	}
	if t.ema > 0 {
		optim.UpdateEMA(t.store, t.vars(), rates[len(t.groups)])
	}
	return norm
}

// rateArgs is the number of arguments that change with the step: the
// optimiser's scalars of each group and the average's decay.
func (t *trainer) rateArgs() int {
	if t.ema > 0 {
		return len(t.groups) + 1
	}
	return len(t.groups)
}

func (t *trainer) rates(step int) []any {
	var rates []any
	for _, g := range t.groups {
		rates = append(rates, t.adamw.Scalars(g.rate.At(step), step))
	}
	if t.ema > 0 {
		rates = append(rates, tensors.FromScalar(float32(optim.EMADecay(t.ema, step))))
	}
	return rates
}

// run makes one step, counted from 1, of one batch a part, and returns the loss
// before it and the gradient's norm before clipping.
func (t *trainer) run(step int, batches [][]*tensors.Tensor) (value, norm float64, err error) {
	if len(batches) != t.parts {
		return 0, 0, fmt.Errorf("training step %d: %d batches for %d parts", step, len(batches), t.parts)
	}
	if t.parts == 1 {
		out, err := call(t.step, append(t.rates(step), anys(batches[0])...))
		if err != nil {
			return 0, 0, fmt.Errorf("training step %d: %w", step, err)
		}
		return out[1], out[0], nil
	}
	for i, b := range batches {
		out, err := call(t.step, anys(b))
		if err != nil {
			return 0, 0, fmt.Errorf("training step %d, part %d: %w", step, i+1, err)
		}
		value += out[0] / float64(t.parts)
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return value, value, nil
	}
	out, err := call(t.update, t.rates(step))
	if err != nil {
		return 0, 0, fmt.Errorf("training step %d: %w", step, err)
	}
	return value, out[0], nil
}

// call runs a graph whose results are scalars.
func call(e *model.Exec, args []any) ([]float64, error) {
	results, err := e.Call(args...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(results))
	for i, r := range results {
		out[i] = float64(tensors.ToScalar[float32](r))
		r.MustFinalizeAll()
	}
	return out, nil
}

func anys(list []*tensors.Tensor) []any {
	out := make([]any, len(list))
	for i, t := range list {
		out[i] = t
	}
	return out
}

// state lists everything that a resumed run needs. Sums of gradients are 0
// between steps and left out.
func (t *trainer) state() []*model.Variable {
	state := t.vars()
	paths := t.adamw.StatePaths(state)
	if t.ema > 0 {
		for _, v := range state {
			paths = append(paths, optim.EMAPath(v.Path()))
		}
	}
	for _, path := range paths {
		state = append(state, t.store.GetVariable(path))
	}
	return state
}
