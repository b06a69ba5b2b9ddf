package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// usable are flags with which a comparison could begin.
func usable(t *testing.T) *options {
	t.Helper()
	dir := t.TempDir()
	peer, photo := filepath.Join(dir, "peer.py"), filepath.Join(dir, "photo.png")
	for _, path := range []string{peer, photo} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &options{python: self, peer: peer, model: dir, photo: photo, size: 64, batch: 2, steps: 3, tuningSteps: 5, runs: 1, rounds: 1}
}

func TestChosen(t *testing.T) {
	o := usable(t)
	o.jobs = []string{"unet-lora", "textual-inversion"}
	got, err := o.chosen()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, j := range got {
		lines = append(lines, j.name+": "+strings.Join(j.args, " "))
	}
	want := []string{
		"unet-lora: unet " + o.model + " --size 64 --batch 2 --steps 3 --runs 1 --mode lora",
		"textual-inversion: textual-inversion " + o.model + " " + o.photo + " --size 64 --batch 2 --steps 5 --runs 1",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultJobs(t *testing.T) {
	o := usable(t)
	with, err := o.chosen()
	if err != nil {
		t.Fatal(err)
	}
	o.photo = ""
	without, err := o.chosen()
	if err != nil {
		t.Fatal(err)
	}
	if len(with) != len(kinds) || len(without) != len(kinds)-2 {
		t.Errorf("%d jobs with a photo and %d without", len(with), len(without))
	}
}

func TestFlagsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*options)
		want   []string
	}{
		"NoPython":      {func(o *options) { o.python = "" }, []string{"--peer-python", "python3.11 -m venv", "bench/requirements.txt"}},
		"MissingPython": {func(o *options) { o.python = filepath.Join(o.model, "bin", "python") }, []string{"--peer-python", "pip install"}},
		"NoPeer":        {func(o *options) { o.peer = "" }, []string{"--peer"}},
		"MissingModel":  {func(o *options) { o.model += "x" }, []string{"--model"}},
		"MissingPhoto":  {func(o *options) { o.photo += "x" }, []string{"--photo"}},
		"UnknownJob":    {func(o *options) { o.jobs = []string{"unet"} }, []string{`"unet"`, "unet-forward"}},
		"NeedsPhoto":    {func(o *options) { o.photo, o.jobs = "", []string{"lora"} }, []string{"lora needs --photo"}},
		"NoRounds":      {func(o *options) { o.rounds = 0 }, []string{"--rounds 0"}},
		"BadEnv":        {func(o *options) { o.peerEnv = []string{"X"} }, []string{"--peer-env"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := usable(t)
			c.change(o)
			_, err := o.chosen()
			if err == nil {
				t.Fatal("the flags were accepted")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not speak of %q", err, part)
				}
			}
		})
	}
}

func TestTitle(t *testing.T) {
	o := &options{model: filepath.Join("models", "sd15"), size: 512, batch: 1}
	if got := o.title(); got != "sd15, 512x512, batch 1" {
		t.Errorf("title is %q", got)
	}
	o.name = "mine"
	if got := o.title(); got != "mine" {
		t.Errorf("title is %q", got)
	}
}
