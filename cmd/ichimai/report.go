package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is how far a task is.
type progress struct {
	task  string // for programs: install, draw, learn, train
	title string // for people, in their language
	done  int64
	total int64 // 0 when unknown
	bytes bool  // done and total are bytes
	note  string
	data  map[string]any // further figures, for programs
}

// reporter shows progress.
type reporter interface {
	update(progress)
	note(string)
	// close ends what is being shown; later updates begin anew.
	close()
}

func (p *program) newReporter() reporter {
	switch {
	case p.json:
		return &jsonReporter{json.NewEncoder(p.err)}
	case p.quiet:
		return silent{}
	case p.terminal:
		return &barReporter{out: p.err, width: p.width}
	}
	return &lineReporter{out: p.err, every: 5 * time.Second, now: time.Now}
}

// silent shows nothing.
type silent struct{}

func (silent) update(progress) {}
func (silent) note(string)     {}
func (silent) close()          {}

// jsonReporter writes one object a line.
type jsonReporter struct{ out *json.Encoder }

func (r *jsonReporter) update(p progress) {
	line := map[string]any{}
	for k, v := range p.data {
		line[k] = v
	}
	line["event"], line["task"], line["done"], line["total"] = "progress", p.task, p.done, p.total
	r.out.Encode(line)
}

func (r *jsonReporter) note(s string) { r.out.Encode(map[string]any{"event": "note", "text": s}) }
func (r *jsonReporter) close()        {}

// lineReporter writes plain lines, for logs: the first and last of a task and
// at most one every few seconds between.
type lineReporter struct {
	out   io.Writer
	every time.Duration
	now   func() time.Time
	task  string
	shown string // the last line
	last  time.Time
}

func (r *lineReporter) update(p progress) {
	first := p.title != r.task
	last := p.total > 0 && p.done >= p.total
	if !first && !last && r.now().Sub(r.last) < r.every {
		return
	}
	text := line(p)
	if text == r.shown && !first {
		return // a task may report its end more than once
	}
	r.task, r.last, r.shown = p.title, r.now(), text
	fmt.Fprintln(r.out, text)
}

func (r *lineReporter) note(s string) { fmt.Fprintln(r.out, s) }
func (r *lineReporter) close()        { r.task = "" }

// line is progress in one line.
func line(p progress) string {
	s := p.title
	switch {
	case p.bytes && p.total > 0:
		s += fmt.Sprintf(" %.1f/%.1f MB", megabytes(p.done), megabytes(p.total))
	case p.bytes:
		s += fmt.Sprintf(" %.1f MB", megabytes(p.done))
	case p.total > 0:
		s += fmt.Sprintf(" %d/%d", p.done, p.total)
	}
	if p.note != "" {
		s += "  " + p.note
	}
	return s
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// barReporter draws a bar on a terminal.
type barReporter struct {
	out   io.Writer
	width int
	task  string
	bar   *progressbar.ProgressBar
}

func (r *barReporter) update(p progress) {
	if r.bar == nil || r.task != p.title {
		r.close()
		r.start(p)
	}
	r.bar.Describe(caption(p))
	if p.total > 0 && p.total != r.bar.GetMax64() {
		r.bar.ChangeMax64(p.total)
	}
	r.bar.Set64(p.done)
}

func (r *barReporter) start(p progress) {
	total := p.total
	if total == 0 {
		total = -1
	}
	r.task = p.title
	r.bar = progressbar.NewOptions64(total, progressbar.OptionSetDescription(caption(p)),
		progressbar.OptionSetWriter(r.out), progressbar.OptionSetWidth(min(30, max(r.width/4, 5))),
		progressbar.OptionShowBytes(p.bytes), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(!p.bytes),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetRenderBlankState(true))
}

func caption(p progress) string {
	if p.note == "" {
		return p.title
	}
	return p.title + "  " + p.note
}

func (r *barReporter) note(s string) {
	if r.bar != nil {
		r.bar.Clear()
	}
	fmt.Fprintln(r.out, s)
}

func (r *barReporter) close() {
	if r.bar != nil {
		r.bar.Exit()
		fmt.Fprintln(r.out)
	}
	r.bar = nil
}
