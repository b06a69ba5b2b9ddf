package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// load is what a unit has still to do.
type load struct {
	kind     string // of learning: a method with a setting, for so many steps
	steps    int    // to learn; 0 where all is there
	pictures int    // to draw
}

// load finds out what a unit has still to do.
func (r *runner) load(ctx context.Context, u unit) (load, error) {
	var w load
	for _, n := range u.steps {
		var l *learned
		if u.name != nameBase && u.name != nameReal {
			dir, s, err := r.learnedDir(ctx, u, n)
			if err != nil {
				return w, err
			}
			if l, err = openLearned(dir); err != nil {
				return w, err
			}
			if !l.has(n) {
				w.addSteps(n, prefixed(s))
			}
		}
		dir, err := r.drawnDir(u, n, l)
		if err != nil {
			return w, err
		}
		if !exists(filepath.Join(dir, drawnFile)) {
			w.pictures += u.pictures()
			continue
		}
		d, err := openDrawn(dir)
		if err != nil {
			return w, err
		}
		w.pictures += max(u.pictures()-len(d.Pictures), 0)
	}
	w.kind = fmt.Sprintf("%s %d", u.label(), w.steps)
	return w, nil
}

func (w *load) addSteps(n int, prefixed bool) {
	if prefixed {
		w.steps = max(w.steps, n, 1)
	} else {
		w.steps += max(n, 1)
	}
}

// mean is the mean of what was added.
type mean struct {
	sum float64
	n   float64
}

func (m *mean) add(sum, n float64) { m.sum, m.n = m.sum+sum, m.n+n }

func (m mean) value() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / m.n
}

// pace estimates how long a part still takes, from what its kinds of work took.
type pace struct {
	loads    []load
	left     []bool
	begun    time.Time
	done     int
	worked   int // units that had something to do
	pictures int // drawn in this process

	kinds   map[string]mean // seconds of a learning, by kind
	step    mean            // seconds of a step of any
	picture mean
}

func newPace() *pace { return &pace{kinds: map[string]mean{}} }

func (p *pace) begin(loads []load, now time.Time) {
	p.loads, p.begun, p.done, p.worked = loads, now, 0, 0
	p.left = make([]bool, len(loads))
	for i := range p.left {
		p.left[i] = true
	}
}

func (p *pace) drew(n int) { p.pictures += n }

// learned takes in what a learning took.
func (p *pace) learned(w load, took time.Duration) {
	if w.steps == 0 {
		return
	}
	m := p.kinds[w.kind]
	m.add(took.Seconds(), 1)
	p.kinds[w.kind] = m
	p.step.add(took.Seconds(), float64(w.steps))
}

func (p *pace) painted(n int, took time.Duration) {
	if n > 0 {
		p.picture.add(took.Seconds(), float64(n))
	}
}

func (p *pace) finish(i int, _ time.Time) {
	p.left[i] = false
	p.done++
	if w := p.loads[i]; w.steps+w.pictures > 0 {
		p.worked++
	}
}

// rate is how many units are done an hour, and how long the rest takes; 0 while that
// is not known.
func (p *pace) rate(now time.Time) (perHour float64, left time.Duration) {
	seconds := 0.0
	for i, w := range p.loads {
		if p.left[i] {
			seconds += p.cost(w)
		}
	}
	if hours := now.Sub(p.begun).Hours(); hours > 0 && p.worked > 0 {
		perHour = float64(p.worked) / hours
	}
	if p.worked == 0 {
		return perHour, 0
	}
	return perHour, time.Duration(seconds * float64(time.Second))
}

// cost is what a load takes, in seconds, as far as is known.
func (p *pace) cost(w load) float64 {
	seconds := float64(w.pictures) * p.picture.value()
	if w.steps == 0 {
		return seconds
	}
	if m, known := p.kinds[w.kind]; known {
		return seconds + m.value()
	}
	return seconds + float64(w.steps)*p.step.value()
}
