package unet_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/weights"
)

const weightFile = "diffusion_pytorch_model.safetensors"

// The fixtures' keys and shapes are the model's, neither more nor less.
func TestParamsGolden(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			dir := filepath.Join(golden.Dir(t, fixture), "unet")
			c, err := unet.ReadConfig(dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := unet.New(c)
			if err != nil {
				t.Fatal(err)
			}
			src, err := weights.OpenComponent(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			got, want := map[string][]int{}, map[string][]int{}
			for _, p := range m.Params {
				if _, twice := got[p.Name]; twice {
					t.Errorf("%s is declared twice", p.Name)
				}
				got[p.Name] = p.Shape
			}
			for _, name := range src.Names() {
				info, _ := src.Info(name)
				want[name] = info.Shape
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGoldenXLIsRefused(t *testing.T) {
	_, _, err := unet.Open(filepath.Join(golden.Dir(t, "sdxl-tiny"), "unet"), model.NewStore(), "unet")
	if err == nil || !strings.Contains(err.Error(), "Stable Diffusion XL") || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("an SDXL folder gave %v", err)
	}
}

// modelFolder writes a small model after change has had its way with the
// tensors.
func modelFolder(t *testing.T, change func([]weights.Tensor) []weights.Tensor) (dir string, list []weights.Tensor) {
	t.Helper()
	m, err := unet.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(model.NewStore(), "unet")
	if err := w.Initialise(m.Params, 1); err != nil {
		t.Fatal(err)
	}
	if list, err = w.Export(m.Params, weights.F32); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m.Config)
	if err != nil {
		t.Fatal(err)
	}
	dir = configFolder(t, string(data))
	if err := weights.Write(filepath.Join(dir, weightFile), change(slices.Clone(list)), nil); err != nil {
		t.Fatal(err)
	}
	return dir, list
}

func TestOpen(t *testing.T) {
	dir, want := modelFolder(t, func(list []weights.Tensor) []weights.Tensor { return list })
	m, w, err := unet.Open(dir, model.NewStore(), "unet")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Export(m.Params, weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A folder that does not fit is refused with all that is wrong.
func TestOpenReportsEveryKey(t *testing.T) {
	dir, list := modelFolder(t, func(list []weights.Tensor) []weights.Tensor {
		list[1].Name = "conv_in.beta"
		list[2].Shape = append([]int{1}, list[2].Shape...)
		return list[:len(list)-1]
	})
	_, _, err := unet.Open(dir, model.NewStore(), "unet")
	var keys *weights.KeyError
	if !errors.As(err, &keys) {
		t.Fatalf("got %v", err)
	}
	missing := []string{list[1].Name, list[len(list)-1].Name}
	slices.Sort(missing)
	if !slices.Equal(keys.Missing, missing) || !slices.Equal(keys.Unexpected, []string{"conv_in.beta"}) ||
		len(keys.Wrong) != 1 || keys.Wrong[0].Name != list[2].Name {
		t.Errorf("got %v", err)
	}
	for _, name := range append(missing, "conv_in.beta", list[2].Name, dir) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if err := os.Remove(filepath.Join(dir, weightFile)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := unet.Open(dir, model.NewStore(), "unet"); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder without weights gave %v", err)
	}
}
