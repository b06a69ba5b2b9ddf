package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sourceFile lies beside an installed plugin and says where it came from.
const sourceFile = "source.json"

// partialPrefix marks folders in which an installation is under way.
const partialPrefix = ".partial-"

// source is the content of [sourceFile].
type source struct {
	Plugin    string    `json:"plugin"` // the plugin's path relative to this file
	Project   string    `json:"project"`
	Version   string    `json:"version"`
	From      string    `json:"from"` // the wheel's file name, or the installer
	Licence   string    `json:"licence"`
	SHA256    string    `json:"sha256,omitempty"`
	Wheel     string    `json:"wheel_sha256,omitempty"`
	Bytes     int64     `json:"bytes"`
	Installed time.Time `json:"installed"`
}

// pluginDir is the cache's folder for one kind of plugin.
func (c Config) pluginDir(kind string) string { return filepath.Join(c.CacheDir, "plugins", kind) }

// findCached lists the plugins installed before, in the order of the pins, then
// by name.
func findCached(cfg Config, kind string) ([]Plugin, error) {
	dir := cfg.pluginDir(kind)
	records, _ := filepath.Glob(filepath.Join(dir, "[^.]*", sourceFile))
	if len(records) == 0 {
		return nil, errors.New("nothing is installed there")
	}
	var found []Plugin
	var damaged []error
	for _, record := range records {
		p, err := readSource(record, kind)
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		found = append(found, p)
	}
	slices.SortStableFunc(found, func(a, b Plugin) int { return rank(a) - rank(b) })
	return found, errors.Join(damaged...)
}

// rank is a plugin's place among the pins; unpinned plugins come last.
func rank(p Plugin) int {
	i := slices.IndexFunc(cpuPins, func(pin pin) bool { return pin.Project == p.Name && pin.Version == p.Version })
	if i < 0 {
		return len(cpuPins)
	}
	return i
}

// readSource describes an installed plugin. A plugin whose size differs from
// the record is refused: it was damaged or changed since its hash was checked.
func readSource(record, kind string) (Plugin, error) {
	text, err := os.ReadFile(record)
	if err != nil {
		return Plugin{}, err
	}
	var s source
	if err := json.Unmarshal(text, &s); err != nil {
		return Plugin{}, fmt.Errorf("read %s: %w; remove its folder to install again", record, err)
	}
	if !filepath.IsLocal(s.Plugin) {
		return Plugin{}, fmt.Errorf("%s names a plugin outside its folder: %q; remove the folder to install again", record, s.Plugin)
	}
	p, err := pluginAt(filepath.Join(filepath.Dir(record), s.Plugin), kind, OriginCache)
	if err != nil {
		return Plugin{}, err
	}
	if p.Bytes != s.Bytes {
		return Plugin{}, fmt.Errorf("%s has %d bytes instead of %d; remove its folder to install again", p.Path, p.Bytes, s.Bytes)
	}
	p.Name, p.Version, p.Licence, p.SHA256 = s.Project, s.Version, s.Licence, s.SHA256
	return p, nil
}

// writeSource records where the plugin in dir came from.
func writeSource(dir string, s source) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, sourceFile), append(text, '\n'), 0o644)
}
