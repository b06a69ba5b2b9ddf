package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Names of the devices that [Config.Device] may ask for.
const (
	DeviceAuto = "auto" // CUDA where there is a card and a plugin for it, else the processor
	DeviceCPU  = "cpu"  // XLA on the processor
	DeviceCUDA = "cuda" // XLA on an NVIDIA card
	DeviceGo   = "go"   // the pure-Go backend: no plugin, about a hundred times slower
)

// Environment variables that stand in for empty fields of [Config].
const (
	EnvDevice = "ICHIMAI_DEVICE"
	EnvPlugin = "ICHIMAI_PJRT_PLUGIN"
	EnvCache  = "ICHIMAI_CACHE"
)

// InstallPolicy says whether a missing plugin may be fetched.
type InstallPolicy int

const (
	// InstallIfMissing fetches a plugin when none is found.
	InstallIfMissing InstallPolicy = iota
	// InstallNever only uses what is already on this machine.
	InstallNever
)

// Config is what a person can choose about the device. The zero value is right
// for most machines.
type Config struct {
	// Device is one of auto, cpu, cuda and go; empty means ICHIMAI_DEVICE, then auto.
	Device string
	// Plugin is the path of a PJRT plugin; empty means ICHIMAI_PJRT_PLUGIN. When
	// it is set nothing else is tried.
	Plugin string
	// CacheDir is where installed plugins live; empty means ICHIMAI_CACHE, then
	// "ichimai" in the user's cache folder.
	CacheDir string
	// Install says whether a missing plugin may be downloaded.
	Install InstallPolicy
	// NoMeasuring leaves operators on the ways that need no measurement; so does
	// ICHIMAI_MEASURE=off.
	NoMeasuring bool
	// Confirm is asked before anything is downloaded; nil agrees. After a
	// refusal it is not asked about other sources for the same device.
	Confirm func(context.Context, Offer) bool
	// Progress is told what an installation is doing; nil is silent. It is
	// called from one goroutine at a time.
	Progress func(Progress)
	// Log receives warnings and details; nil means slog.Default().
	Log *slog.Logger
}

// withDefaults fills empty fields from the environment and checks the rest.
func (c Config) withDefaults() (Config, error) {
	c.Device = strings.ToLower(firstOf(c.Device, os.Getenv(EnvDevice), DeviceAuto))
	switch c.Device {
	case DeviceAuto, DeviceCPU, DeviceCUDA, DeviceGo:
	default:
		return c, fmt.Errorf("device %q is unknown: choose %s, %s, %s or %s", c.Device, DeviceAuto, DeviceCPU, DeviceCUDA, DeviceGo)
	}
	c.Plugin = firstOf(c.Plugin, os.Getenv(EnvPlugin))
	switch v := strings.ToLower(os.Getenv(EnvMeasure)); v {
	case "", "on":
	case "off":
		c.NoMeasuring = true
	default:
		return c, fmt.Errorf("%s: %q is neither on nor off", EnvMeasure, v)
	}
	switch v := os.Getenv(EnvConv); v {
	case "", "direct", "im2col", "blocked":
	default:
		return c, fmt.Errorf("%s: %q is none of direct, im2col and blocked", EnvConv, v)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	c.Confirm = askOnce(c.Confirm)
	return c.withCacheDir()
}

// askOnce makes a refusal hold for every further source of the same device.
func askOnce(ask func(context.Context, Offer) bool) func(context.Context, Offer) bool {
	if ask == nil {
		return func(context.Context, Offer) bool { return true }
	}
	refused := map[string]bool{}
	return func(ctx context.Context, o Offer) bool {
		if !refused[o.Device] && !ask(ctx, o) {
			refused[o.Device] = true
		}
		return !refused[o.Device]
	}
}

// withCacheDir makes CacheDir an absolute path, without creating it.
func (c Config) withCacheDir() (Config, error) {
	c.CacheDir = firstOf(c.CacheDir, os.Getenv(EnvCache))
	if c.CacheDir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return c, fmt.Errorf("find the cache folder: %w; set %s to a folder", err, EnvCache)
		}
		c.CacheDir = filepath.Join(base, "ichimai")
	}
	abs, err := filepath.Abs(c.CacheDir)
	if err != nil {
		return c, fmt.Errorf("find the cache folder %s: %w", c.CacheDir, err)
	}
	c.CacheDir = abs
	return c, nil
}

// firstOf returns the first string that is not empty.
func firstOf(choices ...string) string {
	for _, s := range choices {
		if s != "" {
			return s
		}
	}
	return ""
}
