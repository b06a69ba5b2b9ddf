package optim

import (
	"fmt"
	"math"
)

// Schedule is a learning rate over the steps of a run.
type Schedule struct {
	// Kind is constant, linear (down to 0) or cosine (down to 0; Loshchilov and
	// Hutter, arXiv 1608.03983, one period).
	Kind string `yaml:"lr_scheduler" json:"lr_scheduler"`
	// Base is the highest learning rate.
	Base float64 `yaml:"learning_rate" json:"learning_rate"`
	// Warmup is the number of steps over which the rate rises from 0.
	Warmup int `yaml:"lr_warmup_steps" json:"lr_warmup_steps"`
	// Total is the number of steps of the run.
	Total int `yaml:"-" json:"total_steps"`
}

// Validate reports what is wrong, by the key that a user sets.
func (s Schedule) Validate() error {
	switch s.Kind {
	case "constant", "linear", "cosine":
	default:
		return fmt.Errorf("lr_scheduler: %q is not known; constant, linear and cosine are", s.Kind)
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
	if s.Kind == "constant" || s.Total <= s.Warmup {
		return s.Base
	}
	// The last step still learns: the rate would reach 0 one step later.
	done := float64(step-s.Warmup-1) / float64(s.Total-s.Warmup)
	done = min(max(done, 0), 1)
	if s.Kind == "linear" {
		return s.Base * (1 - done)
	}
	return s.Base * (1 + math.Cos(math.Pi*done)) / 2
}
