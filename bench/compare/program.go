package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/bench/result"
)

// program is one of the two that are compared.
type program struct {
	name   string
	argv   []string // before a job's arguments
	tail   []string // after them
	env    []string // beside this process's own
	advise func(stderr string) string
}

// oursPackage is what is built where --ours is not given.
const oursPackage = "github.com/ichimai/ichimai/bench/measure"

// oursProgram is this project's, built first where no binary is given. clean
// removes what was built.
func (o *options) oursProgram(ctx context.Context, progress io.Writer) (p program, clean func(), err error) {
	p = program{name: "ours", argv: []string{o.ours}, tail: o.oursArgs}
	if o.ours != "" {
		return p, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "ichimai-compare-")
	if err != nil {
		return p, nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	p.argv[0] = filepath.Join(dir, "measure")
	fmt.Fprintln(progress, "building", oursPackage)
	build := exec.CommandContext(ctx, "go", "build", "-o", p.argv[0], oursPackage)
	if text, err := build.CombinedOutput(); err != nil {
		clean()
		return p, nil, fmt.Errorf("build %s: %w: %s; run this inside the project's folder, or give a built one by --ours", oursPackage, err, lastLines(text))
	}
	return p, clean, nil
}

func (o *options) peerProgram() program {
	return program{name: "peer", argv: []string{o.python, o.peer}, tail: o.peerArgs, env: o.peerEnv, advise: adviseOnPeer}
}

func (p program) called() string { return p.name }

// measure runs the program once on a job and reads its result.
func (p program) measure(ctx context.Context, j job) (result.Result, error) {
	args := append(append(append([]string{}, p.argv[1:]...), j.args...), p.tail...)
	cmd := exec.CommandContext(ctx, p.argv[0], args...)
	cmd.Env = append(os.Environ(), p.env...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return result.Result{}, ctx.Err()
		}
		err = fmt.Errorf("%s: %s: %w: %s", p.name, j.name, err, lastLines(problems.Bytes()))
		if p.advise != nil {
			err = fmt.Errorf("%w%s", err, p.advise(problems.String()))
		}
		return result.Result{}, err
	}
	r, err := result.Parse(out.Bytes())
	if err != nil {
		return r, fmt.Errorf("%s: %s: %w", p.name, j.name, err)
	}
	return r, nil
}

// lastLines is the end of what a program wrote, in one line.
func lastLines(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines = lines[max(len(lines)-4, 0):]
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " | ")
}
