package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/engine/enginetest"
)

// TestKill is the campaign in small: "make kill-trial" is the whole of it.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a dozen processes")
	}
	enginetest.Fast(t)
	const kills = 2
	s := settings{kills: kills, pictures: 2, steps: 2, seed: 1, folder: t.TempDir()}
	c, err := s.run(t.Context(), func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	killed, steps := 0, 0
	for _, trial := range c.trials {
		killed += trial.Kills
	}
	for _, n := range c.killed {
		steps += n
	}
	if killed != kills || steps != kills || !strings.Contains(c.table(), "2 kills in ") {
		t.Errorf("%d processes were killed, in steps %v:\n%s", killed, c.killed, c.table())
	}
}

func TestNoHalves(t *testing.T) {
	for _, name := range []string{"ok.png", ".a.partial-1", "x.partial", "concept-12", "studio.open"} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := noHalves(folder); (err == nil) != (name == "ok.png") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []settings{{kills: 1, pictures: 1, folder: full}, {kills: 0, pictures: 1, program: "x", folder: t.TempDir()}} {
		if _, err := s.run(t.Context(), func(string) {}); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}
