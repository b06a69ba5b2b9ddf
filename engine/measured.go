package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// EnvMeasure set to off leaves operators on the ways that need no measurement,
// for the same rounding on every machine of a kind.
const EnvMeasure = "ICHIMAI_MEASURE"

// EnvConv names the way of convolutions where nothing is measured, as on a card:
// direct, which is XLA's own, im2col, which lays every window out for one matrix
// product, or blocked, which lays out the windows of whole blocks of outputs where
// channels are few.
const EnvConv = "ICHIMAI_CONV"

// Measurements are what was found out about a device by timing it, by key, in a
// file of the cache folder: what one process decided holds for all later ones,
// so that a result does not depend on which of them ran first. It is safe for
// concurrent use.
type Measurements struct {
	file   string
	log    *slog.Logger
	mu     sync.Mutex
	values map[string]string
}

// measurements belong to backends while their engines are open.
var measurements sync.Map // compute.Backend to *Measurements

// MeasurementsOf returns what is known of a device that [Open] opened, or nil
// where nothing shall be measured: on a card, whose libraries measure for
// themselves, in pure Go, and where [Config.NoMeasuring] or ICHIMAI_MEASURE says so.
func MeasurementsOf(b compute.Backend) *Measurements {
	if m, ok := measurements.Load(b); ok {
		return m.(*Measurements)
	}
	return nil
}

// openMeasurements reads the file for a plugin, if there is one.
func openMeasurements(cfg Config, p Plugin) (*Measurements, error) {
	id, err := identity(p)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.Join(id, "\x00")))
	m := &Measurements{file: filepath.Join(cfg.measuredDir(), hex.EncodeToString(sum[:8])+".json"), log: cfg.Log, values: map[string]string{}}
	m.values, err = m.read()
	if err != nil {
		cfg.Log.Debug("measurements start anew", "error", err)
		m.values = map[string]string{}
	}
	return m, nil
}

// measuredDir is the folder of measurements.
func (c Config) measuredDir() string { return filepath.Join(c.CacheDir, "measured") }

// Measured describes the folder of measurements.
type Measured struct {
	Dir string `json:"dir"`
	Off bool   `json:"off"` // nothing shall be measured
	// Findings counts those of this device; 0 where it is not known.
	Findings int `json:"findings"`
}

// measured describes what is known of an opened engine; e may be nil.
func (c Config) measured(e *Engine) Measured {
	d := Measured{Dir: c.measuredDir(), Off: c.NoMeasuring}
	if e == nil {
		return d
	}
	if m := MeasurementsOf(e.backend); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		d.Findings = len(m.values)
	}
	return d
}

// ClearMeasured removes all measurements, of every device, so that they are made
// anew.
func ClearMeasured(cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	return os.RemoveAll(cfg.measuredDir())
}

// Get returns what was found out under a key.
func (m *Measurements) Get(key string) (value string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok = m.values[key]
	return value, ok
}

// Keep records what was found out and returns what holds from now on: the first
// finding, should another process have made one. Where the folder cannot be
// written the finding holds for this process.
func (m *Measurements) Keep(key, value string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.values[key]; !ok {
		m.values[key] = value
	}
	if err := m.merge(); err != nil {
		m.log.Debug("measurements are not kept", "error", err)
	}
	return m.values[key]
}

// merge takes in what the file holds, which goes before what is known here, and
// writes the whole.
func (m *Measurements) merge() error {
	if err := os.MkdirAll(filepath.Dir(m.file), 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(context.Background(), m.file+".lock", func() {})
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := m.read()
	if err != nil {
		m.log.Debug("measurements start anew", "error", err)
	}
	maps.Copy(m.values, kept)
	text, err := json.MarshalIndent(m.values, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(m.file, append(text, '\n'))
}

// read returns what the file holds: nothing if there is none.
func (m *Measurements) read() (map[string]string, error) {
	values := map[string]string{}
	text, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return values, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &values)
	}
	if err != nil {
		return nil, fmt.Errorf("read measurements %s: %w", m.file, err)
	}
	return values, nil
}

// replaceFile writes a file beside its place and renames it.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".partial-")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
