package engine

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

// openXLA opens the first plugin of a kind that works.
func openXLA(ctx context.Context, cfg Config, kind string) (*Engine, error) {
	if cfg.Plugin != "" {
		return openNamed(cfg, kind)
	}
	return firstWorking(ctx, kind, steps(cfg, kind), func(p Plugin) (*Engine, error) { return openPlugin(cfg, p) })
}

// firstWorking takes the steps in order and returns the first plugin that
// opens, or a [NotFoundError] that tells how each of them failed.
func firstWorking(ctx context.Context, kind string, places []step, open func(Plugin) (*Engine, error)) (*Engine, error) {
	missing := &NotFoundError{Device: kind, Tried: []Attempt{{Where: "setting " + EnvPlugin, Why: "not set"}}}
	for _, s := range places {
		plugins, err := s.find(ctx)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("open an XLA plugin: %w", context.Cause(ctx))
		}
		if err != nil {
			missing.Tried = append(missing.Tried, Attempt{Where: s.where, Why: err.Error()})
		}
		for _, p := range plugins {
			e, err := open(p)
			if err == nil {
				return e, nil
			}
			missing.Tried = append(missing.Tried, Attempt{Where: s.where + ": " + p.Path, Why: shorten(err.Error())})
		}
	}
	return nil, missing
}

// openNamed opens the plugin that the person named. It never looks further:
// somebody asked for this one.
func openNamed(cfg Config, kind string) (*Engine, error) {
	p, err := pluginAt(cfg.Plugin, kind, OriginSetting)
	if err == nil {
		var e *Engine
		if e, err = openPlugin(cfg, p); err == nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("open the XLA plugin that was set (%s): %w; correct the setting, or remove it to search", cfg.Plugin, err)
}

// openPlugin loads a plugin file and opens its device. Some versions and tools
// of go-xla close file descriptor 2 while a client is created, to silence the
// plugin's own log, and replace os.Stderr; the way taken here in go-xla 0.4.2
// does not, and a test watches that lines logged meanwhile arrive and that
// descriptor 2 stays what it was.
func openPlugin(cfg Config, p Plugin) (*Engine, error) {
	// Behind our back go-xla would download its own choice of plugin.
	xla.EnableAutoInstall(false)
	if err := prepareCUDA(p); err != nil {
		return nil, err
	}
	name, err := load(cfg, p)
	if err != nil {
		return nil, err
	}
	var backend *xla.Backend
	err = Try(func() error {
		backend, err = xla.NewWithOptions(name+options(p.Kind), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	cfg.Log.Debug("opened XLA", "device", p.Kind, "plugin", p.Path, "origin", p.Origin)
	info := Info{Device: p.Kind, Platform: backend.DeviceDescription(0), API: apiVersion(name), Plugin: p}
	if p.Kind == DeviceCPU && !cfg.NoMeasuring {
		m, err := openMeasurements(cfg, p)
		if err != nil {
			return nil, err
		}
		measurements.Store(compute.Backend(backend), m)
	}
	return &Engine{backend: backend, info: info}, nil
}

// apiVersion is the PJRT API version of a plugin that was loaded.
func apiVersion(name string) string {
	plugin, err := pjrt.GetPlugin(name)
	if err != nil {
		return ""
	}
	major, minor := plugin.Version()
	return fmt.Sprintf("%d.%d", major, minor)
}

// options are go-xla's settings for a kind of device. Shared buffers are said
// outright because go-xla would guess them from the letters "cpu" in the path.
// On a card nothing is allocated ahead: XLA's own default takes three quarters
// of its memory, away from other programs and from a second engine.
func options(kind string) string {
	if kind == DeviceCUDA {
		return ",shared_buffers=false,preallocate=false"
	}
	return ",shared_buffers=true"
}
