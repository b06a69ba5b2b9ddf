package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
)

func TestSize(t *testing.T) {
	for in, want := range map[string]size{"512": {512, 512}, "512x768": {512, 768}, " 64X32 ": {64, 32}} {
		var s size
		if err := s.Set(in); err != nil || s != want {
			t.Errorf("%q gave %v, %v; want %v", in, s, err, want)
		}
	}
	for _, in := range []string{"", "x", "512x", "0", "-1x5", "9000", "512x512x3", "5.5"} {
		s := size{1, 2}
		if err := s.Set(in); err == nil || s != (size{1, 2}) {
			t.Errorf("%q gave %v, %v; want an error", in, s, err)
		}
	}
	if got := (&size{3, 4}).String(); got != "3x4" {
		t.Errorf("String gave %q", got)
	}
}

func TestSeed(t *testing.T) {
	var s seed
	if err := s.Set("18446744073709551615"); err != nil || !s.given || s.value != 1<<64-1 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.Set("-1"); err == nil {
		t.Error("-1 was taken")
	}
}

func TestFidelity(t *testing.T) {
	for in, want := range map[string]float64{"0": 0, " 0.25 ": 0.25, "1": 1} {
		var f fidelity
		if err := f.Set(in); err != nil || !f.given || f.value != want {
			t.Errorf("%q gave %+v, %v", in, f, err)
		}
	}
	for _, in := range []string{"", "x", "-0.1", "1.01", "NaN"} {
		var f fidelity
		if err := f.Set(in); err == nil || f.given {
			t.Errorf("%q gave %+v, %v; want an error", in, f, err)
		}
	}
	uses := []diffusion.Use{{Concept: &concept.Concept{NearestWord: "dog"}}, {Concept: &concept.Concept{}}}
	if !(fidelity{}).apply(uses) || uses[0].Fidelity != nil {
		t.Error("a fidelity that is not given was set")
	}
	half := fidelity{0.5, true}
	if !half.apply(uses) || *uses[0].Fidelity != 0.5 || uses[1].Fidelity != nil {
		t.Errorf("set %v and %v", uses[0].Fidelity, uses[1].Fidelity)
	}
	if half.apply(uses[1:]) {
		t.Error("a concept without a nearest word passes for one that can have a fidelity")
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"A photo of <dog>, on snow!": "a-photo-of-dog-on-snow",
		"雪の中の <いぬ>":                  "雪の中の-いぬ",
		"../../etc/passwd":           "etc-passwd",
		"???":                        "picture",
		strings.Repeat("long ", 30):  "long-long-long-long-long-long-long-long",
	} {
		if got := slug(in); got != want {
			t.Errorf("%q gave %q, want %q", in, got, want)
		}
	}
}

func TestFileNames(t *testing.T) {
	if diff := cmp.Diff([]string{"a/b-1.png", "a/b-2.png"}, numbered("a/b.png", 2)); diff != "" {
		t.Error(diff)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "x.png")
	if got := free(file, 1); got != file {
		t.Errorf("free gave %s", got)
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := free(file, 1); got != filepath.Join(dir, "x-v2.png") {
		t.Errorf("free gave %s", got)
	}
	p := newProgram(nil, nil, nil)
	if err := p.notTaken(false, file); err == nil {
		t.Error("an existing file is not refused")
	}
	if err := p.notTaken(true, file); err != nil {
		t.Error(err)
	}
}

func TestTableAlignsWideCharacters(t *testing.T) {
	p := newProgram([]string{"--lang=ja"}, nil, nil)
	got := p.table([]row{{text{"a", "速度"}, "1"}, {text{"b", "Go"}, "2"}, {text{"c", "なし"}, ""}})
	if diff := cmp.Diff([]string{"速度  1", "Go    2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLineReporterIsRateLimited(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	r := &lineReporter{out: &out, every: time.Second, now: func() time.Time { return now }}
	for i := range 100 {
		now = now.Add(50 * time.Millisecond)
		r.update(progress{title: "draw", done: int64(i + 1), total: 100})
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 6 || lines[0] != "draw 1/100" || lines[5] != "draw 100/100" {
		t.Errorf("got %q", lines)
	}
	out.Reset()
	for range 3 { // a task may say three times that it is done
		r.update(progress{title: "draw", done: 100, total: 100})
	}
	if out.Len() != 0 {
		t.Errorf("the end was shown again: %q", out.String())
	}
}

func TestBarReporter(t *testing.T) {
	var out bytes.Buffer
	r := &barReporter{out: &out, width: 80}
	r.update(progress{title: "draw", done: 1, total: 4, note: "loss 0.5"})
	r.update(progress{title: "draw", done: 4, total: 4})
	r.update(progress{title: "download", done: 1 << 20, bytes: true})
	r.note("a note")
	r.close()
	for _, want := range []string{"draw", "loss 0.5", "download", "a note"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %q", want, out.String())
		}
	}
}

func TestTextFillsArguments(t *testing.T) {
	got := text{"{a} and {b}", "{b} と {a}"}.in(japanese, "a", "{b}", "b", "2")
	if got != "2 と {b}" {
		t.Errorf("got %q", got)
	}
}
