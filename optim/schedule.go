package optim

import (
	"fmt"
	"math"
)

// Schedule is a learning rate over the steps of a run.
type Schedule struct {
	// Kind is constant, linear (down to 0), cosine (down to 0; Loshchilov and
	// Hutter, arXiv 1608.03983, one period) or warmup_stable_decay (constant, then
	// linear down to 0 over the last Decay steps; Hu et al., arXiv 2404.06395).
	Kind string `yaml:"lr_scheduler" json:"lr_scheduler"`
	// Base is the highest learning rate.
	Base float64 `yaml:"learning_rate" json:"learning_rate"`
	// Warmup is the number of steps over which the rate rises from 0.
	Warmup int `yaml:"lr_warmup_steps" json:"lr_warmup_steps"`
	// Decay is the number of steps at the end of warmup_stable_decay.
	Decay int `yaml:"lr_decay_steps" json:"lr_decay_steps"`
	// Total is the number of steps of the run.
	Total int `yaml:"-" json:"-"`
}

// Validate reports what is wrong, by the key that a user sets.
func (s Schedule) Validate() error {
	switch s.Kind {
	case constant, linear, cosine, stableDecay:
	default:
		return fmt.Errorf("lr_scheduler: %q is not known; constant, linear, cosine and warmup_stable_decay are", s.Kind)
	}
	if decays := s.Kind == stableDecay; decays != (s.Decay > 0) || s.Decay < 0 {
		return fmt.Errorf("lr_decay_steps: found %d with lr_scheduler %s; it is positive for warmup_stable_decay and 0 for all others", s.Decay, s.Kind)
	}
	if !(s.Base > 0) || math.IsInf(s.Base, 0) {
		return fmt.Errorf("learning_rate: %g is not a positive number", s.Base)
	}
	if s.Warmup < 0 || s.Total < 1 {
		return fmt.Errorf("lr_warmup_steps must not be negative and steps must be positive, found %d and %d", s.Warmup, s.Total)
	}
	return nil
}

// At is the learning rate of a step, counted from 1.
func (s Schedule) At(step int) float64 {
	if step <= s.Warmup {
		return s.Base * float64(step) / float64(s.Warmup)
	}
	from := s.Warmup // the step after which the rate falls
	if s.Kind == stableDecay {
		from = max(from, s.Total-s.Decay)
	}
	if s.Kind == constant || s.Total <= from {
		return s.Base
	}
	// The last step still learns: the rate would reach 0 one step later.
	done := float64(step-from-1) / float64(s.Total-from)
	done = min(max(done, 0), 1)
	if s.Kind == cosine {
		return s.Base * (1 + math.Cos(math.Pi*done)) / 2
	}
	return s.Base * (1 - done)
}

// Extends reports whether the rates of a run's beginning are the same whatever its
// number of steps.
func (s Schedule) Extends() bool { return s.Kind == constant || s.Kind == stableDecay }

// SameUpTo reports whether a run of total steps in place of s's own has the same
// rates in its first steps.
func (s Schedule) SameUpTo(steps, total int) bool {
	other := s
	other.Total = total
	for step := 1; step <= steps; step++ {
		if s.At(step) != other.At(step) {
			return false
		}
	}
	return true
}

// The kinds.
const (
	constant    = "constant"
	linear      = "linear"
	cosine      = "cosine"
	stableDecay = "warmup_stable_decay"
)
