package diffusion

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
)

// Tolerances of the golden README.
const (
	textTolerance    = 2e-5
	vaeTolerance     = 4e-5
	latentsTolerance = 3e-5 // relative
	imageTolerance   = 3e-5
)

// opened keeps one model for each folder, so that every test of it shares the
// compiled programs.
var opened struct {
	sync.Mutex
	models map[string]*Model
}

// openFixture opens a fixture's folder in float32, once for all tests.
func openFixture(t testing.TB, fixture string) *Model {
	t.Helper()
	return openOnce(t, golden.Dir(t, fixture))
}

func openOnce(t testing.TB, dir string) *Model {
	t.Helper()
	opened.Lock()
	defer opened.Unlock()
	if m := opened.models[dir]; m != nil {
		return m
	}
	m, err := Open(context.Background(), dir, enginetest.Fast(t))
	if err != nil {
		t.Fatal(err)
	}
	m.DType = dtypes.Float32
	if opened.models == nil {
		opened.models = map[string]*Model{}
	}
	opened.models[dir] = m
	return m
}

// linkFolder makes a model folder of links to a fixture's components, to be
// changed by a test; from names components that come from another folder.
func linkFolder(t testing.TB, dir string, from map[string]string) string {
	t.Helper()
	made := t.TempDir()
	for _, name := range []string{indexFile, partTokenizer, partText, partUNet, partVAE, partScheduler} {
		source := filepath.Join(dir, name)
		if other, ok := from[name]; ok {
			source = other
		}
		if err := os.Symlink(source, filepath.Join(made, name)); err != nil {
			t.Skipf("this machine makes no links: %v", err)
		}
	}
	return made
}

// nhwc reorders [n, c, h, w].
func nhwc(v []float32, n, c, h, w int) []float32 {
	out := make([]float32, len(v))
	for i := range n {
		for k := range c {
			for p := range h * w {
				out[(i*h*w+p)*c+k] = v[(i*c+k)*h*w+p]
			}
		}
	}
	return out
}

// nchw is the way back.
func nchw(v []float32, n, c, h, w int) []float32 {
	out := make([]float32, len(v))
	for i := range n {
		for k := range c {
			for p := range h * w {
				out[(i*c+k)*h*w+p] = v[(i*h*w+p)*c+k]
			}
		}
	}
	return out
}

// pipelines keeps one pipeline for each model, for the same reason.
var pipelines struct {
	sync.Mutex
	of map[*Model]*Pipeline
}

func openPipeline(t testing.TB, fixture string) *Pipeline {
	t.Helper()
	m := openFixture(t, fixture)
	pipelines.Lock()
	defer pipelines.Unlock()
	if pipelines.of == nil {
		pipelines.of = map[*Model]*Pipeline{}
	}
	if pipelines.of[m] == nil {
		pipelines.of[m] = NewPipeline(m)
	}
	return pipelines.of[m]
}
