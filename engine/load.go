package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/go-xla/pjrt"
)

// loaded maps a plugin's path to the name under which go-xla holds it, which is
// for the rest of the process.
var loaded = struct {
	sync.Mutex
	names map[string]string
}{names: map[string]string{}}

// load makes go-xla load a plugin and returns the name under which it is held.
//
// This is the seam for a plugin that is wrapped inside this process, such as by
// a compile cache: hand its PJRT_Api to [pjrt.RegisterPreloadedPlugin] under a
// name that holds "cpu" or "cuda", and return that name instead of a path.
func load(p Plugin) (name string, err error) {
	path, err := filepath.Abs(p.Path)
	if err != nil {
		return "", err
	}
	loaded.Lock()
	defer loaded.Unlock()
	if name, ok := loaded.names[path]; ok {
		return name, nil
	}
	name = path
	if misread(path, p.Kind) {
		var unlink func()
		if name, unlink, err = link(path, p.Kind); err != nil {
			return "", err
		}
		defer unlink()
	}
	err = Try(func() error {
		_, err := pjrt.GetPlugin(name)
		return err
	})
	if err == nil {
		loaded.names[path] = name
	}
	return name, err
}

// misread reports whether go-xla would take a plugin's path for something else.
// It reads the whole path, a user's name included, for meaning: "cuda" or
// "nvidia" turns on what only a card can do, "cpu" what only the processor
// needs, and a comma begins its options.
func misread(path, kind string) bool {
	cpu, cuda := strings.Contains(strings.ToUpper(path), "CPU"), pjrt.IsCUDAName(path)
	if kind == DeviceCUDA {
		cpu, cuda = cuda, cpu
	}
	return strings.Contains(path, ",") || cuda || !cpu
}

// link gives a processor's plugin a path that go-xla reads rightly, for as long
// as loading takes. A card's plugin finds NVIDIA's libraries from where it
// lies, so it cannot be linked.
func link(path, kind string) (name string, unlink func(), err error) {
	if kind == DeviceCUDA {
		return "", nil, fmt.Errorf("go-xla misreads this path: a CUDA plugin's must hold \"cuda\", neither \"cpu\" nor a comma; move the plugin")
	}
	dir, err := os.MkdirTemp("", "ichimai-plugin-")
	if err != nil {
		return "", nil, err
	}
	unlink = func() { os.RemoveAll(dir) }
	name = filepath.Join(dir, "pjrt_c_api_cpu_plugin"+filepath.Ext(path))
	if misread(name, kind) {
		unlink()
		return "", nil, fmt.Errorf("go-xla misreads both this path and the folder for temporary files, %s; set TMPDIR to one without \"cuda\", \"nvidia\" and commas", dir)
	}
	if err := os.Symlink(path, name); err != nil {
		unlink()
		return "", nil, err
	}
	return name, unlink, nil
}
