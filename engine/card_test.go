package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// driverFolder is what NVIDIA's driver says of itself, as files by their names, in a
// folder of its own.
func driverFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		touch(t, path)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCardFromProc(t *testing.T) {
	const version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  999.1\n"
	card := func(model string) string {
		return "Model: \t\t " + model + "\nIRQ:   \t\t 42\nGPU UUID: \t GPU-0\n"
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"one card": {map[string]string{"version": version, "gpus/0000:01:00.0/information": card("Imaginary 9")},
			"NVRM version: NVIDIA UNIX x86_64 Kernel Module  999.1\nImaginary 9"},
		"two cards": {map[string]string{"version": version, "gpus/0000:02:00.0/information": card("Imaginary 8"), "gpus/0000:01:00.0/information": card("Imaginary 9")},
			"NVRM version: NVIDIA UNIX x86_64 Kernel Module  999.1\nImaginary 9\nImaginary 8"},
		"nothing":        {nil, ""},
		"no version":     {map[string]string{"gpus/0000:01:00.0/information": card("Imaginary 9")}, ""},
		"no card":        {map[string]string{"version": version, "gpus/0000:01:00.0/power": "0"}, ""},
		"a nameless one": {map[string]string{"version": version, "gpus/0000:01:00.0/information": card("Imaginary 9"), "gpus/0000:02:00.0/information": "IRQ: 42\n"}, ""},
	} {
		if got := cardFromProc(driverFolder(t, c.files)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What XLA links into its programs lies beside a plugin in two layouts, or nowhere.
func TestCUDATools(t *testing.T) {
	const pip, goXLA = "jax_plugins/xla_cuda13/xla_cuda_plugin.so", "go-xla/nvidia/pjrt_c_api_cuda_plugin.so"
	library := func(dir string) string { return dir + "/nvvm/libdevice/libdevice.10.bc" }
	for name, c := range map[string]struct {
		plugin string
		files  []string
		want   string
	}{
		"pip, CUDA 13":   {pip, []string{library("nvidia/cu13"), library("nvidia/cuda_nvcc")}, "nvidia/cu13"},
		"pip, CUDA 12":   {pip, []string{library("nvidia/cuda_nvcc"), "nvidia/cu13/lib/libcudart.so"}, "nvidia/cuda_nvcc"},
		"go-xla":         {goXLA, []string{library("go-xla/nvidia/cu13"), "go-xla/nvidia/bin/ptxas"}, "go-xla/nvidia/cu13"},
		"go-xla, before": {goXLA, []string{library("go-xla/nvidia")}, "go-xla/nvidia"},
		"none":           {pip, []string{"nvidia/cu13/bin/ptxas"}, ""},
		"nothing":        {goXLA, nil, ""},
	} {
		root, want := t.TempDir(), ""
		at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
		touch(t, at(c.plugin))
		for _, file := range c.files {
			touch(t, at(file))
		}
		if c.want != "" {
			want = at(c.want)
		}
		if got := cudaTools(at(c.plugin)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
