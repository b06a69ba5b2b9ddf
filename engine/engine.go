package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"

	"github.com/ichimai/ichimai/engine/compilecache"
)

// Engine is an opened device. It is safe for concurrent use.
type Engine struct {
	backend compute.Backend
	info    Info
	close   sync.Once
}

// Info says what an [Engine] computes with.
type Info struct {
	Device   string `json:"device"`             // cpu, cuda or go
	Platform string `json:"platform"`           // what the backend calls the device that computes
	API      string `json:"api,omitempty"`      // the plugin's PJRT API version, such as "0.115"
	Plugin   Plugin `json:"plugin,omitzero"`    // empty for the pure-Go backend
	Fallback string `json:"fallback,omitempty"` // why a better device was not used, "" when none was passed over
}

// Open finds or installs a plugin for the device that cfg asks for and opens
// it. Device cpu and cuda fail with a [NotFoundError] when there is none; auto
// falls back from cuda to cpu to the pure-Go backend and says so once in the
// log. ctx bounds an installation; an opened engine no longer depends on it.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	switch cfg.Device {
	case DeviceGo:
		return openGo(cfg, "")
	case DeviceAuto:
		return openAuto(ctx, cfg)
	default:
		return openXLA(ctx, cfg, cfg.Device)
	}
}

// openAuto tries the card, the processor and pure Go in turn. A plugin that the
// person named is used or refused, never passed over.
func openAuto(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Plugin != "" {
		return openXLA(ctx, cfg, kindOf(cfg.Plugin))
	}
	fallback := ""
	if hasNvidia() {
		e, err := openXLA(ctx, cfg, DeviceCUDA)
		if err == nil || ctx.Err() != nil {
			return e, err
		}
		fallback = err.Error()
		warnOnce(cfg.Log, "the NVIDIA card cannot be used; computing on the processor", fallback)
	}
	e, err := openXLA(ctx, cfg, DeviceCPU)
	var missing *NotFoundError
	if errors.As(err, &missing) && ctx.Err() == nil {
		return openGo(cfg, err.Error())
	}
	if err != nil {
		return nil, err
	}
	e.info.Fallback = fallback
	return e, nil
}

// openGo opens the backend that needs nothing but Go. It does one operation at a
// time: with compute 0.1.4 two large products beside each other may each hold one
// of two workers and wait for another for ever.
func openGo(cfg Config, fallback string) (*Engine, error) {
	backend, err := gobackend.New("ops_sequential")
	if err != nil {
		return nil, err
	}
	warnOnce(cfg.Log, "computing in pure Go, about 1 GFLOP/s on convolutions: a picture takes hours, not seconds; "+
		"run `ichimai doctor --install` for an XLA plugin, or name one with "+EnvPlugin, fallback)
	info := Info{Device: DeviceGo, Platform: backend.Description(), Fallback: fallback}
	return &Engine{backend: backend, info: info}, nil
}

// warned remembers what each logger was told.
var warned sync.Map

// warnOnce logs a warning once a logger, however many engines are opened.
func warnOnce(log *slog.Logger, text, why string) {
	type key struct {
		log  *slog.Logger
		text string
	}
	if _, told := warned.LoadOrStore(key{log, text}, true); told {
		return
	}
	if why != "" {
		log = log.With("why", why)
	}
	log.Warn(text)
}

// Backend returns the GoMLX backend, which stays valid until Close.
func (e *Engine) Backend() compute.Backend { return e.backend }

// Device returns cpu, cuda or go.
func (e *Engine) Device() string { return e.info.Device }

// Info returns what the engine computes with.
func (e *Engine) Info() Info { return e.info }

// Compiled tells how many programs were compiled and how many came from the
// cache, since this process loaded the plugin; zero where none are kept.
func (e *Engine) Compiled() compilecache.Counts {
	if w := wrappedAt(e.info.Plugin.Path); w != nil && e.info.Plugin.Path != "" {
		return w.Counts()
	}
	return compilecache.Counts{}
}

// Close releases the backend. Tensors and programs on it are invalid
// afterwards. Closing again does nothing.
func (e *Engine) Close() {
	e.close.Do(func() {
		measurements.Delete(e.backend)
		e.backend.Finalize()
	})
}
