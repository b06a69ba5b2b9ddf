//go:build !linux

package engine

// WithHugePages does nothing: it is a matter of Linux and glibc.
func WithHugePages() {}
