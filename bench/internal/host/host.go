// Package host describes the machine that a measurement was made on.
package host

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/ichimai/ichimai/engine"
)

// Machine is where a measurement was made.
type Machine struct {
	CPU       string  `json:"cpu"`
	Cores     int     `json:"cores"` // logical processors
	MemoryGiB float64 `json:"memory_gib"`
	System    string  `json:"system"`
	Go        string  `json:"go"`
}

// Read describes this machine.
func Read() Machine {
	m := Machine{
		CPU: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		MemoryGiB: float64(engine.ReadMemory().Total/(1<<20)) / 1024,
	}
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return m
	}
	defer f.Close()
	if name := cpuName(f); name != "" {
		m.CPU = name
	}
	return m
}

// cpuName reads the first processor's name of Linux' cpuinfo.
func cpuName(r io.Reader) string {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String is the machine in one line.
func (m Machine) String() string {
	text := fmt.Sprintf("%s, %d logical cores", m.CPU, m.Cores)
	if m.MemoryGiB > 0 {
		text += fmt.Sprintf(", %.1f GiB", m.MemoryGiB)
	}
	return fmt.Sprintf("%s, %s, %s", text, m.System, m.Go)
}
