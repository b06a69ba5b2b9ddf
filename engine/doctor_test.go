package engine

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDoctorOnThisMachine(t *testing.T) {
	skipPureGoUnderRace(t, Config{Install: InstallNever})
	start := time.Now()
	r, err := Doctor(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("took %v", time.Since(start))
	if r.Engine.Device == "" || r.Speed == nil || r.Speed.MatMul <= 0 || r.Speed.Conv <= 0 {
		t.Errorf("engine %+v, speed %+v", r.Engine, r.Speed)
	}
	if r.Processor.Model == "" || r.Processor.Cores < 1 || r.Go != runtime.Version() || r.Cache.Dir == "" {
		t.Errorf("report %+v", r)
	}
	if r.Engine.Device != DeviceGo && (r.Engine.API == "" || r.Engine.Plugin.Bytes == 0) {
		t.Errorf("engine %+v", r.Engine)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("through JSON (-want +got):\n%s", diff)
	}
}

func TestDoctorFindsProblems(t *testing.T) {
	cfg, _, _ := searchable(t, DeviceCPU)
	blocked := filepath.Join(t.TempDir(), "file")
	touch(t, blocked)
	cfg.CacheDir = blocked
	cfg.Device = DeviceCPU
	cfg.Install = InstallIfMissing // Doctor must not obey this
	r, err := Doctor(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Problems) < 2 || r.Problems[0].ID != ProblemNoPlugin || !strings.Contains(r.Problems[0].What(), errNotAllowed.Error()) {
		t.Fatalf("problems %v", r.Problems)
	}
	if p := r.Problems[1]; p.ID != ProblemCacheReadOnly || !strings.Contains(p.What(), blocked) {
		t.Errorf("problem %v", p)
	}
	if r.Speed != nil {
		t.Error("measured a device that did not open")
	}
}

// skipPureGoUnderRace skips a test whose engine would be pure Go under -race.
func skipPureGoUnderRace(t *testing.T, cfg Config) {
	t.Helper()
	if !raceEnabled {
		return
	}
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Device() == DeviceGo {
		t.Skip("-race stops the pure-Go backend's large matrix product")
	}
}

func TestDoctorPureGo(t *testing.T) {
	skipPureGoUnderRace(t, Config{Device: DeviceGo})
	r, err := Doctor(t.Context(), Config{Device: DeviceGo, CacheDir: t.TempDir()})
	if err != nil || len(r.Problems) == 0 || r.Problems[0].ID != ProblemPureGo {
		t.Errorf("problems %v, error %v", r.Problems, err)
	}
}

func TestProblemTextsAreComplete(t *testing.T) {
	for id, texts := range problemTexts {
		if texts[0] == "" || texts[1] == "" {
			t.Errorf("%s lacks a text", id)
		}
	}
	p := Problem{ID: ProblemMemory, Args: map[string]string{"available": "1.5", "needed": "6.0"}}
	if got := p.String(); !strings.Contains(got, "1.5 GB") || strings.Contains(got, "{") {
		t.Errorf("text is %q", got)
	}
	if got := (Problem{ID: "new"}).What(); got != "new" {
		t.Errorf("an unknown problem says %q", got)
	}
}

func TestHugePages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "enabled")
	if err := os.WriteFile(file, []byte("always [madvise] never\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := hugePages(file); got != "madvise" {
		t.Errorf("got %q", got)
	}
	if got := hugePages(file + "x"); got != "" {
		t.Errorf("without a file got %q", got)
	}
}

// realPlugin opens this machine's processor plugin, or skips.
func realPlugin(t *testing.T) Plugin {
	t.Helper()
	e, err := Open(t.Context(), Config{Device: DeviceCPU, Install: InstallNever})
	var missing *NotFoundError
	if errors.As(err, &missing) {
		t.Skip("no XLA plugin on this machine; run `ichimai doctor --install`")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.Info().Plugin
}

func TestPluginUnderAMisleadingPath(t *testing.T) {
	real := realPlugin(t)
	dir := filepath.Join(t.TempDir(), "nvidia, cuda")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "libpjrt.so")
	if err := os.Symlink(real.Path, path); err != nil {
		t.Skip(err)
	}
	for range 2 {
		e, err := Open(t.Context(), Config{Plugin: path, Device: DeviceAuto, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if e.Device() != DeviceCPU || e.Info().Plugin.Path != path || e.Info().Plugin.Origin != OriginSetting {
			t.Errorf("opened %+v", e.Info())
		}
		if s, err := probe(e); err != nil || s.MatMul <= 0 {
			t.Errorf("computing gives %+v, %v", s, err)
		}
		e.Close()
	}
}

func TestMisread(t *testing.T) {
	tests := []struct {
		path, kind string
		want       bool
	}{
		{"/a/pjrt_c_api_cpu_plugin.so", DeviceCPU, false},
		{"/a/libpjrt.so", DeviceCPU, true},
		{"/home/nvidia/cpu.so", DeviceCPU, true},
		{"/a,b/cpu.so", DeviceCPU, true},
		{"/a/xla_cuda_plugin.so", DeviceCUDA, false},
		{"/cpu-farm/xla_cuda_plugin.so", DeviceCUDA, true},
		{"/a/plugin.so", DeviceCUDA, true},
	}
	for _, tt := range tests {
		if got := misread(tt.path, tt.kind); got != tt.want {
			t.Errorf("misread(%s, %s) = %v", tt.path, tt.kind, got)
		}
	}
	if _, _, err := link("/cpu-farm/xla_cuda_plugin.so", DeviceCUDA); err == nil {
		t.Error("a CUDA plugin was linked away from its libraries")
	}
}

func TestInstallIsContentWithAWorkingPlugin(t *testing.T) {
	real := realPlugin(t)
	p, err := Install(t.Context(), Config{Device: DeviceCPU, Install: InstallNever})
	if err != nil || p.Path != real.Path {
		t.Errorf("Install gives %+v, %v, want %s", p, err, real.Path)
	}
	if _, err := Install(t.Context(), Config{Device: DeviceGo}); err == nil {
		t.Error("device go was installed")
	}
}
