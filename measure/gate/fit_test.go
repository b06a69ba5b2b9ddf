package gate

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/measure"
)

// TestFitKnown compares thresholds and rates of normal values with what theory says: good
// ones around 1 and bad ones around -2, both with the deviation 1.
func TestFitKnown(t *testing.T) {
	good, bad := normal(60, 50, 1, 1), normal(60, 50, -2, 2)
	c, err := fit(Subject, samples{good: good, bad: bad}, 0.05, 0)
	must(t, err)
	quantile := -1.6449 // of 0.05
	missed := math.Erfc((3+quantile)/math.Sqrt2) / 2
	over := math.Erfc(-3/2.0) / 2
	if !near(c.Threshold, 1+quantile, 0.08) || !near(c.AUC, over, 0.005) {
		t.Errorf("threshold %.3f and AUC %.4f, want %.3f and %.4f", c.Threshold, c.AUC, 1+quantile, over)
	}
	if !near(c.Refused.Mean, 0.05, 0.01) || !near(c.Passed.Mean, missed, 0.015) {
		t.Errorf("refused %.3f and passed %.3f, want 0.05 and %.3f", c.Refused.Mean, c.Passed.Mean, missed)
	}
	if c.Refused.Low > 0.05 || c.Refused.High < 0.05 || c.Passed.Low > missed || c.Passed.High < missed || c.Refused.N != 60 {
		t.Errorf("the intervals %+v and %+v do not hold the truth", c.Refused, c.Passed)
	}
	if !c.Tells() || c.Good != 3000 || c.Bad != 3000 || c.Hard != nil {
		t.Errorf("got %+v", c)
	}
	turned, err := fit(Copying, samples{good: negated(good), bad: negated(bad)}, 0.05, 0)
	must(t, err)
	c.Name, c.Threshold = Copying, -c.Threshold
	if diff := cmp.Diff(c, turned); diff != "" {
		t.Errorf("a check from above differs:\n%s", diff)
	}
}

// TestFitCannotTell learns from values that say nothing, or too little.
func TestFitCannotTell(t *testing.T) {
	for name, mean := range map[string]float64{"Same": 1, "Reversed": 3, "Near": -0.5} {
		c, err := fit(Subject, samples{good: normal(40, 30, 1, 1), bad: normal(40, 30, mean, 2)}, 0.05, 0)
		must(t, err)
		if c.Tells() {
			t.Errorf("%s: a check with AUC %.3f and %.2f misses passes for one that can refuse", name, c.AUC, c.Passed.Mean)
		}
	}
	if (Check{AUC: LeastAUC, Passed: measure.Interval{Mean: MostMisses}}).Tells() != true {
		t.Error("the bounds themselves do not suffice")
	}
	for _, c := range []Check{{AUC: 0.69}, {AUC: 1, Passed: measure.Interval{Mean: 0.51}}} {
		if c.Tells() {
			t.Errorf("%+v passes for a check that can refuse", c)
		}
	}
}

// TestFitIsCrossed judges each subject by the other half's threshold: the values of the
// halves lie apart, so that one half is refused as a whole and of the other none.
func TestFitIsCrossed(t *testing.T) {
	c, err := fit(Subject, samples{good: [][]float64{{1, 2}, {5, 6}, {1.5, 2.5}, {5.5, 6.5}}, bad: [][]float64{{0}, {1.2}, {5.2}, {7}}}, 0.05, 0)
	must(t, err)
	if c.Refused.Mean != 0.5 || c.Threshold != 1 {
		t.Errorf("%g are refused at %g, want half at 1", c.Refused.Mean, c.Threshold)
	}
	// The first and third are judged at 5: 0 and 5.2; the others at 1: 1.2 and 7.
	if c.Passed.Mean != 0.75 {
		t.Errorf("%g pass, want 0.75", c.Passed.Mean)
	}
}

func TestFitHard(t *testing.T) {
	c, err := fit(Subject, samples{good: normal(20, 9, 1, 1), bad: normal(20, 9, -2, 2), hard: normal(20, 9, 0, 3)}, 0.05, 0)
	must(t, err)
	if c.Hard == nil || c.Hard.Mean < c.Passed.Mean+0.3 {
		t.Errorf("of hard ones %v pass, of all %v", c.Hard, c.Passed)
	}
	must(t, c.valid())
}

// TestFitCountsSubjects gives one subject a hundred times the pictures.
func TestFitCountsSubjects(t *testing.T) {
	good := [][]float64{slices.Repeat([]float64{0}, 900), {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}}
	if got := threshold(good, 0.15); got != 5 {
		t.Errorf("the threshold is %g; the subject with many pictures weighs more than one", got)
	}
	if got := threshold(good, 0.05); got != 0 {
		t.Errorf("the threshold is %g, want 0", got)
	}
	if got := auc([][]float64{{1, 1, 1, 1}, {3}}, [][]float64{{2}, {2, 2, 2}}); !near(got, 0.5, 1e-12) {
		t.Errorf("the AUC is %g, want 0.5", got)
	}
	if got := auc([][]float64{{1, 2}}, [][]float64{{1, 2}}); !near(got, 0.5, 1e-12) {
		t.Errorf("the AUC of the same values is %g, want 0.5", got)
	}
}

func TestFitErrTooFew(t *testing.T) {
	_, err := fit(Subject, samples{good: [][]float64{{1}, nil, {2}, nil}, bad: normal(4, 2, 0, 1)}, 0.05, 0)
	var few *measure.TooFewError
	if !errors.As(err, &few) || few.Have != 2 {
		t.Errorf("got %v", err)
	}
}

// TestShareOfNone says how much a rate of none may be in truth.
func TestShareOfNone(t *testing.T) {
	none, err := Share([][]float64{{0, 0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}}, 0)
	must(t, err)
	if none.Mean != 0 || none.Low != 0 || !near(none.High, 0.3085, 1e-4) { // Clopper and Pearson's for 0 of 10
		t.Errorf("none of 10 gave %+v", none)
	}
	all, err := Share([][]float64{{1}, {1}, {1, 1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}}, 0)
	must(t, err)
	if all.Mean != 1 || all.High != 1 || !near(all.Low, 1-0.3085, 1e-4) {
		t.Errorf("all of 10 gave %+v", all)
	}
	if _, err := Share([][]float64{{1}}, 0); err == nil {
		t.Error("one subject has an interval")
	}
}
