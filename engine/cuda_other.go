//go:build !(linux && amd64)

package engine

import (
	"context"
	"errors"
)

const cudaProject = "jax-cuda13-pjrt"

// installCUDA explains that there is nothing to install.
func installCUDA(context.Context, Config) ([]Plugin, error) {
	return nil, errors.New("CUDA plugins exist for linux/amd64 only")
}
