package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ichimai/ichimai/engine"
)

// process is how a trial's processes are started.
type process struct {
	program, folder string
	pictures, steps int
}

func (p process) data() string { return filepath.Join(p.folder, "studio") }
func (p process) out() string  { return filepath.Join(p.folder, "out") }
func (p process) home() string { return filepath.Join(p.folder, "home") }
func (p process) temp() string { return filepath.Join(p.folder, "tmp") }

// ending is how a process ended.
type ending struct {
	killed bool
	step   string // the last that it told of; "start" before
	result result // where it was not killed
}

// result is what the program prints of a trial.
type result struct {
	Pictures struct{ Drawn, Approved, Rejected, Published int }
	Verified int
	Entries  int64
	Project  string
	Trial    string
}

// run runs a process to its end, or kills it after a time that is not 0.
func (p process) run(ctx context.Context, after time.Duration) (ending, error) {
	for _, folder := range []string{p.out(), p.home(), p.temp()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return ending{}, err
		}
	}
	c := exec.CommandContext(ctx, p.program, "studio", "trial", "--json", "--lang", "en", "--data", p.data(), "--out", p.out(),
		"--pictures", strconv.Itoa(p.pictures), "--steps", strconv.Itoa(p.steps))
	var err error
	if c.Env, err = p.environment(); err != nil {
		return ending{}, err
	}
	var out bytes.Buffer
	c.Stdout = &out
	told, err := c.StderrPipe()
	if err != nil {
		return ending{}, err
	}
	if err := c.Start(); err != nil {
		return ending{}, fmt.Errorf("start the program: %w", err)
	}
	e := ending{step: "start"}
	if after > 0 {
		kill := time.AfterFunc(after, func() { c.Process.Kill() }) // SIGKILL
		defer kill.Stop()
	}
	last := follow(told, &e)
	err = c.Wait()
	var status *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return e, ctx.Err()
	case errors.As(err, &status) && !status.Exited(): // by the signal
		e.killed = true
		return e, nil
	case err != nil:
		return e, fmt.Errorf("the program failed: %w\n%s", err, last)
	}
	if err := json.Unmarshal(out.Bytes(), &e.result); err != nil {
		return e, fmt.Errorf("read the program's result: %w\n%s", err, out.Bytes())
	}
	return e, nil
}

// environment is an empty home, where temporary files are seen too. What was installed
// for this machine is not installed again.
func (p process) environment() ([]string, error) {
	cache := os.Getenv(engine.EnvCache)
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find the cache folder: %w", err)
		}
		cache = filepath.Join(user, "ichimai")
	}
	return append(os.Environ(), "HOME="+p.home(), "XDG_CACHE_HOME=", "TMPDIR="+p.temp(), engine.EnvCache+"="+cache), nil
}

// follow reads what a process tells until it ends, and returns its last lines.
func follow(r io.Reader, e *ending) (last string) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var told struct{ Event, Step string }
		if json.Unmarshal(lines.Bytes(), &told) == nil && told.Step != "" {
			e.step = told.Step
			continue
		}
		last += lines.Text() + "\n"
	}
	return last
}
