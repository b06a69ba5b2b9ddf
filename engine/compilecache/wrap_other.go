//go:build !unix

package compilecache

import "errors"

// Plugin is a plugin whose compiler goes through a store.
type Plugin struct{ API uintptr }

// Wrap is there for Unix-like systems only.
func Wrap(string, Options) (*Plugin, error) {
	return nil, errors.New("compiled programs are not kept on this system")
}

// Counts is what happened since the plugin was wrapped.
func (p *Plugin) Counts() Counts { return Counts{} }
