package pretrain

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ichimai/ichimai/weights"
)

// Paced is a stage whose number of steps can change while it trains.
type Paced interface {
	// SetSteps says how many steps the whole run has.
	SetSteps(n int)
}

// within fits a run's number of steps to the time that it may take. Only a
// schedule whose rates so far do not depend on that number can be fitted.
type within struct {
	until time.Time // zero: the steps stay as they are
	since time.Time // when the step before those that are timed ended
}

// settling steps are not timed: programs are compiled and caches filled in them.
// A run is fitted after every fitEvery steps from then on, by how long these took.
const (
	settling = 10
	fitEvery = 50
)

// fit returns how many steps the run shall have, given that the one of a number
// has ended, of which others had been done before; ok is false where that stays
// as it is.
func (w *within) fit(step, before int, s *Settings) (steps int, ok bool) {
	timed := step - before - settling
	if w.until.IsZero() || timed < 0 || timed%fitEvery != 0 {
		return 0, false
	}
	each := time.Since(w.since) / fitEvery
	w.since = time.Now()
	if timed == 0 {
		return 0, false
	}
	left := int(time.Until(w.until) / max(each, 1))
	// What remains is at least the decay, without which a run is not finished.
	steps = step + max(left, s.Schedule.Decay, 1)
	return steps, s.Schedule.SameUpTo(step, steps) // else the rate falls already
}

// checkUntil refuses a time for what cannot be fitted to one.
func (r *Run) checkUntil(stage Stage) error {
	if r.Until.IsZero() {
		return nil
	}
	if _, ok := stage.(Paced); !ok {
		return fmt.Errorf("%s has a fixed number of steps: it cannot be trained until a given time", stage.Name())
	}
	if !r.Settings.Schedule.Extends() {
		return fmt.Errorf("settings key lr_scheduler: with %s the rates depend on the number of steps from the beginning; a run that ends at a time needs constant or warmup_stable_decay", r.Settings.Schedule.Kind)
	}
	return nil
}

// adopt takes over the number of steps that the run had before it was stopped, to
// which it may have been fitted, in place of the settings'.
func (r *Run) adopt(stage Stage) error {
	if r.Until.IsZero() {
		return nil
	}
	src, err := weights.Open(r.statePath())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("resume training: %w", err)
	}
	defer src.Close()
	_, steps, err := stepsOf(src, r.statePath())
	if err == nil {
		r.setSteps(stage, steps)
	}
	return err
}

// extend lets a run that shall end at a time last until it is known how long a
// step takes, and end properly from there, whatever the settings' number of steps.
func (r *Run) extend(stage Stage, done int) {
	r.within.until = r.Until
	s := r.Settings.Schedule
	steps := done + settling + fitEvery + s.Decay
	if !r.Until.IsZero() && done < s.Total && s.Total < steps && s.SameUpTo(done, steps) {
		r.setSteps(stage, steps)
	}
}

// setSteps changes the number of steps of the whole run.
func (r *Run) setSteps(stage Stage, n int) {
	r.Settings.Steps, r.Settings.Schedule.Total = n, n
	stage.(Paced).SetSteps(n)
}
