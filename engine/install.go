package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

var (
	errNotAllowed = errors.New("installing is turned off")
	errDeclined   = errors.New("the download was declined")
)

// fetch obtains a plugin and puts it into dir, an empty folder, with every
// other file that it needs. It returns the record to keep beside it.
type fetch func(ctx context.Context, dir string) (source, error)

// install runs a fetch beside the place where its result belongs and renames it
// there, so that a plugin is either wholly there or not at all. A lock keeps
// other processes out; whoever waited finds the winner's plugin and returns it.
func install(ctx context.Context, cfg Config, offer Offer, folder string, get fetch) (Plugin, error) {
	if cfg.Install == InstallNever {
		return Plugin{}, errNotAllowed
	}
	parent := cfg.pluginDir(offer.Device)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return Plugin{}, fmt.Errorf("create the cache folder: %w; set %s to a folder that can be written", err, EnvCache)
	}
	unlock, err := lockFile(ctx, filepath.Join(parent, ".lock"), func() {
		cfg.Progress(Progress{Phase: PhaseWaiting, Source: offer.Source})
	})
	if err != nil {
		return Plugin{}, fmt.Errorf("lock the cache folder: %w; set %s to a folder that can be written", err, EnvCache)
	}
	defer unlock()
	place := filepath.Join(parent, folder)
	if p, err := readSource(filepath.Join(place, sourceFile), offer.Device); err == nil {
		return p, nil
	}
	if !cfg.Confirm(ctx, offer) {
		return Plugin{}, errDeclined
	}
	if err := installAt(ctx, parent, place, get); err != nil {
		return Plugin{}, err
	}
	p, err := readSource(filepath.Join(place, sourceFile), offer.Device)
	if err != nil {
		return p, err
	}
	cfg.Progress(Progress{Phase: PhaseDone, Source: offer.Source, Done: p.Bytes, Total: p.Bytes})
	return p, nil
}

// installAt fetches into a folder beside place and renames it. The caller holds
// the lock, so folders that a killed process left behind can go.
func installAt(ctx context.Context, parent, place string, get fetch) error {
	stale, _ := filepath.Glob(filepath.Join(parent, partialPrefix+"*"))
	for _, dir := range stale {
		os.RemoveAll(dir)
	}
	partial, err := os.MkdirTemp(parent, partialPrefix)
	if err != nil {
		return fmt.Errorf("create a folder for the download: %w; set %s to a folder that can be written", err, EnvCache)
	}
	defer os.RemoveAll(partial)
	record, err := get(ctx, partial)
	if err != nil {
		return err
	}
	record.Installed = time.Now().UTC().Truncate(time.Second)
	if err := writeSource(partial, record); err != nil {
		return err
	}
	if err := os.Chmod(partial, 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(place); err != nil {
		return fmt.Errorf("remove the damaged plugin: %w", err)
	}
	return os.Rename(partial, place)
}

// installPin installs a pinned wheel.
func installPin(ctx context.Context, cfg Config, p pin) ([]Plugin, error) {
	if err := p.runsOn(runtime.GOOS, runtime.GOARCH); err != nil {
		return nil, err
	}
	offer := Offer{Device: DeviceCPU, Source: p.title(), Licence: p.Licence, Bytes: p.WheelBytes}
	plugin, err := install(ctx, cfg, offer, p.folder(), func(ctx context.Context, dir string) (source, error) {
		return fetchPin(ctx, cfg, p, dir)
	})
	if err != nil {
		return nil, err
	}
	plugin.Origin = OriginWheel
	return []Plugin{plugin}, nil
}

// fetchPin downloads, checks and unpacks a pinned wheel into dir.
func fetchPin(ctx context.Context, cfg Config, p pin, dir string) (source, error) {
	report := func(phase Phase, done, total int64) {
		cfg.Progress(Progress{Phase: phase, Source: p.title(), Done: done, Total: total})
	}
	download := filepath.Join(dir, "download")
	if err := os.Mkdir(download, 0o755); err != nil {
		return source{}, err
	}
	wheel, err := pipDownload(ctx, p, download, report)
	if err != nil {
		return source{}, err
	}
	const name = "pjrt_c_api_cpu_plugin.so"
	if err := unpackWheel(ctx, p, wheel, filepath.Join(dir, name), report); err != nil {
		return source{}, err
	}
	record := source{Plugin: name, Project: p.Project, Version: p.Version, From: p.File, Licence: p.Licence,
		SHA256: p.SHA256, Wheel: p.WheelSHA256, Bytes: p.Bytes}
	return record, os.RemoveAll(download)
}
