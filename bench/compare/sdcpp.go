package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/ichimai/ichimai/bench/result"
)

// sdcppName is what the table calls stable-diffusion.cpp.
const sdcppName = "stable-diffusion.cpp"

// sdcppJob is the one job that it can do, beside the same of the peer.
const sdcppJob = result.Generate + " (" + sdcppName + ")"

// What measure and the peer draw in the job generate.
const (
	prompt   = "a photo of a cat on the beach"
	guidance = "7.5"
	seed     = "1"
)

// sdcpp is stable-diffusion.cpp. It draws one picture in a process, and has no
// arguments or output in common with the peer.
type sdcpp struct {
	binary, model string
	env           []string
	size, steps   int
	threads       int
	runs          int // processes of one measurement
}

// sdcpp finds the program where there is a checkpoint for it. Older builds call
// it sd, a name that other programs have too.
func (o *options) sdcpp() (s sdcpp, found bool) {
	if o.sdcppModel == "" {
		return s, false
	}
	for _, name := range []string{"sd-cli", "sd"} {
		if binary, err := exec.LookPath(name); err == nil {
			return sdcpp{binary, o.sdcppModel, o.peerEnv, o.size, o.steps, o.peerThreads(), o.runs}, true
		}
	}
	return s, false
}

// peerThreads is what the peer takes: all logical processors where no
// --peer-arg says otherwise.
func (o *options) peerThreads() int {
	n := runtime.NumCPU()
	for i, arg := range o.peerArgs {
		value, ok := strings.CutPrefix(arg, "--threads=")
		if !ok && arg == "--threads" && i+1 < len(o.peerArgs) {
			value = o.peerArgs[i+1]
		}
		if given, err := strconv.Atoi(value); err == nil && given > 0 {
			n = given
		}
	}
	return n
}

func (s sdcpp) called() string { return sdcppName }

// measure draws as often as there are runs. First is the least time of a whole
// process, with reading the checkpoint; Best the least of what the program
// itself says of its work, as the others do not count the opening of the model.
func (s sdcpp) measure(ctx context.Context, _ job) (result.Result, error) {
	r := result.Result{Job: result.Generate, Size: s.size, Steps: s.steps, Batch: 1}
	for range s.runs {
		d, err := s.draw(ctx)
		if err != nil {
			return result.Result{}, err
		}
		r.Peer = sdcppName + ", " + d.of
		r.First = least(r.First, d.whole)
		r.Runs = append(r.Runs, d.seconds)
		r.Best = least(r.Best, d.seconds)
		r.PeakGiB = max(r.PeakGiB, d.peakGiB)
	}
	return r, nil
}

// drawing is one process.
type drawing struct {
	whole   float64 // seconds from its start to its end
	seconds float64 // to compare
	of      string  // what those seconds are of
	peakGiB float64
}

// draw runs one process. Euler's method is the plain one that every version
// has: one pass of the UNet with guidance a step.
func (s sdcpp) draw(ctx context.Context) (drawing, error) {
	dir, err := os.MkdirTemp("", "ichimai-compare-")
	if err != nil {
		return drawing{}, err
	}
	defer os.RemoveAll(dir)
	out, side := filepath.Join(dir, "out.png"), strconv.Itoa(s.size)
	cmd := exec.CommandContext(ctx, s.binary, "-m", s.model, "-p", prompt, "-W", side, "-H", side,
		"--steps", strconv.Itoa(s.steps), "--cfg-scale", guidance, "--sampling-method", "euler", "-s", seed,
		"-t", strconv.Itoa(s.threads), "-o", out)
	cmd.Env = append(os.Environ(), s.env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said // versions differ in where they log
	start := time.Now()
	err = cmd.Run()
	whole := result.Round(time.Since(start).Seconds(), 4)
	if err == nil {
		if _, missing := os.Stat(out); missing != nil { // not every version's status tells of a failure
			err = errors.New("it ended without a picture")
		}
	}
	if err != nil {
		return drawing{}, fmt.Errorf("%s: %s: %w: %s", sdcppName, result.Generate, err, lastLines(said.Bytes()))
	}
	d := drawing{whole: whole, peakGiB: result.Round(float64(maxRSS(cmd.ProcessState))/(1<<30), 3)}
	d.seconds, d.of = ownTime(said.String(), whole)
	return d, nil
}

// ownTimes are the lines in which the program tells its times, the one of the
// work that ours and the peer do first.
var ownTimes = []struct {
	line *regexp.Regexp
	of   string
}{
	{regexp.MustCompile(`(?:generate_image|txt2img) completed in ([0-9.]+)s`), "its own time of a picture"},
	{regexp.MustCompile(`[^0-9] sampling completed, taking ([0-9.]+)s`), "its own time of the steps alone"},
}

// ownTime reads the last of these lines. Where there is none, the time is that
// of the whole process.
func ownTime(said string, whole float64) (seconds float64, of string) {
	for _, t := range ownTimes {
		all := t.line.FindAllStringSubmatch(said, -1)
		if len(all) == 0 {
			continue
		}
		if s, err := strconv.ParseFloat(all[len(all)-1][1], 64); err == nil && s > 0 {
			return s, t.of
		}
	}
	return whole, "the whole process with reading the checkpoint"
}
