//go:build !unix

package engine

import "context"

// lockFile does not lock here: no pinned wheel exists for these systems, and
// go-xla's installer, the only source left, locks by itself.
func lockFile(context.Context, string, func()) (unlock func(), err error) {
	return func() {}, nil
}
