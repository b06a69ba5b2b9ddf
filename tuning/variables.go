package tuning

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/weights"
)

// variables is the place of everything that one run learns, in the model's
// store under a path element of its own.
type variables struct {
	store  *model.Store
	number int
	root   string
}

// runs are the numbers of the runs under way in this process, so that two on one
// model do not meet. A run takes the lowest that is free: names of variables are
// part of a program, and one with a number of its own would be compiled again for
// every concept.
var runs = struct {
	sync.Mutex
	taken map[int]bool
}{taken: map[int]bool{}}

func newVariables(store *model.Store) *variables {
	runs.Lock()
	defer runs.Unlock()
	n := 1
	for runs.taken[n] {
		n++
	}
	runs.taken[n] = true
	return &variables{store: store, number: n, root: fmt.Sprintf("tuning-%d", n)}
}

// of is the place of one component's learned weights: unet, text_encoder or
// token.
func (v *variables) of(component string) *nn.Weights {
	return nn.NewWeights(v.store, v.root+model.ScopeSeparator+component)
}

// averaged is the place of the moving averages of a component's weights.
func (v *variables) averaged(component string) *nn.Weights {
	return nn.NewWeights(v.store, optim.EMASlot+model.ScopeSeparator+v.root+model.ScopeSeparator+component)
}

// name is a variable's name in a state file: its path without the run's own
// element, which differs between processes.
func (v *variables) name(path string) string {
	return strings.Replace(path, model.ScopeSeparator+v.root, "", 1)
}

// remove deletes every variable of the run, the optimiser's with them, and gives its
// number back.
func (v *variables) remove() error {
	defer func() {
		runs.Lock()
		defer runs.Unlock()
		delete(runs.taken, v.number)
	}()
	var errs []error
	for _, slot := range []string{"", optim.Slot, optim.EMASlot, optim.GradientSlot} {
		path := model.RootScopePath + v.root
		if slot != "" {
			path = model.RootScopePath + slot + path
		}
		errs = append(errs, v.store.DeleteVariablesInScope(path))
	}
	return errors.Join(errs...)
}

// save copies variables into tensors for a state file.
func (v *variables) save(vars []*model.Variable) ([]weights.Tensor, error) {
	list := make([]weights.Tensor, len(vars))
	for i, variable := range vars {
		flat, err := flatOf(variable)
		if err != nil {
			return nil, err
		}
		list[i] = weights.FromFloat32(v.name(variable.Path()), variable.Shape().Dimensions, flat, weights.F32)
	}
	return list, nil
}

// load fills variables from a state file; all of them or none.
func (v *variables) load(src weights.Source, vars []*model.Variable) error {
	want := make([]weights.Info, len(vars))
	for i, variable := range vars {
		want[i] = weights.Info{Name: v.name(variable.Path()), Shape: variable.Shape().Dimensions}
	}
	if err := weights.Check(src, want, nil); err != nil {
		return err
	}
	for i, variable := range vars {
		flat, err := src.Float32(want[i].Name)
		if err != nil {
			return err
		}
		if err := variable.SetValue(tensors.FromFlatDataAndDimensions(flat, want[i].Shape...)); err != nil {
			return fmt.Errorf("set %s: %w", want[i].Name, err)
		}
	}
	return nil
}

func flatOf(v *model.Variable) ([]float32, error) {
	t, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.Path(), err)
	}
	flat, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.Path(), err)
	}
	return flat, nil
}
