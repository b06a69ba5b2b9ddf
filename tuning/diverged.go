package tuning

import (
	"fmt"
	"math"
)

func notFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// DivergedError says that the loss stopped being a number. The state file is
// that of an earlier step.
type DivergedError struct {
	Step           int
	Loss, GradNorm float64
	Saved          int // the step of the state file, -1 without one
}

func (e *DivergedError) Error() string {
	advice := "start again with a lower learning_rate and token_learning_rate"
	if e.Saved >= 0 {
		advice += fmt.Sprintf(" in another folder; this one keeps the state after step %d, which the same settings go on from", e.Saved)
	}
	return fmt.Sprintf("the loss became %g (gradient norm %g) at step %d: %s", e.Loss, e.GradNorm, e.Step, advice)
}
