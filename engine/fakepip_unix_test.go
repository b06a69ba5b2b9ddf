//go:build unix

package engine

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeWheel is a wheel on a fake package index, and the pin that matches it.
type fakeWheel struct {
	pin   pin
	bytes []byte
}

// newWheel builds a wheel whose plugin is large enough for progress reports.
func newWheel(t *testing.T) fakeWheel {
	t.Helper()
	plugin := bytes.Repeat([]byte("not a real plugin\n"), 200_000)
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	w, err := archive.Create("thing/libthing.so")
	if err == nil {
		_, err = w.Write(plugin)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return fakeWheel{bytes: file.Bytes(), pin: pin{
		Project: "thing", Version: "1.2", File: "thing-1.2-py3-none-any.whl", Licence: "MIT",
		WheelSHA256: sum(file.Bytes()), WheelBytes: int64(file.Len()),
		Member: "thing/libthing.so", SHA256: sum(plugin), Bytes: int64(len(plugin)),
		GOOS: runtime.GOOS, GOARCH: runtime.GOARCH,
	}}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// fakePip puts a python3 on PATH whose pip runs a shell script for downloads,
// with $dest the folder to download to and $wheel the index's wheel. PATH keeps
// the shell's own tools but no other python. It returns the file in which every
// download leaves a line.
func fakePip(t *testing.T, served []byte, script string) (log string) {
	t.Helper()
	dir := t.TempDir()
	wheel := filepath.Join(dir, "served.whl")
	log = filepath.Join(dir, "log")
	body := fmt.Sprintf(`#!/bin/sh
case "$*" in *--version*) echo pip 99; exit 0;; esac
while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; last=$1; shift; done
wheel='%s'
echo "$last" >> '%s'
%s
`, wheel, log, script)
	for name, text := range map[string]string{"python3": body, "served.whl": string(served)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return log
}

// isolated returns a configuration with empty folders for everything.
func isolated(t *testing.T) Config {
	t.Helper()
	for _, name := range []string{EnvDevice, EnvPlugin, EnvCache} {
		t.Setenv(name, "")
	}
	t.Setenv(envGoXLAPath, t.TempDir())
	cfg, err := Config{CacheDir: filepath.Join(t.TempDir(), "cache")}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// leftovers lists what lies in the cache's folder apart from the lock.
func leftovers(t *testing.T, cfg Config) []string {
	t.Helper()
	var names []string
	entries, _ := os.ReadDir(cfg.pluginDir(DeviceCPU))
	for _, e := range entries {
		if e.Name() != ".lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// downloads counts the lines of a fake pip's log.
func downloads(t *testing.T, log string) int {
	t.Helper()
	text, _ := os.ReadFile(log)
	return strings.Count(string(text), "\n")
}

const serve = `cp "$wheel" "$dest/thing-1.2-py3-none-any.whl"`

// tryInstall installs a pin and returns the plugin.
func tryInstall(cfg Config, p pin) (Plugin, error) {
	found, err := installPin(context.Background(), cfg, p)
	if err != nil {
		return Plugin{}, err
	}
	return found[0], nil
}
