package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/engine/compilecache"
)

// EnvCompileCache limits the folder of compiled programs: a number of megabytes,
// or off.
const EnvCompileCache = "ICHIMAI_COMPILE_CACHE"

// xlaEnvironment are the variables that change what XLA compiles.
var xlaEnvironment = []string{"XLA_FLAGS", "TF_XLA_FLAGS", "XLA_DEBUG_OPTIONS"}

// compiledDir is the folder of compiled programs.
func (c Config) compiledDir() string { return filepath.Join(c.CacheDir, "compiled") }

// compileCacheLimit reads EnvCompileCache: bytes, 0 for the default, negative
// for no cache.
func compileCacheLimit() (int64, error) {
	s := strings.TrimSpace(os.Getenv(EnvCompileCache))
	switch strings.ToLower(s) {
	case "":
		return 0, nil
	case "off", "0":
		return -1, nil
	}
	megabytes, err := strconv.ParseInt(s, 10, 32)
	if err != nil || megabytes < 0 {
		return 0, fmt.Errorf("%s: %q is neither off nor a number of megabytes", EnvCompileCache, s)
	}
	return megabytes << 20, nil
}

// openCompiled opens the folder of compiled programs; nil where the person
// wants none.
func (c Config) openCompiled() (*compilecache.Store, error) {
	limit, err := compileCacheLimit()
	if err != nil || limit < 0 {
		return nil, err
	}
	return compilecache.OpenStore(c.compiledDir(), limit)
}

// identity is what a compiled program depends on beside itself.
func identity(p Plugin) ([]string, error) {
	sum := p.SHA256 // checked at the installation
	if sum == "" {
		var err error
		if sum, _, err = hashFile(p.Path); err != nil {
			return nil, err
		}
	}
	st, err := os.Stat(p.Path)
	if err != nil {
		return nil, err
	}
	id := []string{
		"plugin", sum, strconv.FormatInt(st.Size(), 10), strconv.FormatInt(st.ModTime().UnixNano(), 10),
		"machine", runtime.GOOS, runtime.GOARCH, processorFeatures("/proc/cpuinfo"), strconv.Itoa(runtime.NumCPU()),
		"limit", strconv.Itoa(runtime.GOMAXPROCS(0)),
	}
	names := xlaEnvironment
	if p.Kind == DeviceCUDA {
		card, err := describeCard()
		if err != nil {
			return nil, err
		}
		id, names = append(id, "card", card), slices.Concat(names, cardEnvironment)
	}
	for _, name := range names {
		id = append(id, name, os.Getenv(name))
	}
	return id, nil
}

// Compiled describes the folder of compiled programs.
type Compiled struct {
	Dir   string `json:"dir"`
	Limit int64  `json:"limit"` // bytes; 0 when none are kept
	compilecache.Usage
}

// readCompiled describes the folder, which it makes if it is missing.
func readCompiled(cfg Config) (Compiled, error) {
	c := Compiled{Dir: cfg.compiledDir()}
	store, err := cfg.openCompiled()
	if err != nil || store == nil {
		return c, err
	}
	c.Limit = store.Limit()
	c.Usage, err = store.Usage()
	return c, err
}

// ClearCompiled removes all compiled programs and returns what they were.
func ClearCompiled(cfg Config) (compilecache.Usage, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return compilecache.Usage{}, err
	}
	store, err := compilecache.OpenStore(cfg.compiledDir(), 0)
	if err != nil {
		return compilecache.Usage{}, err
	}
	usage, err := store.Usage()
	if err != nil {
		return usage, err
	}
	return usage, store.Clear()
}
