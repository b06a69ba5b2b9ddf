package pretrain

import "time"

// Paced is a stage whose number of steps can change while it trains.
type Paced interface {
	// SetSteps says how many steps the whole run has.
	SetSteps(n int)
}

// within fits a run's number of steps to the time that it may take. Only a
// schedule whose rates so far do not depend on that number can be fitted.
type within struct {
	until time.Time
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
	if timed < 0 || timed%fitEvery != 0 {
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
	other := s.Schedule
	other.Total = steps
	if !other.SameUpTo(step, s.Steps) {
		return 0, false // the rate falls already
	}
	return steps, true
}
