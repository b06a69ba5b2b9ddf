package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pips are the ways in which pip is started, most dependable first.
var pips = [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}}

const (
	pipPoll  = 200 * time.Millisecond // how often the growing download is measured
	pipGrace = 3 * time.Second        // how long pip's children may hold its output after it ended
)

// findPip returns the first way of starting pip that answers.
func findPip(ctx context.Context) ([]string, error) {
	var tried []string
	for _, pip := range pips {
		name := strings.Join(pip, " ")
		if _, err := exec.LookPath(pip[0]); err != nil {
			tried = append(tried, name+" is not on PATH")
			continue
		}
		if _, err := runPip(ctx, pip, os.Environ(), "--version"); err != nil {
			tried = append(tried, name+": "+err.Error())
			continue
		}
		return pip, nil
	}
	return nil, fmt.Errorf("pip was not found (%s); install Python 3 with pip", strings.Join(tried, "; "))
}

// pipDownload fetches a pinned wheel into dir and returns its path. pip keeps
// its own temporary files in dir too, so that removing dir leaves nothing. The
// person's pip settings (index, proxy, certificates) apply.
func pipDownload(ctx context.Context, p pin, dir string, report func(Phase, int64, int64)) (string, error) {
	pip, err := findPip(ctx)
	if err != nil {
		return "", err
	}
	defer watchSize(dir, func(n int64) { report(PhaseDownload, min(n, p.WheelBytes), p.WheelBytes) })()
	env := append(os.Environ(), "TMPDIR="+dir, "PIP_NO_INPUT=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_PROGRESS_BAR=off")
	out, err := runPip(ctx, pip, env, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
		"--retries", "2", "--timeout", "20", "--dest", dir, p.Project+"=="+p.Version)
	if err != nil {
		return "", fmt.Errorf("pip download: %w", err)
	}
	wheel := filepath.Join(dir, p.File)
	if _, err := os.Stat(wheel); err != nil {
		return "", fmt.Errorf("pip download gave no %s: %s", p.File, lastLines(out))
	}
	return wheel, nil
}

// runPip runs pip to its end and returns what it printed.
func runPip(ctx context.Context, pip, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, pip[0], append(pip[1:len(pip):len(pip)], args...)...)
	cmd.Env, cmd.WaitDelay = env, pipGrace
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s ended with status %d: %s", strings.Join(pip, " "), exit.ExitCode(), lastLines(out.String()))
	}
	return out.String(), err
}

// lastLines returns the end of a program's output on one line.
func lastLines(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	lines = lines[max(0, len(lines)-3):]
	return shorten(strings.Join(lines, " | "))
}

// watchSize reports the size of everything in dir until the returned function
// is called, which waits for the last report.
func watchSize(dir string, report func(int64)) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(pipPoll); ; {
			report(sizeOf(dir))
			select {
			case <-quit:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(quit); <-done }
}

// sizeOf sums the files under dir; what vanishes meanwhile counts as nothing.
func sizeOf(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
