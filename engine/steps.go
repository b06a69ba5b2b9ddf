package engine

import (
	"context"
)

// steps lists the places where plugins of a kind are looked for after the
// person's setting, in order.
func steps(cfg Config, kind string) []step {
	places := []step{
		{"go-xla's folders", func(context.Context) ([]Plugin, error) { return findGoXLA(kind) }},
		{"cache folder " + cfg.pluginDir(kind), func(context.Context) ([]Plugin, error) { return findCached(cfg, kind) }},
	}
	for _, p := range cpuPins {
		places = append(places, step{"wheel " + p.title(), func(ctx context.Context) ([]Plugin, error) { return installPin(ctx, cfg, p) }})
	}
	return places
}
