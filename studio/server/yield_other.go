//go:build !linux

package server

// yield lowers nothing: this system has no priorities of threads that a program may
// set by itself.
func yield() (int, error) { return 0, nil }
