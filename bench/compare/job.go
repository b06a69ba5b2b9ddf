package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/bench/result"
)

// kind is a job as both programs know it; mode is of the UNet's.
type kind struct{ job, mode string }

// kinds are all jobs, in the order of the table.
var kinds = []kind{
	{result.UNet, result.Forward},
	{result.UNet, result.Token},
	{result.UNet, result.Pairs},
	{result.UNet, result.All},
	{result.Generate, ""},
	{result.TextualInversion, ""},
	{result.LoRA, ""},
}

// name is what --jobs and the table call a job.
func (k kind) name() string {
	if k.mode == "" {
		return k.job
	}
	return k.job + "-" + k.mode
}

// learns reports whether the job needs a photo.
func (k kind) learns() bool { return k.job == result.TextualInversion || k.job == result.LoRA }

func jobNames() string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name())
	}
	return strings.Join(names, ", ")
}

// job is one line of work, with the arguments that both programs take.
type job struct {
	name string
	args []string
}

// chosen checks the flags and lists the jobs.
func (o *options) chosen() ([]job, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(o.jobs) == 0 {
		return o.defaults(), nil
	}
	var jobs []job
	for _, name := range o.jobs {
		i := slices.IndexFunc(kinds, func(k kind) bool { return k.name() == name })
		if i < 0 {
			return nil, fmt.Errorf("--jobs: %q is not known; choose among %s", name, jobNames())
		}
		if kinds[i].learns() && o.photo == "" {
			return nil, fmt.Errorf("--jobs: %s needs --photo, a picture to learn from", name)
		}
		jobs = append(jobs, o.job(kinds[i]))
	}
	return jobs, nil
}

// defaults are all jobs that the flags are enough for.
func (o *options) defaults() []job {
	var jobs []job
	for _, k := range kinds {
		if !k.learns() || o.photo != "" {
			jobs = append(jobs, o.job(k))
		}
	}
	return jobs
}

func (o *options) job(k kind) job {
	args := []string{k.job, o.model}
	steps := o.steps
	if k.learns() {
		args = append(args, o.photo)
		steps = o.tuningSteps
	}
	for _, flag := range []struct {
		name  string
		value int
	}{{"--size", o.size}, {"--batch", o.batch}, {"--steps", steps}, {"--runs", o.runs}} {
		args = append(args, flag.name, strconv.Itoa(flag.value))
	}
	if k.mode != "" {
		args = append(args, "--mode", k.mode)
	}
	return job{name: k.name(), args: args}
}

// check refuses flags that would fail only after minutes.
func (o *options) check() error {
	if o.plot != "" {
		if err := checkPlot(o.plot); err != nil {
			return err
		}
	}
	for _, f := range []struct{ flag, path, what string }{
		{"--model", o.model, "a model folder in diffusers' layout"},
		{"--peer", o.peer, "the peer script"},
		{"--photo", o.photo, "a picture"},
		{"--sdcpp", o.sdcppModel, "a checkpoint file"},
	} {
		if f.path == "" && (f.flag == "--photo" || f.flag == "--sdcpp") {
			continue
		}
		if _, err := os.Stat(f.path); err != nil {
			return fmt.Errorf("%s: there is nothing at %q; give the path of %s", f.flag, f.path, f.what)
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{
		{"--size", o.size}, {"--batch", o.batch}, {"--steps", o.steps},
		{"--tuning-steps", o.tuningSteps}, {"--runs", o.runs}, {"--rounds", o.rounds},
	} {
		if n.value < 1 {
			return fmt.Errorf("%s %d: give 1 or more", n.flag, n.value)
		}
	}
	for _, pair := range o.peerEnv {
		if !strings.Contains(pair, "=") {
			return fmt.Errorf("--peer-env: %q is not KEY=VALUE", pair)
		}
	}
	return checkPython(o.python)
}

// title is the table's name.
func (o *options) title() string {
	if o.name != "" {
		return o.name
	}
	name := o.model
	if path, err := filepath.Abs(o.model); err == nil {
		name = path
	}
	return fmt.Sprintf("%s, %dx%d, batch %d", filepath.Base(name), o.size, o.size, o.batch)
}
