//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A script in the place of stable-diffusion.cpp. It uses nothing but the shell,
// as it is alone on the PATH.
const fakeSD = `#!/bin/sh
dir=${0%/*}
echo "$FAKE_SD $*" >>"$dir/log"
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
`

const draws = fakeSD + `: >"$out"
echo "[INFO ] stable-diffusion.cpp:1 - sampling completed, taking 3.50s"
echo "[INFO ] stable-diffusion.cpp:2 - generate_image completed in 4.25s" >&2
`

// withSD puts a script on the PATH, alone, and returns flags of a comparison
// with it whose other programs are fakes.
func withSD(t *testing.T, name, script string) (o *options, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	lines := filepath.Join(dir, "lines")
	fake(t, dir, "lines", runLine("us", 2, 9, 1), runLine("them", 4, 5, 3), runLine("us", 1, 8, 2))
	t.Setenv(envFake, lines)
	o = usable(t)
	o.ours, o.jobs, o.runs, o.sdcppModel = o.python, []string{"generate"}, 2, filepath.Join(dir, "m.safetensors")
	if err := os.WriteFile(o.sdcppModel, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return o, dir
}

func TestSDCPP(t *testing.T) {
	for _, name := range []string{"sd", "sd-cli"} {
		t.Run(name, func(t *testing.T) {
			o, dir := withSD(t, name, draws)
			o.peerEnv = []string{"FAKE_SD=here"}
			o.write = filepath.Join(dir, "table.md")
			var out bytes.Buffer
			if err := o.run(context.Background(), &out, new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
			log := strings.Split(strings.TrimSpace(read(t, filepath.Join(dir, "log"))), "\n")
			var runs []string
			for _, line := range log {
				if line, ok := strings.CutPrefix(line, "here "); ok {
					line, _, _ = strings.Cut(line, " -o ")
					runs = append(runs, line)
				}
			}
			one := "-m " + o.sdcppModel + " -p a photo of a cat on the beach -W 64 -H 64 --steps 3 --cfg-scale 7.5 --sampling-method euler -s 1 -t " + strconv.Itoa(runtime.NumCPU())
			if diff := cmp.Diff([]string{one, one}, runs); diff != "" {
				t.Error(diff)
			}
			table := read(t, o.write)
			for _, part := range []string{
				"| generate | 2.00 | 4.00 | 0.50 |", "| generate (stable-diffusion.cpp) | 1.00 | 4.25 | 0.24 | 2.00 | 0.0",
				"Peer: them.", "generate (stable-diffusion.cpp): the peer is stable-diffusion.cpp, its own time of a picture;",
			} {
				if !strings.Contains(table, part) {
					t.Errorf("the table has no %q:\n%s", part, table)
				}
			}
		})
	}
}

func TestSDCPPMeasured(t *testing.T) {
	o, _ := withSD(t, "sd", draws)
	s, found := o.sdcpp()
	if !found {
		t.Fatal("sd is on the PATH and was not found")
	}
	r, err := s.measure(context.Background(), job{})
	if err != nil {
		t.Fatal(err)
	}
	// A shell takes a few ms and MB, and this test's process counts in.
	if !(r.First > 0 && r.First < 4) || !(r.PeakGiB > 0 && r.PeakGiB < 1) {
		t.Errorf("the whole process took %v s and %v GiB", r.First, r.PeakGiB)
	}
	if diff := cmp.Diff([]float64{4.25, 4.25}, r.Runs); diff != "" {
		t.Error(diff)
	}
}

func TestSDCPPFails(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"Status":    {fakeSD + "echo no such model >&2; exit 3", "exit status 3: no such model"},
		"NoPicture": {fakeSD + "echo cannot sample", "without a picture: cannot sample"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := withSD(t, "sd", c.script)
			o.rounds = 1
			var out bytes.Buffer
			err := o.run(context.Background(), &out, new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v", err)
			}
			if !strings.Contains(out.String(), "Peer: them.") {
				t.Errorf("the other job was not kept:\n%s", out.String())
			}
		})
	}
}

// Without the program, the checkpoint or the job there is no row, and nobody
// is told.
func TestSDCPPLeftOut(t *testing.T) {
	for name, change := range map[string]func(*options, string){
		"NotOnPath":    func(_ *options, dir string) { os.Remove(filepath.Join(dir, "sd")) },
		"NoCheckpoint": func(o *options, _ string) { o.sdcppModel = "" },
		"OtherJob":     func(o *options, _ string) { o.jobs = []string{"unet-forward"} },
	} {
		t.Run(name, func(t *testing.T) {
			o, dir := withSD(t, "sd", draws)
			change(o, dir)
			var out, progress bytes.Buffer
			if err := o.run(context.Background(), &out, &progress); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{out.String(), progress.String()} {
				if strings.Contains(text, sdcppName) {
					t.Errorf("it is spoken of:\n%s", text)
				}
			}
		})
	}
}

func TestSDCPPCheckpointMissing(t *testing.T) {
	o, _ := withSD(t, "sd", draws)
	o.sdcppModel += "x"
	if _, err := o.chosen(); err == nil || !strings.Contains(err.Error(), "--sdcpp") {
		t.Errorf("error is %v", err)
	}
}
