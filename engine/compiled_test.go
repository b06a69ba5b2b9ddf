package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/compilecache"
	"github.com/ichimai/ichimai/engine/enginetest"
)

// compiledRun is what a process that computes says.
type compiledRun struct {
	Counts compilecache.Counts
	Bits   []float32
}

// compileAndRun is what the other process does: it computes twice, each time with a
// program that it asks for and gives back.
func compileAndRun() error {
	e, err := engine.Open(context.Background(), engine.Config{Install: engine.InstallNever})
	if err != nil {
		return err
	}
	defer e.Close()
	var run compiledRun
	for range 2 {
		bits, err := computeOnce(e)
		if err != nil {
			return err
		}
		if run.Bits != nil && fmt.Sprint(bits) != fmt.Sprint(run.Bits) {
			return fmt.Errorf("the second time it computes %v instead of %v", bits, run.Bits)
		}
		run.Bits = bits
	}
	run.Counts = e.Compiled()
	return json.NewEncoder(os.Stdout).Encode(run)
}

// computeOnce is a forward and a backward pass of a small convolution.
func computeOnce(e *engine.Engine) (bits []float32, err error) {
	exec, err := graph.NewExec(e.Backend(), func(x, k *graph.Node) []*graph.Node {
		y := graph.Sin(graph.Convolve(x, k).PadSame().Done())
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(y), k)[0]}
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	ramp := func(dims ...int) *tensors.Tensor {
		n := 1
		for _, d := range dims {
			n *= d
		}
		flat := make([]float32, n)
		for i := range flat {
			flat[i] = float32(i%17) / 7
		}
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	for _, r := range exec.MustCall(ramp(2, 9, 9, 3), ramp(3, 3, 3, 8)) {
		bits = append(bits, tensors.MustCopyFlatData[float32](r)...)
	}
	return bits, nil
}

func init() {
	engine.ChildCompile = func() int {
		if err := compileAndRun(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
}

// process computes in another process that keeps its programs below home.
func process(t *testing.T, home string, env ...string) compiledRun {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append([]string{engine.EnvCache + "=" + home, engine.EnvChild + "=compile"}, env...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var run compiledRun
	if err := json.Unmarshal(out, &run); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return run
}

// kept lists the files of compiled programs.
func kept(t *testing.T, home string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, "compiled", "*.xla"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// cacheHome is a cache folder without programs in which the machine's plugin is
// found.
func cacheHome(t *testing.T) (home string, env []string) {
	t.Helper()
	e := enginetest.Fast(t)
	if e.Device() != engine.DeviceCPU {
		t.Skipf("programs of device %s are not kept", e.Device())
	}
	return t.TempDir(), []string{engine.EnvPlugin + "=" + e.Info().Plugin.Path}
}

// A second process loads what the first compiled, and computes the same bits.
func TestCompiledProgramsAreKept(t *testing.T) {
	home, env := cacheHome(t)
	cold := process(t, home, env...)
	if c := cold.Counts; c.Hits != 0 || c.Misses == 0 || c.Kept != c.Misses || c.Reused != c.Misses {
		t.Fatalf("cold: %+v", c)
	}
	warm := process(t, home, env...)
	if c := warm.Counts; c.Misses != 0 || c.Hits != cold.Counts.Misses || c.Reused != c.Hits {
		t.Errorf("warm: %+v", warm.Counts)
	}
	if fmt.Sprint(warm.Bits) != fmt.Sprint(cold.Bits) {
		t.Error("a program from the cache computes something else")
	}
	t.Run("OtherFlags", func(t *testing.T) {
		if run := process(t, home, append(env, "XLA_FLAGS=--xla_cpu_enable_fast_math=false")...); run.Counts.Hits != 0 {
			t.Errorf("%+v", run.Counts)
		}
	})
	t.Run("Off", func(t *testing.T) {
		if run := process(t, home, append(env, engine.EnvCompileCache+"=off")...); run.Counts != (compilecache.Counts{}) {
			t.Errorf("%+v", run.Counts)
		}
	})
}

// Files that were flipped, cut or swapped are compiled anew, and mended.
func TestCompiledProgramsThatAreDamaged(t *testing.T) {
	home, env := cacheHome(t)
	cold := process(t, home, env...)
	for name, damage := range map[string]func(file string, whole []byte) []byte{
		"Flipped": func(_ string, b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"Cut":     func(_ string, b []byte) []byte { return b[:len(b)-9] },
		"Empty":   func(string, []byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range kept(t, home) {
				whole, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, damage(file, whole), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run := process(t, home, env...)
			if run.Counts.Hits != 0 || run.Counts.Kept != cold.Counts.Kept || fmt.Sprint(run.Bits) != fmt.Sprint(cold.Bits) {
				t.Errorf("%+v, %d kept before", run.Counts, cold.Counts.Kept)
			}
			if run := process(t, home, env...); run.Counts.Misses != 0 {
				t.Errorf("not mended: %+v", run.Counts)
			}
		})
	}
}

// Processes that start together get in nobody's way.
func TestCompiledProgramsOfTwoProcesses(t *testing.T) {
	home, env := cacheHome(t)
	runs := make(chan compiledRun, 2)
	for range cap(runs) {
		go func() { runs <- process(t, home, env...) }()
	}
	a, b := <-runs, <-runs
	if fmt.Sprint(a.Bits) != fmt.Sprint(b.Bits) {
		t.Error("two processes computed something else")
	}
	if again := process(t, home, env...); again.Counts.Misses != 0 {
		t.Errorf("afterwards: %+v", again.Counts)
	}
}

// A folder that cannot be written, or that others can write, keeps nothing and
// harms nothing.
func TestCompiledProgramsWithoutAFolder(t *testing.T) {
	home, env := cacheHome(t)
	if err := os.WriteFile(filepath.Join(home, "compiled"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if run := process(t, home, env...); len(run.Bits) == 0 || run.Counts.Kept != 0 {
		t.Errorf("a file in the folder's place: %+v", run.Counts)
	}
	report, err := engine.Doctor(t.Context(), engine.Config{CacheDir: home})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range report.Problems {
		found = found || p.ID == engine.ProblemCompileCache && strings.Contains(p.What(), home)
	}
	if !found {
		t.Errorf("doctor finds %+v", report.Problems)
	}
}

func TestClearCompiled(t *testing.T) {
	home, env := cacheHome(t)
	cold := process(t, home, env...)
	usage, err := engine.ClearCompiled(engine.Config{CacheDir: home})
	if err != nil || int64(usage.Programs) != cold.Counts.Kept || len(kept(t, home)) != 0 {
		t.Errorf("cleared %+v of %+v, %v", usage, cold.Counts, err)
	}
}
