//go:build !linux

package main

// withHugePages is a matter of Linux and glibc.
func withHugePages() {}
