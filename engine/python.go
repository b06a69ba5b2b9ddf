package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// cudaModules are the folders in which JAX's wheels put the plugin, best first.
var cudaModules = []string{"xla_cuda13", "xla_cuda12"}

// findPython looks for JAX's CUDA plugin among the packages of python3, the one
// of an active virtual environment included.
func findPython(ctx context.Context) ([]Plugin, error) {
	folders, err := pythonPath(ctx)
	if err != nil {
		return nil, err
	}
	var found []Plugin
	for _, module := range cudaModules {
		for _, dir := range folders {
			path := filepath.Join(dir, "jax_plugins", module, "xla_cuda_plugin.so")
			if p, err := pluginAt(path, DeviceCUDA, OriginPython); err == nil {
				p.Name = module
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no jax_plugins/xla_cuda13/xla_cuda_plugin.so in %s", strings.Join(folders, ", "))
	}
	return found, nil
}

// pythonPath returns the folders from which python3 imports packages.
func pythonPath(ctx context.Context) ([]string, error) {
	cmd := exec.CommandContext(ctx, "python3", "-c", "import json, sys; print(json.dumps([p for p in sys.path if p.endswith('-packages')]))")
	cmd.WaitDelay = pipGrace
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ask python3 for its packages: %w", err)
	}
	var folders []string
	if err := json.Unmarshal(out, &folders); err != nil {
		return nil, fmt.Errorf("read python3's answer %q: %w", shorten(string(out)), err)
	}
	return folders, nil
}

// envXLAFlags holds XLA's own flags; it is read when a plugin is loaded.
const envXLAFlags = "XLA_FLAGS"

// prepareCUDA points XLA at the NVIDIA tools (ptxas, libdevice) that pip or
// go-xla's installer put beside a plugin. Where none are, XLA looks in the
// system's own places, such as /usr/local/cuda.
func prepareCUDA(p Plugin) error {
	if p.Kind != DeviceCUDA || strings.Contains(os.Getenv(envXLAFlags), "xla_gpu_cuda_data_dir") {
		return nil
	}
	// Whatever is found here: go-xla only knows its own layout and would warn.
	if err := os.Setenv("GOPJRT_CUDA_CHECKS", "no"); err != nil {
		return err
	}
	tools := cudaTools(p.Path)
	if tools == "" {
		return nil
	}
	return os.Setenv(envXLAFlags, strings.TrimSpace(os.Getenv(envXLAFlags)+" --xla_gpu_cuda_data_dir="+tools))
}

// cudaTools is the folder beside a plugin, in pip's layout or in go-xla's, that
// holds libdevice, the mathematics that XLA links into what it compiles; "" if
// there is none.
func cudaTools(plugin string) string {
	beside := filepath.Dir(plugin)
	packages := filepath.Dir(filepath.Dir(beside))
	for _, dir := range []string{
		filepath.Join(packages, "nvidia", "cu13"), filepath.Join(packages, "nvidia", "cuda_nvcc"),
		filepath.Join(beside, "cu13"), beside,
	} {
		if _, err := os.Stat(filepath.Join(dir, "nvvm", "libdevice", "libdevice.10.bc")); err == nil {
			return dir
		}
	}
	return ""
}
