package evaluate

import (
	"time"

	"github.com/ichimai/ichimai/tuning"
)

// watch times learning without the looks at it.
type watch struct {
	now     func() time.Time
	begun   time.Time
	last    time.Time // when the last step was made, or a look after it ended
	paused  time.Duration
	resumed bool // part of the run was in another process

	prepared time.Duration
	first    time.Duration // the first step
	later    mean          // of the others, in seconds
	steps    int
}

func (w *watch) start() { w.begun = w.now() }

// report is told what package tuning reports.
func (w *watch) report(p tuning.Progress) {
	now := w.now()
	switch p.Event {
	case tuning.EventResumed:
		w.resumed = true
	case tuning.EventPrepared:
		w.prepared, w.last = now.Sub(w.begun), now
	case tuning.EventStep:
		if w.steps++; w.steps == 1 {
			w.first = now.Sub(w.last)
		} else {
			w.later.add(now.Sub(w.last).Seconds(), 1)
		}
		w.last = now
	}
}

// pause ends a look, which began when the last step had been made. The copying of the
// concept for a look is part of no later time.
func (w *watch) pause() {
	now := w.now()
	w.paused += now.Sub(w.last)
	w.last = now
}

// look is the time until now; beside is added.
func (w *watch) look(beside time.Duration) look {
	l := look{Seconds: (w.now().Sub(w.begun) - w.paused + beside).Seconds(), Timed: !w.resumed, Prepared: (w.prepared + beside).Seconds()}
	if w.later.n > 0 {
		l.Step = w.later.value()
		l.Starting = max(w.first.Seconds()-l.Step, 0)
	}
	return l
}
