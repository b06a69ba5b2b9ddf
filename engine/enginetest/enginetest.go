// Package enginetest opens one engine for all tests of a process.
package enginetest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/ichimai/ichimai/engine"
)

var open = sync.OnceValues(func() (*engine.Engine, error) {
	return engine.Open(context.Background(), engine.Config{Install: engine.InstallNever, NoMeasuring: true})
})

// Open returns the engine that all tests of this process share; do not close
// it. It never downloads: without an XLA plugin on the machine it is the
// pure-Go backend, on which small graphs still run.
func Open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := open()
	if err != nil {
		t.Fatalf("open the engine: %v", err)
	}
	return e
}

var openGo = sync.OnceValues(func() (*engine.Engine, error) {
	return engine.Open(context.Background(), engine.Config{Device: engine.DeviceGo, Log: slog.New(slog.DiscardHandler)})
})

// Go returns the pure-Go backend, which has models of a few hundred weights ready
// at once where XLA takes seconds; do not close it.
func Go(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := openGo()
	if err != nil {
		t.Fatalf("open the pure-Go backend: %v", err)
	}
	return e
}

// Fast is Open for tests whose graphs are too large for the pure-Go backend: it
// skips them where there is nothing else.
func Fast(t testing.TB) *engine.Engine {
	t.Helper()
	e := Open(t)
	if e.Device() == engine.DeviceGo {
		t.Skip("this test needs an XLA plugin and only the pure-Go backend is here; run `ichimai doctor --install`")
	}
	return e
}
