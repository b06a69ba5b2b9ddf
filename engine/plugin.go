package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Origins of a plugin.
const (
	OriginSetting   = "setting"          // the person named its path
	OriginGoXLA     = "go-xla"           // one of the folders where go-xla looks
	OriginCache     = "cache"            // installed before by this package
	OriginPython    = "python"           // found among python3's packages
	OriginWheel     = "wheel"            // just fetched: a pinned wheel
	OriginInstaller = "go-xla installer" // just fetched: go-xla's own installer
)

// Plugin describes a PJRT plugin file.
type Plugin struct {
	Path    string `json:"path"`              // the shared library
	Kind    string `json:"kind"`              // cpu or cuda
	Name    string `json:"name"`              // package it came from, or the name in its file name
	Version string `json:"version,omitempty"` // the package's version, "" when unknown
	Origin  string `json:"origin"`            // one of the Origin constants
	Licence string `json:"licence,omitempty"` // SPDX expression, "" when unknown
	SHA256  string `json:"sha256,omitempty"`  // of the file, as checked at installation; "" when not installed by us
	Bytes   int64  `json:"bytes"`             // size of the file
}

// pluginName matches the file names that go-xla knows, such as
// pjrt_c_api_cpu_plugin.so and pjrt-plugin-cuda.so.
var pluginName = regexp.MustCompile(`^(?:pjrt_c_api_(.+)_plugin|pjrt[-_]plugin[-_](.+))\.(?:so|dylib|dll)$`)

// nameOf returns the plugin name that go-xla would read from a path, or "".
func nameOf(path string) string {
	m := pluginName.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return ""
	}
	return firstOf(m[1], m[2])
}

// kindOf guesses from a file's name which device its plugin drives.
func kindOf(path string) string {
	base := strings.ToLower(filepath.Base(path))
	if strings.Contains(base, "cuda") || strings.Contains(base, "nvidia") {
		return DeviceCUDA
	}
	return DeviceCPU
}

// pluginAt describes the plugin file at path.
func pluginAt(path, kind, origin string) (Plugin, error) {
	st, err := os.Stat(path)
	if err != nil {
		return Plugin{}, err
	}
	p := Plugin{Path: path, Kind: kind, Name: firstOf(nameOf(path), filepath.Base(path)), Origin: origin, Bytes: st.Size()}
	return p, nil
}
