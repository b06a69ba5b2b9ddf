package engine

import (
	"os"
	"strings"
	"syscall"
)

const (
	tunablesKey    = "GLIBC_TUNABLES"
	tunableKey     = "glibc.malloc.hugetlb"
	hugePagesState = "/sys/kernel/mm/transparent_hugepage/enabled"
)

// WithHugePages starts the program again, once and in the same process, with
// glibc asking for huge pages: XLA allocates its buffers anew at each call, and
// with small pages up to half of a training step goes into faulting them in.
// glibc reads the setting only before main, so a program calls this first of
// all. Where it cannot be done the program goes on as it is.
func WithHugePages() {
	state, err := os.ReadFile(hugePagesState)
	if err != nil {
		return
	}
	tunables, wanted := hugePageTunables(string(state), os.Getenv(tunablesKey))
	if !wanted {
		return
	}
	self, err := os.Executable()
	if err != nil || os.Setenv(tunablesKey, tunables) != nil {
		return
	}
	syscall.Exec(self, os.Args, os.Environ()) // returns only when it failed
}

// hugePageTunables adds the setting to what GLIBC_TUNABLES holds, unless the
// system offers no huge pages or somebody chose already.
func hugePageTunables(state, tunables string) (string, bool) {
	if strings.Contains(state, "[never]") || strings.Contains(tunables, tunableKey) {
		return tunables, false
	}
	if tunables != "" {
		tunables += ":"
	}
	return tunables + tunableKey + "=1", true
}
