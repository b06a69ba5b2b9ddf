package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/go-xla/pjrt"

	"github.com/ichimai/ichimai/engine/compilecache"
)

// loaded maps a plugin's path to the name under which go-xla holds it, which is
// for the rest of the process, and to what wraps it.
var loaded = struct {
	sync.Mutex
	names   map[string]string
	wrapped map[string]*compilecache.Plugin
}{names: map[string]string{}, wrapped: map[string]*compilecache.Plugin{}}

// load makes go-xla load a plugin and returns the name under which it is held.
// Where compiled programs can be kept, the plugin's compiler goes through their
// store.
func load(cfg Config, p Plugin) (name string, err error) {
	path, err := filepath.Abs(p.Path)
	if err != nil {
		return "", err
	}
	loaded.Lock()
	defer loaded.Unlock()
	if name, ok := loaded.names[path]; ok {
		return name, nil
	}
	name, wrapped, err := loadWrapped(cfg, p, path)
	if err != nil {
		cfg.Log.Debug("compiled programs are not kept", "why", err)
		name, err = loadPlain(p, path)
	}
	if err != nil {
		return "", err
	}
	loaded.names[path] = name
	if wrapped != nil {
		loaded.wrapped[path] = wrapped
	}
	return name, nil
}

// loadWrapped loads a plugin with the store of compiled programs before it.
// go-xla tells what a plugin is from letters in the name that it is held under.
func loadWrapped(cfg Config, p Plugin, path string) (name string, w *compilecache.Plugin, err error) {
	store, err := cfg.openCompiled()
	if err != nil {
		return "", nil, err
	}
	if store == nil {
		return "", nil, fmt.Errorf("%s is off", EnvCompileCache)
	}
	id, err := identity(p)
	if err != nil {
		return "", nil, err
	}
	if w, err = compilecache.Wrap(path, compilecache.Options{Store: store, Identity: id, Log: cfg.Log}); err != nil {
		return "", nil, err
	}
	name = fmt.Sprintf("/ichimai/%s/%d", p.Kind, len(loaded.names)) // go-xla lists the plugins once, and takes absolute paths unlisted
	err = Try(func() error { return pjrt.RegisterPreloadedPlugin(name, w.API) })
	return name, w, err
}

// loadPlain loads a plugin as go-xla does it.
func loadPlain(p Plugin, path string) (name string, err error) {
	name = path
	if misread(path, p.Kind) {
		var unlink func()
		if name, unlink, err = link(path, p.Kind); err != nil {
			return "", err
		}
		defer unlink()
	}
	return name, Try(func() error {
		_, err := pjrt.GetPlugin(name)
		return err
	})
}

// wrappedAt is the wrapped plugin of a path; nil where it is loaded plainly.
func wrappedAt(path string) *compilecache.Plugin {
	loaded.Lock()
	defer loaded.Unlock()
	if abs, err := filepath.Abs(path); err == nil {
		return loaded.wrapped[abs]
	}
	return nil
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
