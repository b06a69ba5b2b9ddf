package engine

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// touch creates files with their folders.
func touch(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("plugin"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPluginsIn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"pjrt_c_api_cpu_v0.83.1_plugin.so", "pjrt_c_api_cpu_plugin.so", "pjrt-plugin-cuda.so",
		"pjrt_c_api_cuda_plugin.so", "libcpu.so", "pjrt_c_api_cpu_plugin.so.tmp", "pjrt_c_api_tpu_plugin.so"} {
		touch(t, filepath.Join(dir, name))
	}
	for kind, want := range map[string][]string{DeviceCPU: {"cpu", "cpu_v0.83.1"}, DeviceCUDA: {"cuda", "cuda"}} {
		var got []string
		for _, p := range pluginsIn(dir, kind, OriginGoXLA) {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s plugins (-want +got):\n%s", kind, diff)
		}
	}
}

func TestGoXLAFolders(t *testing.T) {
	t.Run("Setting", func(t *testing.T) {
		t.Setenv(envGoXLAPath, "/one::/two")
		if diff := cmp.Diff([]string{"/one", "/two"}, goXLAFolders()); diff != "" {
			t.Errorf("folders (-want +got):\n%s", diff)
		}
	})
	t.Run("Defaults", func(t *testing.T) {
		t.Setenv(envGoXLAPath, "")
		os.Unsetenv(envGoXLAPath)
		t.Setenv("HOME", "/home/somebody")
		t.Setenv("LD_LIBRARY_PATH", "relative:/opt/lib")
		got := strings.Join(goXLAFolders(), " ")
		for _, want := range []string{"/home/somebody/", "/usr/local/lib/go-xla", "/opt/lib"} {
			if !strings.Contains(got, want) {
				t.Errorf("folders %s lack %s", got, want)
			}
		}
		if strings.Contains(got, "relative") {
			t.Errorf("folders %s hold a relative one", got)
		}
	})
}

func TestLinkerFolders(t *testing.T) {
	dir := t.TempDir()
	main, more := filepath.Join(dir, "ld.so.conf"), filepath.Join(dir, "d", "more.conf")
	for path, text := range map[string]string{
		main: "# comment\ninclude " + filepath.Join(dir, "d", "*.conf") + "\n/usr/lib/a # why\nrelative\n",
		more: "/usr/lib/b\ninclude " + main + "\n", // a circle ends
	} {
		touch(t, path)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := linkerFolders([]string{"/first"}, main, 0)
	if diff := cmp.Diff([]string{"/first", "/usr/lib/b"}, got[:2]); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	if last := got[len(got)-1]; last != "/usr/lib/a" {
		t.Errorf("last folder is %s", last)
	}
	if got := linkerFolders(nil, filepath.Join(dir, "none"), 0); got != nil {
		t.Errorf("a missing file gives %v", got)
	}
}

// searchable returns a configuration with one plugin of a kind in go-xla's
// folders and one in the cache.
func searchable(t *testing.T, kind string) (cfg Config, goXLA, cached string) {
	t.Helper()
	for _, name := range []string{EnvDevice, EnvPlugin, EnvCache} {
		t.Setenv(name, "")
	}
	folder := t.TempDir()
	t.Setenv(envGoXLAPath, folder)
	cfg, err := Config{CacheDir: t.TempDir(), Install: InstallNever, Log: slog.New(slog.DiscardHandler)}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	goXLA = filepath.Join(folder, "pjrt_c_api_"+kind+"_plugin.so")
	cached = filepath.Join(cfg.pluginDir(kind), "thing-1.2", "pjrt_c_api_"+kind+"_plugin.so")
	touch(t, goXLA, cached)
	s := source{Plugin: filepath.Base(cached), Project: "thing", Version: "1.2", Bytes: int64(len("plugin"))}
	if err := writeSource(filepath.Dir(cached), s); err != nil {
		t.Fatal(err)
	}
	return cfg, goXLA, cached
}

func TestSearchOrder(t *testing.T) {
	cfg, goXLA, cached := searchable(t, DeviceCPU)
	var opened []string
	broken := errors.New("does not load")
	_, err := firstWorking(t.Context(), DeviceCPU, steps(cfg, DeviceCPU), func(p Plugin) (*Engine, error) {
		opened = append(opened, p.Origin+" "+p.Path)
		return nil, broken
	})
	want := []string{OriginGoXLA + " " + goXLA, OriginCache + " " + cached}
	if diff := cmp.Diff(want, opened); diff != "" {
		t.Errorf("plugins tried (-want +got):\n%s", diff)
	}
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		t.Fatalf("error is %v", err)
	}
	order := []string{"setting", "go-xla's folders: " + goXLA, "cache folder", "wheel " + cpuPins[0].title(), "wheel " + cpuPins[1].title(), "go-xla's installer"}
	if len(missing.Tried) != len(order) {
		t.Fatalf("%d attempts, want %d:\n%v", len(missing.Tried), len(order), err)
	}
	for i, a := range missing.Tried {
		if !strings.HasPrefix(a.Where, order[i]) || a.Why == "" {
			t.Errorf("attempt %d is %+v, want %s", i, a, order[i])
		}
		if !strings.Contains(err.Error(), a.Why) {
			t.Errorf("the error does not say %q", a.Why)
		}
	}
	for _, words := range []string{"does not load", "doctor --install", EnvPlugin} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error does not say %q", words)
		}
	}
}

