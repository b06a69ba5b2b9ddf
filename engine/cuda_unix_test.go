//go:build unix

package engine

import (
	"os"
	"path/filepath"
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
