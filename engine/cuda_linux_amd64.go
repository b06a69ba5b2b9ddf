package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/go-xla/installer"
)

// cudaProject is the wheel that holds XLA's CUDA plugin.
const cudaProject = "jax-cuda13-pjrt"

// cudaBytes is about what the plugin and NVIDIA's libraries weigh.
const cudaBytes = 3 << 30

// installCUDA asks go-xla's installer for the CUDA plugin and the NVIDIA
// libraries that it loads, several gigabytes. The installer compares every
// wheel with the package index's SHA-256.
func installCUDA(ctx context.Context, cfg Config) ([]Plugin, error) {
	if !hasNvidia() {
		return nil, errors.New("not used: this machine shows no NVIDIA card (no /dev/nvidia*, no nvidia-smi)")
	}
	offer := Offer{Device: DeviceCUDA, Source: cudaProject, Licence: "Apache-2.0 AND LicenseRef-NVIDIA-Proprietary", Bytes: cudaBytes}
	return installed(install(ctx, cfg, offer, cudaProject, func(ctx context.Context, dir string) (source, error) {
		defer watchSize(dir, func(n int64) {
			cfg.Progress(Progress{Phase: PhaseDownload, Source: offer.Source, Done: n})
		})()
		var version string
		err := interruptible(ctx, func() (err error) {
			version, err = fetchCUDA(dir)
			return err
		})
		if err != nil {
			return source{}, err
		}
		path := filepath.Join(dir, "go-xla", "nvidia", installer.NVIDIAPJRTPluginFileName)
		return recordOf(dir, path, source{Project: cudaProject, Version: version, From: "go-xla's installer", Licence: offer.Licence})
	}))
}

// fetchCUDA fills dir/go-xla/nvidia, the layout that go-xla and the plugin's
// own library path expect, and returns the plugin's version.
func fetchCUDA(dir string) (version string, err error) {
	nvidia := filepath.Join(dir, "go-xla", "nvidia")
	if err := installer.CudaInstallNvidiaLibraries("cuda13", "latest", nvidia, false, installer.Quiet); err != nil {
		return "", err
	}
	version, err = installer.CudaInstallPJRT("cuda13", "latest", nvidia, false, installer.Quiet)
	if err != nil {
		return "", err
	}
	// The installer links ptxas by its absolute path, which ends with the rename.
	link := filepath.Join(nvidia, "bin", "ptxas")
	if err := os.Remove(link); err != nil {
		return "", fmt.Errorf("link ptxas: %w", err)
	}
	return version, os.Symlink(filepath.Join("..", "cu13", "bin", "ptxas"), link)
}
