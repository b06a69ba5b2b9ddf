package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Report is what [Doctor] found. It is data only: the command prints it.
type Report struct {
	Engine    Info              `json:"engine"`     // device and plugin; zero when nothing opened
	Go        string            `json:"go"`         // version of Go
	OS        string            `json:"os"`         // such as linux/amd64
	Modules   map[string]string `json:"modules"`    // versions of the modules that compute, by path
	Processor Processor         `json:"processor"`  // the CPU
	Memory    Memory            `json:"memory"`     // in bytes
	HugePages string            `json:"huge_pages"` // always, madvise or never; "" when the system has no such switch
	Cache     Cache             `json:"cache"`      // the cache folder
	Compiled  Compiled          `json:"compiled"`   // compiled programs, within the cache folder
	Measured  Measured          `json:"measured"`   // what was timed to choose ways of computing
	Speed     *Speed            `json:"speed"`      // nil when it could not be measured
	Problems  []Problem         `json:"problems"`   // worst first, empty when all is well
}

// Cache is the cache folder and what it holds.
type Cache struct {
	Dir   string `json:"dir"`
	Bytes int64  `json:"bytes"`
}

const (
	hugePagesFile = "/sys/kernel/mm/transparent_hugepage/enabled"
	neededMemory  = 6 << 30 // SD 1.5 in float32 (3.4 GB of weights for the UNet alone) with room to compute
)

// computeModules are the modules whose versions decide what is computed.
var computeModules = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla"}

// Doctor describes the device that cfg asks for and the machine around it. It
// opens the engine and measures it, which takes about three seconds, and
// downloads nothing. It returns an error only when cfg itself is wrong or ctx
// ended; whatever else is amiss is in the report.
func Doctor(ctx context.Context, cfg Config) (Report, error) {
	cfg.Install = InstallNever
	cfg, err := cfg.withDefaults()
	if err != nil {
		return Report{}, err
	}
	r := Report{
		Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH, Modules: moduleVersions(),
		Processor: readProcessor(), Memory: ReadMemory(), HugePages: hugePages(hugePagesFile),
		Cache:    Cache{Dir: cfg.CacheDir, Bytes: sizeOf(cfg.CacheDir)},
		Problems: []Problem{},
	}
	cfg.Log = slog.New(slog.DiscardHandler) // what Open would warn of is in the report
	e, err := Open(ctx, cfg)
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if err != nil {
		r.add(ProblemNoPlugin, "error", err.Error())
	} else {
		defer e.Close()
		r.examine(e, cfg)
	}
	r.Measured = cfg.measured(e)
	if r.Compiled, err = readCompiled(cfg); err != nil && writable(cfg.CacheDir) == nil {
		r.add(ProblemCompileCache, "error", err.Error())
	}
	r.checkMachine()
	return r, nil
}

// add appends a problem with its arguments as name, value pairs.
func (r *Report) add(id string, pairs ...string) {
	var args map[string]string
	if len(pairs) > 0 {
		args = map[string]string{}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	r.Problems = append(r.Problems, Problem{ID: id, Args: args})
}

// examine reports on an opened engine.
func (r *Report) examine(e *Engine, cfg Config) {
	r.Engine = e.Info()
	switch {
	case e.Device() == DeviceGo && cfg.Device == DeviceGo:
		r.add(ProblemPureGo)
	case e.Device() == DeviceGo:
		r.add(ProblemNoPlugin, "error", r.Engine.Fallback)
	case r.Engine.Fallback != "":
		r.add(ProblemCUDAFallback, "error", r.Engine.Fallback)
	}
	if err := r.Engine.Plugin.Verify(); err != nil {
		r.add(ProblemDamaged, "path", r.Engine.Plugin.Path, "error", err.Error())
	}
	speed, err := probe(e)
	if err != nil {
		r.add(ProblemProbe, "error", err.Error())
		return
	}
	r.Speed = &speed
}

// checkMachine reports on what is around the engine.
func (r *Report) checkMachine() {
	if err := writable(r.Cache.Dir); err != nil {
		r.add(ProblemCacheReadOnly, "dir", r.Cache.Dir, "error", err.Error())
	}
	if r.Memory.Total != 0 && r.Memory.Available < neededMemory {
		r.add(ProblemMemory, "available", gigabytes(r.Memory.Available), "needed", gigabytes(neededMemory))
	}
	if runtime.GOARCH == "amd64" && !strings.Contains(strings.Join(r.Processor.Flags, " "), "avx2") {
		r.add(ProblemNoAVX2, "model", r.Processor.Model)
	}
	if r.HugePages == "never" && r.Engine.Device == DeviceCPU {
		r.add(ProblemHugePages, "path", hugePagesFile)
	}
}

// gigabytes writes bytes as gigabytes with one decimal.
func gigabytes(n uint64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<30)) }

// writable makes a folder, and a file in it that it removes again.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// hugePages returns the chosen word of a file such as "always [madvise] never".
func hugePages(file string) string {
	text, _ := os.ReadFile(file)
	_, rest, _ := strings.Cut(string(text), "[")
	chosen, _, _ := strings.Cut(rest, "]")
	return chosen
}

// moduleVersions returns the versions of the modules that compute, as they
// were built in.
func moduleVersions() map[string]string {
	versions := map[string]string{}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, m := range build.Deps {
		for _, path := range computeModules {
			if m.Path == path {
				versions[path] = m.Version
			}
		}
	}
	return versions
}
