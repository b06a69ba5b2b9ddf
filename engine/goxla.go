package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
)

// goXLAProject is where go-xla's own processor plugins are released.
const goXLAProject = "gomlx/pjrt-cpu-binaries"

// installGoXLA asks go-xla's installer for the processor plugin that this
// version of go-xla was tested with. It covers the systems that no pinned wheel
// does. The releases carry no checksums: the hash in our record is of what came.
func installGoXLA(ctx context.Context, cfg Config) ([]Plugin, error) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	if !slices.Contains(installer.CPUSupportedPlatforms, platform) {
		return nil, fmt.Errorf("it has nothing for %s; it has %s", platform, strings.Join(installer.CPUSupportedPlatforms, ", "))
	}
	version := pjrt.DefaultCPUVersion
	offer := Offer{Device: DeviceCPU, Source: goXLAProject + " " + version, Licence: "Apache-2.0"}
	return installed(install(ctx, cfg, offer, "go-xla-"+version, func(ctx context.Context, dir string) (source, error) {
		cfg.Progress(Progress{Phase: PhaseDownload, Source: offer.Source})
		err := interruptible(ctx, func() error {
			return installer.CPUInstall(platform, version, dir, false, installer.Quiet)
		})
		if err != nil {
			return source{}, err
		}
		plugins := pluginsIn(dir, DeviceCPU, OriginInstaller)
		if len(plugins) == 0 {
			return source{}, fmt.Errorf("%s holds no plugin", offer.Source)
		}
		return recordOf(dir, plugins[0].Path, source{Project: goXLAProject, Version: version, From: "go-xla's installer", Licence: offer.Licence})
	}))
}

// installed marks a plugin as fresh from go-xla's installer.
func installed(p Plugin, err error) ([]Plugin, error) {
	if err != nil {
		return nil, err
	}
	p.Origin = OriginInstaller
	return []Plugin{p}, nil
}

// recordOf completes a record with the plugin's place in dir, size and hash.
func recordOf(dir, path string, s source) (source, error) {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return s, err
	}
	s.Plugin = rel
	s.SHA256, s.Bytes, err = hashFile(path)
	return s, err
}

// hashFile returns a file's SHA-256 and size.
func hashFile(path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	hash := sha256.New()
	n, err = io.Copy(hash, f)
	return hex.EncodeToString(hash.Sum(nil)), n, err
}

// interruptible runs work that knows no context and returns early when ctx
// ends. The work then goes on by itself, into a folder that is removed from
// under it; what it still writes there goes at the next installation.
func interruptible(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- Try(work) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
