package pretrain

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/weights"
)

// Metadata keys of a state file.
const (
	metaStep        = "ichimai.step"
	metaFingerprint = "ichimai.settings"
)

// saveState writes variables, by path, and the number of steps done.
func saveState(path string, vars []*model.Variable, step int, fingerprint string) error {
	list := make([]weights.Tensor, len(vars))
	for i, v := range vars {
		flat, err := variableData(v)
		if err != nil {
			return err
		}
		list[i] = weights.FromFloat32(v.Path(), v.Shape().Dimensions, flat, weights.F32)
	}
	meta := map[string]string{metaStep: strconv.Itoa(step), metaFingerprint: fingerprint}
	if err := weights.Write(path, list, meta); err != nil {
		return fmt.Errorf("save training state: %w", err)
	}
	return nil
}

// loadState fills variables from a state file and returns the steps done; 0 and
// no error if there is none. A file of other settings is refused.
func loadState(path string, vars []*model.Variable, fingerprint string) (int, error) {
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("resume training: %w", err)
	}
	defer src.Close()
	meta := src.Metadata()
	if was := meta[metaFingerprint]; was != fingerprint {
		return 0, fmt.Errorf("resume training: %s was made with other settings; choose another folder or remove it\nthen: %s\nnow:  %s", path, was, fingerprint)
	}
	step, err := strconv.Atoi(meta[metaStep])
	if err != nil || step < 0 {
		return 0, fmt.Errorf("resume training: %s has no valid %s", path, metaStep)
	}
	return step, fill(src, vars)
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
