package gate

import (
	"fmt"
	"math"

	"github.com/ichimai/ichimai/measure"
)

// Names of checks.
const (
	Subject   = "subject"   // the mean cosine with the given pictures, by a tower of subjects, -1 to 1
	Prompt    = "prompt"    // the cosine with the prompt's text, by CLIP, -1 to 1
	Sharpness = "sharpness" // [measure.Sharpness] at the gate's size
	Copying   = "copying"   // [measure.Copying]: 1 is a copy of a given picture
)

// Names lists the checks in the order in which people are shown them.
var Names = []string{Subject, Prompt, Sharpness, Copying}

// AtMost says whether a check refuses values above its threshold; the others refuse
// those below.
func AtMost(name string) bool { return name == Copying }

// From these on a check refuses; short of them it only warns.
const (
	LeastAUC   = 0.7 // how often a good picture has a better value than a bad one
	MostMisses = 0.5 // the share of bad pictures that pass
)

// Check is a threshold with what is known of it.
type Check struct {
	Name string `json:"name"`
	// Threshold is the least value of a picture that passes, or the most: see [AtMost].
	Threshold float64 `json:"threshold"`
	// AUC is how often a good picture has a better value than a bad one, from 0 to 1;
	// 0.5 is no better than chance.
	AUC float64 `json:"auc"`
	// Refused is the share of good pictures that are refused, Passed that of bad ones
	// that pass, over subjects that the threshold was not found on.
	Refused measure.Interval `json:"good_refused"`
	Passed  measure.Interval `json:"bad_passed"`
	// Hard is Passed for the bad pictures that are most like good ones: of the subject
	// check, those of the three subjects that the judge finds most alike. It is nil where
	// none are known.
	Hard *measure.Interval `json:"hard_passed,omitempty"`
	// Good and Bad are how many values of good and of bad pictures were compared.
	Good int `json:"good"`
	Bad  int `json:"bad"`
}

// Tells says whether the check tells good pictures from bad ones well enough to refuse.
func (c Check) Tells() bool { return c.AUC >= LeastAUC && c.Passed.Mean <= MostMisses }

// holds says whether a value passes.
func (c Check) holds(value float64) bool {
	if AtMost(c.Name) {
		return value <= c.Threshold
	}
	return value >= c.Threshold
}

// valid says what is wrong with a check that was read.
func (c Check) valid() error {
	switch {
	case math.IsNaN(c.Threshold) || c.Threshold < -1 || c.Threshold > math.Sqrt(8):
		return fmt.Errorf("threshold %g is no value of the check", c.Threshold)
	case !(c.AUC >= 0 && c.AUC <= 1):
		return fmt.Errorf("auc %g is not 0 to 1", c.AUC)
	case c.Good < 1 || c.Bad < 1:
		return fmt.Errorf("it rests on %d good and %d bad pictures", c.Good, c.Bad)
	}
	for name, rate := range map[string]*measure.Interval{"good_refused": &c.Refused, "bad_passed": &c.Passed, "hard_passed": c.Hard} {
		if rate != nil && !isRate(*rate) {
			return fmt.Errorf("%s is no share with an interval: %g (%g to %g) of %d", name, rate.Mean, rate.Low, rate.High, rate.N)
		}
	}
	return nil
}

func isRate(r measure.Interval) bool {
	return r.N >= 2 && 0 <= r.Low && r.Low <= r.Mean && r.Mean <= r.High && r.High <= 1
}
