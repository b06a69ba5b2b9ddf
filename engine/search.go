package engine

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// envGoXLAPath is go-xla's own search path; when set, even to nothing, it
// replaces every default folder.
const envGoXLAPath = "PJRT_PLUGIN_LIBRARY_PATH"

// goXLAFolders returns the folders where go-xla would look, in its order. We
// look ourselves, because go-xla loads and unloads every plugin that it meets
// and reads the environment only once, before main.
func goXLAFolders() []string {
	if path, set := os.LookupEnv(envGoXLAPath); set {
		return slices.DeleteFunc(filepath.SplitList(path), func(s string) bool { return s == "" })
	}
	var dirs []string
	if home, err := os.UserHomeDir(); err == nil {
		lib := filepath.Join(home, ".local", "lib")
		if runtime.GOOS == "darwin" {
			lib = filepath.Join(home, "Library", "Application Support")
		}
		dirs = append(dirs, filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla", "nvidia"), filepath.Join(lib, "gomlx", "pjrt"))
	}
	dirs = append(dirs, "/usr/local/lib/go-xla", "/usr/local/lib/go-xla/nvidia", "/usr/local/lib/gomlx/pjrt")
	for _, dir := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	return linkerFolders(dirs, "/etc/ld.so.conf", 0)
}

// maxIncludes bounds how deeply one linker configuration may include others.
const maxIncludes = 8

// linkerFolders appends the folders that a linker configuration file lists. A
// file that cannot be read adds nothing.
func linkerFolders(dirs []string, file string, depth int) []string {
	f, err := os.Open(file)
	if err != nil || depth > maxIncludes {
		return dirs
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		switch {
		case len(words) > 1 && words[0] == "include":
			for _, pattern := range words[1:] {
				included, _ := filepath.Glob(pattern)
				for _, name := range included {
					dirs = linkerFolders(dirs, name, depth+1)
				}
			}
		case len(words) == 1 && filepath.IsAbs(words[0]):
			dirs = append(dirs, words[0])
		}
	}
	return dirs
}

// findGoXLA lists the plugins of one kind in go-xla's folders.
func findGoXLA(kind string) ([]Plugin, error) {
	var found []Plugin
	folders := goXLAFolders()
	for _, dir := range folders {
		found = append(found, pluginsIn(dir, kind, OriginGoXLA)...)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no pjrt_c_api_%s_plugin in %s", kind, strings.Join(folders, ", "))
	}
	return found, nil
}

// pluginsIn lists the plugins of one kind directly inside a folder; the plain
// name, to which installers link their newest version, comes first.
func pluginsIn(dir, kind, origin string) []Plugin {
	var found []Plugin
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !isKind(nameOf(path), kind) {
			continue
		}
		if p, err := pluginAt(path, kind, origin); err == nil {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b Plugin) int { return len(a.Name) - len(b.Name) })
	return found
}

// isKind reports whether a plugin's name, such as cpu, cpu_v0.83.1 or cuda,
// belongs to a device.
func isKind(name, kind string) bool {
	return name == kind || strings.HasPrefix(name, kind+"_") || kind == DeviceCUDA && kindOf(name) == DeviceCUDA
}
