package engine

import "fmt"

// pin is a wheel whose bytes were inspected once: its version, its hash and the
// hash of the plugin inside are part of the program, so that what a package
// index serves later cannot change what runs.
type pin struct {
	Project     string // name on the package index
	Version     string
	File        string // the wheel's file name
	WheelSHA256 string
	WheelBytes  int64
	Member      string // path of the plugin inside the wheel
	SHA256      string // of that member
	Bytes       int64
	Licence     string
	GOOS        string
	GOARCH      string
}

// title names a pin for people.
func (p pin) title() string { return p.Project + " " + p.Version }

// folder is the pin's folder under the cache's plugins.
func (p pin) folder() string { return p.Project + "-" + p.Version }

// runsOn says why a pin is not for a platform, or nil.
func (p pin) runsOn(goos, goarch string) error {
	if p.GOOS == goos && p.GOARCH == goarch {
		return nil
	}
	return fmt.Errorf("the pinned wheel is for %s/%s only, this machine is %s/%s", p.GOOS, p.GOARCH, goos, goarch)
}

// cpuPins are the wheels that carry XLA's processor plugin, best first. Both
// ran every graph of this project with go-xla 0.4.2.
var cpuPins = []pin{
	{
		Project:     "lammps-jax-pjrt-cpu",
		Version:     "0.11.2",
		File:        "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
		WheelSHA256: "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
		WheelBytes:  62711338,
		Member:      "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
		SHA256:      "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
		Bytes:       201600336,
		Licence:     "Apache-2.0",
		GOOS:        "linux",
		GOARCH:      "amd64",
	},
	{
		Project:     "fastatomstruct-xla-cpu",
		Version:     "2026.6.23",
		File:        "fastatomstruct_xla_cpu-2026.6.23-py3-none-manylinux_2_27_x86_64.whl",
		WheelSHA256: "88b1c430b341b4bea40a37420311c9c75db6e22b46d2ff95b6986577bee6afe9",
		WheelBytes:  63200622,
		Member:      "fastatomstruct_xla_cpu/libpjrt_cpu.so",
		SHA256:      "0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9",
		Bytes:       273768800,
		Licence:     "Apache-2.0",
		GOOS:        "linux",
		GOARCH:      "amd64",
	},
}
