package engine

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func measurementsIn(t *testing.T, file string) *Measurements {
	t.Helper()
	m := &Measurements{file: file, log: slog.New(slog.DiscardHandler), values: map[string]string{}}
	if kept, err := m.read(); err == nil {
		m.values = kept
	}
	return m
}

// The first finding holds, whoever makes it.
func TestMeasurementsKeep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "folder", "device.json")
	one, two := measurementsIn(t, file), measurementsIn(t, file)
	if got := one.Keep("a", "1"); got != "1" {
		t.Errorf("first finding: %q", got)
	}
	if got := two.Keep("a", "2"); got != "1" {
		t.Errorf("another process's finding: %q, want the first", got)
	}
	two.Keep("b", "3")
	one.Keep("c", "4")
	for _, m := range []*Measurements{one, measurementsIn(t, file)} {
		for key, want := range map[string]string{"a": "1", "b": "3", "c": "4"} {
			if got, ok := m.Get(key); !ok || got != want {
				t.Errorf("%s: %q %v, want %q", key, got, ok, want)
			}
		}
	}
	if _, ok := one.Get("d"); ok {
		t.Error("found what nobody measured")
	}
}

// A damaged file is begun anew; without a place to write, findings hold for the
// process.
func TestMeasurementsDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "device.json")
	if err := os.WriteFile(file, []byte(`{"a": "1`), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := measurementsIn(t, file).Keep("a", "2"); got != "2" {
		t.Errorf("after damage: %q", got)
	}
	if got, _ := measurementsIn(t, file).Get("a"); got != "2" {
		t.Errorf("the file was not mended: %q", got)
	}
	m := measurementsIn(t, filepath.Join(file, "below a file", "device.json"))
	m.Keep("a", "3")
	if got, _ := m.Get("a"); got != "3" {
		t.Errorf("without a place to write: %q", got)
	}
}

func TestClearMeasured(t *testing.T) {
	cfg, err := Config{CacheDir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(cfg.measuredDir(), "device.json")
	measurementsIn(t, file).Keep("a", "1")
	if err := ClearMeasured(cfg); err != nil {
		t.Fatal(err)
	}
	if got, ok := measurementsIn(t, file).Get("a"); ok {
		t.Errorf("still there: %q", got)
	}
	if err := ClearMeasured(cfg); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
}

func TestMeasuringSwitch(t *testing.T) {
	for value, want := range map[string]bool{"": false, "on": false, "OFF": true} {
		t.Setenv(EnvMeasure, value)
		cfg, err := Config{CacheDir: t.TempDir()}.withDefaults()
		if err != nil || cfg.NoMeasuring != want {
			t.Errorf("%q: %v %v, want %v", value, cfg.NoMeasuring, err, want)
		}
	}
	t.Setenv(EnvMeasure, "perhaps")
	if _, err := (Config{}).withDefaults(); err == nil {
		t.Error("an unknown value passed")
	}
}

func TestConvSwitch(t *testing.T) {
	for value, known := range map[string]bool{"": true, "direct": true, "im2col": true, "blocked": true, "winograd": false, "perhaps": false} {
		t.Setenv(EnvConv, value)
		_, err := Config{CacheDir: t.TempDir()}.withDefaults()
		if known != (err == nil) || err != nil && !(strings.Contains(err.Error(), EnvConv) && strings.Contains(err.Error(), value)) {
			t.Errorf("%q gave %v", value, err)
		}
	}
}