func TestSearchStopsAtTheFirstThatOpens(t *testing.T) {
	cfg, _, cached := searchable(t, DeviceCPU)
	e, err := firstWorking(t.Context(), DeviceCPU, steps(cfg, DeviceCPU), func(p Plugin) (*Engine, error) {
		if p.Origin != OriginCache {
			return nil, errors.New("broken")
		}
		return &Engine{info: Info{Plugin: p}}, nil
	})
	if err != nil || e.Info().Plugin.Path != cached {
		t.Fatalf("opened %v, %v, want %s", e, err, cached)
	}
}

func TestOpenRefusesWhatWasAskedFor(t *testing.T) {
	cfg, _, _ := searchable(t, DeviceCPU)
	t.Run("ErrDevice", func(t *testing.T) {
		if _, err := Open(t.Context(), Config{Device: "tpu"}); err == nil || !strings.Contains(err.Error(), `"tpu"`) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("ErrBrokenPlugins", func(t *testing.T) {
		cfg := cfg
		cfg.Device = DeviceCPU
		var missing *NotFoundError
		if _, err := Open(t.Context(), cfg); !errors.As(err, &missing) {
			t.Errorf("device cpu with broken plugins gives %v", err)
		}
	})
	t.Run("ErrNamedPlugin", func(t *testing.T) {
		for _, path := range []string{filepath.Join(t.TempDir(), "none.so"), t.TempDir()} {
			cfg := cfg
			cfg.Plugin = path
			if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("plugin %s gives %v", path, err)
			}
		}
	})
	t.Run("ErrCancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Open(ctx, cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAutoFallsBackToGo(t *testing.T) {
	cfg, _, _ := searchable(t, DeviceCPU)
	withCard(t, false)
	var log strings.Builder
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	for range 2 {
		e, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if e.Device() != DeviceGo || !strings.Contains(e.Info().Fallback, "wheel") {
			t.Errorf("opened %+v", e.Info())
		}
		e.Close()
		e.Close()
	}
	if n := strings.Count(log.String(), "GFLOP/s"); n != 1 {
		t.Errorf("warned %d times, want once:\n%s", n, log.String())
	}
}

// withCard pretends that the machine has an NVIDIA card, or none.
func withCard(t *testing.T, has bool) {
	t.Helper()
	before := hasNvidia
	hasNvidia = func() bool { return has }
	t.Cleanup(func() { hasNvidia = before })
}

func TestAutoTellsWhyTheCardIsPassedOver(t *testing.T) {
	cfg, _, _ := searchable(t, DeviceCUDA)
	withCard(t, true)
	t.Setenv("PATH", t.TempDir()) // no python3
	var log strings.Builder
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Device() == DeviceCUDA {
		t.Fatal("a broken CUDA plugin opened")
	}
	if n := strings.Count(log.String(), "NVIDIA card cannot be used"); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, log.String())
	}
}

func TestKindOf(t *testing.T) {
	for path, want := range map[string]string{
		"/x/pjrt_c_api_cpu_plugin.so": DeviceCPU, "/nvidia/libpjrt.so": DeviceCPU,
		"/x/xla_cuda_plugin.so": DeviceCUDA, "/x/PJRT-Plugin-CUDA.so": DeviceCUDA,
	} {
		if got := kindOf(path); got != want {
			t.Errorf("kindOf(%s) = %s, want %s", path, got, want)
		}
	}
}

func TestCacheRecordMustStayInside(t *testing.T) {
	cfg, _, cached := searchable(t, DeviceCPU)
	if err := writeSource(filepath.Dir(cached), source{Plugin: "../../escape.so"}); err != nil {
		t.Fatal(err)
	}
	if found, err := findCached(cfg, DeviceCPU); len(found) != 0 || err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("found %v, error %v", found, err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(cached), sourceFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err := findCached(cfg, DeviceCPU); len(found) != 0 || err == nil {
		t.Errorf("a broken record gives %v, %v", found, err)
	}
}
