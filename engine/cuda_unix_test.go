//go:build unix

package engine

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakePackages puts a python3 on PATH that imports from one folder.
func fakePackages(t *testing.T) string {
	t.Helper()
	bin, packages := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\necho '[\"" + packages + "\"]'\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	return packages
}

func TestFindPython(t *testing.T) {
	packages := fakePackages(t)
	if found, err := findPython(t.Context()); err == nil {
		t.Errorf("found %v in an empty folder", found)
	}
	plugin := filepath.Join(packages, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so")
	older := filepath.Join(packages, "jax_plugins", "xla_cuda12", "xla_cuda_plugin.so")
	touch(t, older, plugin)
	found, err := findPython(t.Context())
	if err != nil || len(found) != 2 || found[0].Path != plugin || found[1].Path != older || found[0].Kind != DeviceCUDA {
		t.Fatalf("found %+v, %v", found, err)
	}
}

func TestPrepareCUDA(t *testing.T) {
	packages := t.TempDir()
	tools := filepath.Join(packages, "nvidia", "cu13")
	touch(t, filepath.Join(tools, "nvvm", "libdevice", "libdevice.10.bc"))
	p := Plugin{Path: filepath.Join(packages, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so"), Kind: DeviceCUDA, Origin: OriginPython}
	t.Setenv("GOPJRT_CUDA_CHECKS", "")
	t.Setenv(envXLAFlags, "--xla_dump_to=x")
	for range 2 { // a second time changes nothing
		if err := prepareCUDA(p); err != nil {
			t.Fatal(err)
		}
		if got, want := os.Getenv(envXLAFlags), "--xla_dump_to=x --xla_gpu_cuda_data_dir="+tools; got != want {
			t.Errorf("%s=%q, want %q", envXLAFlags, got, want)
		}
	}
}

// Where no tools lie beside the plugin, XLA's flags stay, for it to look in the
// system's places; a processor's plugin needs none.
func TestPrepareCUDAWithoutTools(t *testing.T) {
	for kind, checks := range map[string]string{DeviceCUDA: "no", DeviceCPU: "yes"} {
		t.Setenv("GOPJRT_CUDA_CHECKS", "yes")
		t.Setenv(envXLAFlags, "--xla_dump_to=x")
		if err := prepareCUDA(Plugin{Path: filepath.Join(t.TempDir(), "go-xla", "nvidia", "plugin.so"), Kind: kind}); err != nil {
			t.Fatal(err)
		}
		if flags, got := os.Getenv(envXLAFlags), os.Getenv("GOPJRT_CUDA_CHECKS"); flags != "--xla_dump_to=x" || got != checks {
			t.Errorf("%s: %s=%q, go-xla's checks are %q", kind, envXLAFlags, flags, got)
		}
	}
}

// fakeCard makes the driver describe nothing and nvidia-smi, alone on PATH, run a
// shell script; "" is no nvidia-smi.
func fakeCard(t *testing.T, script string) {
	t.Helper()
	before := cardProc
	cardProc = filepath.Join(t.TempDir(), "nowhere")
	t.Cleanup(func() { cardProc = before })
	bin := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(bin, "nvidia-smi"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// cudaPlugin is a plugin that is none, under a name that go-xla reads as a card's.
func cudaPlugin(t *testing.T) Plugin {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xla_cuda_plugin.so")
	touch(t, path)
	return Plugin{Path: path, Kind: DeviceCUDA}
}

// A card's programs are kept by card and driver and by which cards are shown to the
// process; the processor's have nothing to do with them.
func TestIdentityOfACard(t *testing.T) {
	p := cudaPlugin(t)
	of := func(p Plugin) []string {
		id, err := identity(p)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	fakeCard(t, `test "$1" = --query-gpu=name,driver_version,compute_cap && echo "Imaginary 9, 999.1, 9.9"`)
	t.Setenv("CUDA_VISIBLE_DEVICES", "")
	nine, processor := of(p), of(Plugin{Path: p.Path, Kind: DeviceCPU})
	if at := slices.Index(nine, "card"); at < 0 || nine[at+1] != "Imaginary 9, 999.1, 9.9" {
		t.Errorf("it depends on %q", nine)
	}
	if slices.Contains(processor, "card") {
		t.Errorf("the processor's depend on %q", processor)
	}
	t.Setenv("CUDA_VISIBLE_DEVICES", "1")
	if slices.Equal(of(p), nine) {
		t.Error("another card of the machine has the same programs")
	}
	t.Setenv("CUDA_VISIBLE_DEVICES", "")
	cardProc = driverFolder(t, map[string]string{"version": "999.1", "gpus/0/information": "Model: Imaginary 8"})
	eight := of(p)
	if at := slices.Index(eight, "card"); at < 0 || eight[at+1] != "999.1\nImaginary 8" {
		t.Errorf("where the driver says it, it depends on %q", eight)
	}
	t.Setenv("PATH", "")
	if !slices.Equal(of(p), eight) {
		t.Error("nvidia-smi is asked though the driver says it")
	}
}

// Where nobody says what the card is, nothing is kept, and the plugin is loaded as
// go-xla does it.
func TestUnknownCard(t *testing.T) {
	for name, c := range map[string]struct{ script, why string }{
		"no nvidia-smi": {"", "nvidia-smi"},
		"it fails":      {"echo No devices were found; exit 6", "nvidia-smi"},
		"it is silent":  {"exit 0", "no card"},
	} {
		p, cfg := cudaPlugin(t), isolated(t)
		fakeCard(t, c.script)
		if id, err := identity(p); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %q, %v", name, id, err)
		}
		var log strings.Builder
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, err := load(cfg, p) // which is no plugin, so that even go-xla cannot
		if err == nil || !strings.Contains(err.Error(), "failed to load PJRT plugin") {
			t.Errorf("%s: loading gave %v", name, err)
		}
		if !strings.Contains(log.String(), "compiled programs are not kept") || !strings.Contains(log.String(), c.why) {
			t.Errorf("%s: the log is %s", name, log.String())
		}
	}
}

func TestCUDANeedsACardToInstall(t *testing.T) {
	cfg := isolated(t)
	withCard(t, false)
	fakePackages(t)
	cfg.Device = DeviceCUDA
	_, err := Open(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "CUDA") && !strings.Contains(err.Error(), "NVIDIA card") {
		t.Errorf("error is %v", err)
	}
}

func TestOptions(t *testing.T) {
	if got := options(DeviceCUDA); !strings.Contains(got, "preallocate=false") || !strings.Contains(got, "shared_buffers=false") {
		t.Errorf("a card's options are %q: its memory must not be taken ahead nor shared", got)
	}
	if got := options(DeviceCPU); !strings.Contains(got, "shared_buffers=true") {
		t.Errorf("the processor's options are %q", got)
	}
}
