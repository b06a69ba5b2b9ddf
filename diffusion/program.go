package diffusion

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
)

// graphFunc builds a graph from its arguments.
type graphFunc func(in []*Node) []*Node

// programs are compiled graphs by a key that says everything they depend on
// but the store. The one that was not used for longest goes when there are
// more than limit.
type programs struct {
	limit   int
	entries []program // the most recently used last
}

type program struct {
	key  string
	exec *model.Exec
}

// get finds or prepares a program. Building takes place at its first call.
func (ps *programs) get(m *Model, key string, f graphFunc) (*model.Exec, error) {
	if i := slices.IndexFunc(ps.entries, func(p program) bool { return p.key == key }); i >= 0 {
		p := ps.entries[i]
		ps.entries = append(slices.Delete(ps.entries, i, i+1), p)
		return p.exec, nil
	}
	exec, err := model.NewExec(m.Engine.Backend(), m.Store, func(_ *model.Scope, in []*Node) []*Node { return f(in) })
	if err != nil {
		return nil, err
	}
	ps.entries = append(ps.entries, program{key, exec})
	for len(ps.entries) > ps.limit {
		ps.entries[0].exec.Finalize()
		ps.entries = slices.Delete(ps.entries, 0, 1)
	}
	return exec, nil
}

// drop forgets a program that failed, so that no half-built graph is reused.
func (ps *programs) drop(key string) {
	ps.entries = slices.DeleteFunc(ps.entries, func(p program) bool {
		if p.key == key {
			p.exec.Finalize()
		}
		return p.key == key
	})
}

// run calls the program of a key, which f builds where there is none yet, and
// returns its results. what names the work in errors.
func (m *Model) run(ctx context.Context, ps *programs, what, key string, f graphFunc, args ...any) ([]*tensors.Tensor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var results []*tensors.Tensor
	err := engine.Try(func() error {
		exec, err := ps.get(m, key, f)
		if err != nil {
			return err
		}
		results, err = exec.Call(args...)
		return err
	})
	if err != nil {
		ps.drop(key)
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return results, nil
}

// run1 is run for a program of one float32 result, of which it returns the
// values.
func (m *Model) run1(ctx context.Context, ps *programs, what, key string, f graphFunc, args ...any) ([]float32, error) {
	results, err := m.run(ctx, ps, what, key, f, args...)
	if err != nil {
		return nil, err
	}
	return take(what, results[0])
}

// take copies a float32 result off the device, which then forgets it.
func take(what string, result *tensors.Tensor) ([]float32, error) {
	flat, err := tensors.CopyFlatData[float32](result)
	result.MustFinalizeAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return flat, nil
}
