package engine

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// Processor describes the CPU as far as it matters for speed.
type Processor struct {
	Model   string   `json:"model"`   // as the maker names it, or the architecture
	Cores   int      `json:"cores"`   // logical processors that this process may run on
	Threads int      `json:"threads"` // how many Go uses at once, a container's CPU limit included
	Flags   []string `json:"flags"`   // of avx2, avx512f, avx512_bf16, amx and asimd, those it has
}

// readProcessor asks the processor and, for its name, the system.
func readProcessor() Processor {
	p := Processor{Model: modelName("/proc/cpuinfo"), Cores: runtime.NumCPU(), Threads: runtime.GOMAXPROCS(0), Flags: []string{}}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx2", cpu.X86.HasAVX2},
		{"avx512f", cpu.X86.HasAVX512F},
		{"avx512_bf16", cpu.X86.HasAVX512BF16},
		{"amx", cpu.X86.HasAMXTile},
		{"asimd", cpu.ARM64.HasASIMD},
	} {
		if f.has {
			p.Flags = append(p.Flags, f.name)
		}
	}
	return p
}

// MultipliesBFloat16 reports whether the device has products of bfloat16 that are
// summed in float32: a card, or a processor with AVX512-BF16 or AMX.
func (e *Engine) MultipliesBFloat16() bool {
	switch e.Device() {
	case DeviceCUDA:
		return true
	case DeviceCPU:
		return cpu.X86.HasAVX512BF16 || cpu.X86.HasAMXBF16
	}
	return false
}

// modelName reads the first processor's name; without one it is the
// architecture.
func modelName(file string) string {
	return firstOf(cpuinfo(file)["model name"], runtime.GOARCH)
}

// processorFeatures names the processor and all that it can do, as far as the
// system tells: machine code for one may not run on another.
func processorFeatures(file string) string {
	info := cpuinfo(file)
	return strings.Join([]string{info["model name"], info["cpu family"], info["model"], info["stepping"], info["flags"], info["CPU part"], info["Features"]}, "\n")
}

// cpuinfo reads what /proc/cpuinfo says of the first processor; empty where
// there is no such file.
func cpuinfo(file string) map[string]string {
	info := map[string]string{}
	f, err := os.Open(file)
	if err != nil {
		return info
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan() && strings.TrimSpace(lines.Text()) != ""; {
		key, value, _ := strings.Cut(lines.Text(), ":")
		info[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return info
}
