package engine

import (
	"fmt"
	"strings"
)

// Attempt is one place where a plugin was looked for, and why it had none.
type Attempt struct {
	Where string `json:"where"`
	Why   string `json:"why"`
}

// NotFoundError says that no plugin for a device could be found, installed and
// opened. It names everything that was tried.
type NotFoundError struct {
	Device string    `json:"device"` // cpu or cuda
	Tried  []Attempt `json:"tried"`
}

// Error lists every attempt and ends with what to do.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no XLA plugin for %s could be opened; tried:", e.Device)
	for _, a := range e.Tried {
		fmt.Fprintf(&b, "\n  - %s: %s", a.Where, a.Why)
	}
	fmt.Fprintf(&b, "\nTo mend it: run `ichimai doctor --install` with a network connection, "+
		"or name a plugin file with %s, or compute slowly without one with device %q.", EnvPlugin, DeviceGo)
	return b.String()
}
