package engine

import (
	"context"

	"github.com/gomlx/go-xla/installer"
)

// step is one place where plugins are looked for. Steps run in order and only
// when all before them failed, so that a later one may download.
type step struct {
	where string
	find  func(context.Context) ([]Plugin, error)
}

// hasNvidia reports whether this machine has an NVIDIA card.
var hasNvidia = installer.HasNvidiaGPU

// steps lists the places where plugins of a kind are looked for after the
// person's setting, in order.
func steps(cfg Config, kind string) []step {
	places := []step{
		{"go-xla's folders", func(context.Context) ([]Plugin, error) { return findGoXLA(kind) }},
		{"cache folder " + cfg.pluginDir(kind), func(context.Context) ([]Plugin, error) { return findCached(cfg, kind) }},
	}
	if kind == DeviceCUDA {
		return append(places,
			step{"python3's packages", findPython},
			step{"go-xla's installer (" + cudaProject + ")", func(ctx context.Context) ([]Plugin, error) { return installCUDA(ctx, cfg) }})
	}
	for _, p := range cpuPins {
		places = append(places, step{"wheel " + p.title(), func(ctx context.Context) ([]Plugin, error) { return installPin(ctx, cfg, p) }})
	}
	return append(places, step{"go-xla's installer", func(ctx context.Context) ([]Plugin, error) { return installGoXLA(ctx, cfg) }})
}
