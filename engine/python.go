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

// prepareCUDA points XLA at the NVIDIA tools (ptxas, libdevice) that pip put
// beside a plugin in python's packages. go-xla only knows its own layout and
// would warn that they are missing.
func prepareCUDA(p Plugin) error {
	if p.Origin != OriginPython || strings.Contains(os.Getenv(envXLAFlags), "xla_gpu_cuda_data_dir") {
		return nil
	}
	packages := filepath.Dir(filepath.Dir(filepath.Dir(p.Path)))
	for _, dir := range []string{"cu13", "cuda_nvcc"} {
		tools := filepath.Join(packages, "nvidia", dir)
		if st, err := os.Stat(tools); err != nil || !st.IsDir() {
			continue
		}
		if err := os.Setenv("GOPJRT_CUDA_CHECKS", "no"); err != nil {
			return err
		}
		return os.Setenv(envXLAFlags, strings.TrimSpace(os.Getenv(envXLAFlags)+" --xla_gpu_cuda_data_dir="+tools))
	}
	return nil
}
