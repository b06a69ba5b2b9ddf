package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Install makes sure that the device which cfg asks for has a working plugin
// and returns it: it checks the hash of one that was installed before, removes
// it if it was damaged, fetches what is missing and opens the result once.
// Device auto means cuda on a machine with a card, else cpu; go needs none and
// is refused.
func Install(ctx context.Context, cfg Config) (Plugin, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return Plugin{}, err
	}
	switch {
	case cfg.Device == DeviceGo:
		return Plugin{}, fmt.Errorf("device %q needs no plugin; choose %s, %s or %s", DeviceGo, DeviceAuto, DeviceCPU, DeviceCUDA)
	case cfg.Device != DeviceAuto:
	case cfg.Plugin != "":
		cfg.Device = kindOf(cfg.Plugin)
	case hasNvidia():
		cfg.Device = DeviceCUDA
	default:
		cfg.Device = DeviceCPU
	}
	if err := removeDamaged(cfg); err != nil {
		return Plugin{}, err
	}
	e, err := openXLA(ctx, cfg, cfg.Device)
	if err != nil {
		return Plugin{}, err
	}
	defer e.Close()
	return e.Info().Plugin, nil
}

// removeDamaged deletes installed plugins whose bytes are not those recorded.
func removeDamaged(cfg Config) error {
	installed, _ := findCached(cfg, cfg.Device)
	for _, p := range installed {
		if err := p.Verify(); err == nil {
			continue
		}
		cfg.Log.Warn("the installed plugin was damaged; installing again", "plugin", p.Path)
		dir, err := filepath.Rel(cfg.pluginDir(cfg.Device), p.Path)
		if err != nil {
			return err
		}
		top := firstFolder(dir)
		if err := os.RemoveAll(filepath.Join(cfg.pluginDir(cfg.Device), top)); err != nil {
			return fmt.Errorf("remove the damaged plugin: %w", err)
		}
	}
	return nil
}

// firstFolder returns the first element of a relative path.
func firstFolder(path string) string {
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(path) {
		path = dir
	}
	return path
}

// Verify reads an installed plugin and compares it with the SHA-256 recorded
// when it was installed. A plugin without a record has nothing to compare with.
func (p Plugin) Verify() error {
	if p.SHA256 == "" {
		return nil
	}
	sum, n, err := hashFile(p.Path)
	if err != nil {
		return err
	}
	if sum != p.SHA256 {
		return fmt.Errorf("%s (%d bytes) has SHA-256 %s, but %s was installed", p.Path, n, sum, p.SHA256)
	}
	return nil
}
