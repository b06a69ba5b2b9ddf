package diffusion

import (
	"errors"
	"fmt"
	"strings"
)

// FidelityStage sets the fidelity of a part of the steps.
type FidelityStage struct {
	// Until is the share of the timesteps, from the noisy end, up to which the stage
	// lasts: above 0 and up to 1.
	Until float64 `json:"until"`
	// Fidelity holds meanwhile, 0 to 1: see [Use].
	Fidelity float64 `json:"fidelity"`
}

// fidelity is the concept's in this use; ok is false where it is drawn on one path.
func (u Use) fidelity() (f float64, ok bool) {
	switch {
	case u.Concept == nil:
	case u.Fidelity != nil:
		return *u.Fidelity, true
	case u.Concept.Alpha != nil:
		return *u.Concept.Alpha, true
	}
	return 1, false
}

// checkFidelity refuses what no second path can be made of.
func (u Use) checkFidelity() error {
	f, ok := u.fidelity()
	switch {
	case !ok:
		return nil
	case !isShare(f):
		return fmt.Errorf("concept %q: fidelity %v must be 0 to 1", u.Concept.Name, f)
	case strings.TrimSpace(u.Concept.NearestWord) == "":
		return fmt.Errorf("concept %q: a fidelity needs the word nearest to the concept, which it does not know; leave the fidelity out", u.Concept.Name)
	}
	return nil
}

// fidelity is that of a request outside its stages. There is one blend of both
// paths, so several concepts get the mean of theirs. ok is false where there is one
// path.
func (r Request) fidelity() (mean float64, ok bool) {
	n := 0
	for _, use := range r.Concepts {
		if f, ok := use.fidelity(); ok {
			mean += f
			n++
		}
	}
	if n == 0 {
		return 1, false
	}
	return mean / float64(n), true
}

// fidelityAt is the fidelity at a timestep of so many.
func (r Request) fidelityAt(timestep float64, of int) float64 {
	for _, s := range r.FidelityStages {
		if timestep >= (1-s.Until)*float64(of) {
			return s.Fidelity
		}
	}
	f, _ := r.fidelity()
	return f
}

// fidelities are all that the steps of a request may have.
func (r Request) fidelities() []float64 {
	f, _ := r.fidelity()
	all := []float64{f}
	for _, s := range r.FidelityStages {
		all = append(all, s.Fidelity)
	}
	return all
}

// checkStages looks at the stages by themselves, and that they set anything.
func (r Request) checkStages() error {
	if _, ok := r.fidelity(); !ok && len(r.FidelityStages) > 0 {
		return errors.New("there are stages of fidelity, but no concept in use has one")
	}
	from := 0.0
	for i, s := range r.FidelityStages {
		switch {
		case !(s.Until > from && s.Until <= 1):
			return fmt.Errorf("fidelity stage %d: until %v must be above %v and at most 1", i+1, s.Until, from)
		case !isShare(s.Fidelity):
			return fmt.Errorf("fidelity stage %d: fidelity %v must be 0 to 1", i+1, s.Fidelity)
		}
		from = s.Until
	}
	return nil
}

func isShare(f float64) bool { return f >= 0 && f <= 1 }
