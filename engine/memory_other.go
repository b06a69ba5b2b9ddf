//go:build !linux

package engine

import "runtime"

// readMemory knows nothing here.
func readMemory() Memory { return Memory{} }

// peakMemory is what Go took from the system; XLA's own buffers are not in it.
func peakMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}
