package pretrain

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/weights"
)

// Metadata keys of a state file.
const (
	metaStep        = "ichimai.step"
	metaSteps       = "ichimai.steps" // of the whole run
	metaFingerprint = "ichimai.settings"
)

// saveState writes variables, by path, and the number of steps done and meant.
func saveState(path string, vars []*model.Variable, step, steps int, fingerprint string) error {
	list := make([]weights.Tensor, len(vars))
	for i, v := range vars {
		flat, err := variableData(v)
		if err != nil {
			return err
		}
		list[i] = weights.FromFloat32(v.Path(), v.Shape().Dimensions, flat, weights.F32)
	}
	meta := map[string]string{metaStep: strconv.Itoa(step), metaSteps: strconv.Itoa(steps), metaFingerprint: fingerprint}
	if err := weights.Write(path, list, meta); err != nil {
		return fmt.Errorf("save training state: %w", err)
	}
	return nil
}

// loadState fills variables from a state file and returns the steps done; 0 and
// no error if there is none. A file of other settings is refused, and one of
// another number of steps under which the rates so far were others.
func loadState(path string, vars []*model.Variable, schedule optim.Schedule, fingerprint string) (int, error) {
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("resume training: %w", err)
	}
	defer src.Close()
	if was := src.Metadata()[metaFingerprint]; was != fingerprint {
		return 0, fmt.Errorf("resume training: %s was made with other settings; choose another folder or remove it:\n%s", path, otherSettings(was, fingerprint))
	}
	step, steps, err := stepsOf(src, path)
	if err != nil {
		return 0, err
	}
	if schedule.Total < step || !schedule.SameUpTo(step, steps) {
		return 0, fmt.Errorf("resume training: settings key steps: %s has done %d of %d steps, and with lr_scheduler %s a run of %d has other learning rates by then; go on with %d, or choose another folder",
			path, step, steps, schedule.Kind, schedule.Total, steps)
	}
	return step, fill(src, vars)
}

// stepsOf are the steps that a state file says are done and were meant.
func stepsOf(src weights.Source, path string) (done, meant int, err error) {
	meta := src.Metadata()
	if done, err = strconv.Atoi(meta[metaStep]); err != nil || done < 0 {
		return 0, 0, fmt.Errorf("resume training: %s has no valid %s", path, metaStep)
	}
	if meant, err = strconv.Atoi(meta[metaSteps]); err != nil || meant < done {
		return 0, 0, fmt.Errorf("resume training: %s has no valid %s", path, metaSteps)
	}
	return done, meant, nil
}

func fill(src weights.Source, vars []*model.Variable) error {
	want := make([]weights.Info, len(vars))
	for i, v := range vars {
		want[i] = weights.Info{Name: v.Path(), Shape: v.Shape().Dimensions}
	}
	if err := weights.Check(src, want, nil); err != nil {
		return fmt.Errorf("resume training: %w", err)
	}
	for _, v := range vars {
		flat, err := src.Float32(v.Path())
		if err != nil {
			return fmt.Errorf("resume training: %w", err)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, v.Shape().Dimensions...)); err != nil {
			return fmt.Errorf("resume training: set %s: %w", v.Path(), err)
		}
	}
	return nil
}

func variableData(v *model.Variable) ([]float32, error) {
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
