package pretrain

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
)

// trainer is one compiled training step of some variables: gradients of a
// loss, clipped, an update and a moving average.
type trainer struct {
	settings *Settings
	store    *model.Store
	vars     []*model.Variable
	exec     *model.Exec
	work     Work // of a step; nil before the first, or where it cannot be counted
}

// objective builds the loss, first, and further scalars to report.
type objective func(in []*Node) []*Node

// learned are weights that training moves.
type learned struct {
	weights *nn.Weights
	params  []*nn.Param
}

// newTrainer prepares the state of parts, which are of one store, and the step's
// graph. The graph's arguments are those of the objective.
func newTrainer(backend compute.Backend, s *Settings, parts []learned, f objective) (*trainer, error) {
	t := &trainer{settings: s, store: parts[0].weights.Store()}
	for _, p := range parts {
		vars, err := p.weights.Variables(p.params)
		if err != nil {
			return nil, err
		}
		t.vars = append(t.vars, vars...)
	}
	if err := s.optimizer().NewState(t.store, t.vars); err != nil {
		return nil, err
	}
	if s.EMADecay > 0 {
		if err := optim.NewEMA(t.store, t.vars); err != nil {
			return nil, err
		}
	}
	var err error
	t.exec, err = model.NewExec(backend, t.store, func(_ *model.Scope, in []*Node) []*Node {
		return t.graph(in, f)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare training step: %w", err)
	}
	return t, nil
}

// graph has two arguments before the objective's: the optimiser's scalars and
// the moving average's decay.
func (t *trainer) graph(in []*Node, f objective) []*Node {
	scalars, decay, rest := in[0], in[1], in[2:]
	out := f(rest)
	nodes := make([]*Node, len(t.vars))
	for i, v := range t.vars {
		nodes[i] = v.NodeValue(out[0])
	}
	grads := Gradient(out[0], nodes...)
	var norm *Node
	if t.settings.MaxGradNorm > 0 {
		grads, norm = optim.ClipByGlobalNorm(grads, t.settings.MaxGradNorm)
	} else {
		norm = optim.GlobalNorm(grads)
	}
	t.settings.optimizer().Update(t.store, t.vars, grads, scalars)
	if t.settings.EMADecay > 0 {
		optim.UpdateEMA(t.store, t.vars, decay)
	}
	results := []*Node{ConvertDType(norm, dtypes.Float32)}
	for _, n := range out {
		results = append(results, ConvertDType(n, dtypes.Float32))
	}
	t.count(results)
	return results
}

// count takes down the work of a step whose graph has these results and the
// variables as it leaves them. A step that cannot be counted trains all the same.
func (t *trainer) count(results []*Node) {
	ends := slices.Clone(results)
	for _, v := range t.state() {
		ends = append(ends, v.NodeValue(results[0]))
	}
	work, err := workOf(ends...)
	if err != nil {
		slog.Debug("a training step's work is not known", "error", err)
		work = nil
	}
	t.work = work
}

// step runs one update and returns the gradient norm and the objective's
// scalars.
func (t *trainer) step(step int, args ...*tensors.Tensor) ([]float64, error) {
	all := []any{
		t.settings.optimizer().Scalars(t.settings.Schedule.At(step), step),
		tensors.FromScalar(float32(optim.EMADecay(t.settings.EMADecay, step))),
	}
	for _, a := range args {
		all = append(all, a)
	}
	results, err := t.exec.Call(all...)
	if err != nil {
		return nil, fmt.Errorf("training step %d: %w", step, err)
	}
	figures := make([]float64, len(results))
	for i, r := range results {
		figures[i] = float64(tensors.ToScalar[float32](r))
		r.MustFinalizeAll()
	}
	return figures, nil
}

// setSteps says how many steps the whole run has.
func (t *trainer) setSteps(n int) { t.settings.Steps, t.settings.Schedule.Total = n, n }

// state lists everything that a resumed run needs.
func (t *trainer) state() []*model.Variable {
	state := append([]*model.Variable{}, t.vars...)
	for _, path := range t.settings.optimizer().StatePaths(t.vars) {
		state = append(state, t.store.GetVariable(path))
	}
	if t.settings.EMADecay > 0 {
		for _, v := range t.vars {
			state = append(state, t.store.GetVariable(optim.EMAPath(v.Path())))
		}
	}
	return state
}

// averaged names the weights to look at and to export: the moving average
// where there is one.
func (t *trainer) averaged(component string) *nn.Weights {
	if t.settings.EMADecay == 0 {
		return nn.NewWeights(t.store, component)
	}
	return nn.NewWeights(t.store, optim.EMASlot+model.ScopeSeparator+component)
}
