package engine

import "github.com/gomlx/go-xla/installer"

// hasNvidia reports whether this machine has an NVIDIA card.
func hasNvidia() bool { return installer.HasNvidiaGPU() }
