package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// samples are a check's values of pictures, by subjects: the same subject has the same
// place in all lists, and may have none in some.
type samples struct{ good, bad, hard [][]float64 }

// fit finds the threshold that refuses a share of the good values, every subject
// counting alike. Its error rates are cross-fitted: each subject is judged by the
// threshold of the half that it is not in (Stone, "Cross-Validatory Choice and
// Assessment of Statistical Predictions", 1974).
func fit(name string, s samples, refuse float64, seed uint64) (c Check, err error) {
	if AtMost(name) {
		s = samples{negated(s.good), negated(s.bad), negated(s.hard)}
	}
	c = Check{Name: name, Good: count(s.good), Bad: count(s.bad)}
	others := [2]float64{} // the threshold for the half, from the other
	for h := range others {
		rest := half(s.good, 1-h)
		if count(rest) == 0 {
			return c, &measure.TooFewError{Of: "subjects", Have: filled(s.good), Need: 4, Why: "error rates are found on other subjects than thresholds"}
		}
		others[h] = threshold(rest, refuse)
	}
	c.Threshold, c.AUC = threshold(s.good, refuse), auc(s.good, s.bad)
	if c.Refused, err = crossed(s.good, others, false, seed); err != nil {
		return c, err
	}
	if c.Passed, err = crossed(s.bad, others, true, seed); err != nil {
		return c, err
	}
	if count(s.hard) > 0 {
		hard, err := crossed(s.hard, others, true, seed)
		if err != nil {
			return c, err
		}
		c.Hard = &hard
	}
	if AtMost(name) {
		c.Threshold = -c.Threshold
	}
	return c, nil
}

func negated(groups [][]float64) [][]float64 {
	out := make([][]float64, len(groups))
	for i, g := range groups {
		for _, v := range g {
			out[i] = append(out[i], -v)
		}
	}
	return out
}

func count(groups [][]float64) (n int) {
	for _, g := range groups {
		n += len(g)
	}
	return n
}

// filled is how many subjects have values.
func filled(groups [][]float64) (n int) {
	for _, g := range groups {
		n += min(len(g), 1)
	}
	return n
}

// half are every second subject's values.
func half(groups [][]float64, which int) [][]float64 {
	var out [][]float64
	for i, g := range groups {
		if i%2 == which {
			out = append(out, g)
		}
	}
	return out
}

// weighted is a value that counts as much as its weight.
type weighted struct{ value, weight float64 }

// pooled are all values, sorted, every subject with the same weight in all.
func pooled(groups [][]float64) []weighted {
	var all []weighted
	n := float64(filled(groups))
	for _, g := range groups {
		for _, v := range g {
			all = append(all, weighted{v, 1 / (n * float64(len(g)))})
		}
	}
	slices.SortFunc(all, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
	return all
}

// threshold is the highest value of which at most a share lies below.
func threshold(groups [][]float64, share float64) float64 {
	all := pooled(groups)
	below := 0.0
	at := all[0].value
	for i, v := range all {
		if i > 0 && v.value > all[i-1].value {
			if below > share+1e-9 { // weights are rounded
				break
			}
			at = v.value
		}
		below += v.weight
	}
	return at
}

// auc is how often a good value is above a bad one, equal ones counting half (Hanley
// and McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic
// (ROC) Curve", 1982).
func auc(good, bad [][]float64) float64 {
	g, b := pooled(good), pooled(bad)
	area, below, next := 0.0, 0.0, 0
	for i := 0; i < len(g); {
		value, weight := g[i].value, 0.0
		for ; i < len(g) && g[i].value == value; i++ {
			weight += g[i].weight
		}
		for ; next < len(b) && b[next].value < value; next++ {
			below += b[next].weight
		}
		equal := 0.0
		for k := next; k < len(b) && b[k].value == value; k++ {
			equal += b[k].weight
		}
		area += weight * (below + equal/2)
	}
	return min(max(area, 0), 1)
}

// crossed is the share of values that pass, or do not, over subjects, each judged by the
// threshold of the other half.
func crossed(groups [][]float64, thresholds [2]float64, pass bool, seed uint64) (measure.Interval, error) {
	var marks [][]float64
	for i, g := range groups {
		if len(g) == 0 {
			continue
		}
		var m []float64
		for _, v := range g {
			hit := 0.0
			if (v >= thresholds[i%2]) == pass {
				hit = 1
			}
			m = append(m, hit)
		}
		marks = append(marks, m)
	}
	return Share(marks, seed)
}

// Share is the mean of marks of 0 and 1, those of one subject together, with its
// interval of [Level]. Where all marks are alike the bootstrap knows no error; the
// interval is then that of so many independent subjects (Clopper and Pearson, 1934).
func Share(marks [][]float64, seed uint64) (measure.Interval, error) {
	share, err := measure.ClusterBootstrap(marks, Level, seed)
	if err != nil {
		return share, fmt.Errorf("error rate: %w", err)
	}
	unseen := 1 - math.Pow((1-Level)/2, 1/float64(share.N))
	switch lowest, highest := extremes(marks); {
	case highest == 0:
		share.Mean, share.Low, share.High = 0, 0, unseen
	case lowest == 1:
		share.Mean, share.Low, share.High = 1, 1-unseen, 1
	default: // sums are rounded
		share.Mean = min(max(share.Mean, 0), 1)
		share.Low, share.High = min(max(share.Low, 0), share.Mean), max(min(share.High, 1), share.Mean)
	}
	return share, nil
}

func extremes(groups [][]float64) (lowest, highest float64) {
	lowest, highest = math.Inf(1), math.Inf(-1)
	for _, g := range groups {
		lowest, highest = min(lowest, slices.Min(g)), max(highest, slices.Max(g))
	}
	return lowest, highest
}
