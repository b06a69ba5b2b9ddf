package evaluate

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"github.com/ichimai/ichimai/diffusion"
)

// Machine is what computed: times are nothing without it.
type Machine struct {
	Device    string `json:"device"`           // cpu, cuda or go
	Platform  string `json:"platform"`         // what the backend calls it
	Plugin    string `json:"plugin,omitempty"` // of XLA, with its version
	Processor string `json:"processor"`        // of the machine
	Cores     int    `json:"cores"`            // logical ones that the process may use
	OS        string `json:"os"`
	Go        string `json:"go"`
}

// readMachine describes the machine and the device of a model.
func readMachine(m *diffusion.Model) Machine {
	info := m.Engine.Info()
	return Machine{
		Device: info.Device, Platform: info.Platform, Plugin: strings.TrimSpace(info.Plugin.Name + " " + info.Plugin.Version),
		Processor: processorName("/proc/cpuinfo"), Cores: runtime.GOMAXPROCS(0),
		OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
	}
}

// processorName is the first processor's name in a file as Linux has it; the
// architecture elsewhere.
func processorName(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
