package gate

import (
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// Judged are the verdicts of the drawings of one subject, picture by picture.
type Judged [][]Verdict

// Drawings sums up the drawings of a method over subjects, of which there must be two.
// A doubtful picture counts as passed, for nothing refuses it.
func Drawings(method string, subjects []Judged, seed uint64) (Drawn, error) {
	d := Drawn{Method: method, By: map[string]measure.Interval{}}
	subjects = slices.DeleteFunc(slices.Clone(subjects), func(s Judged) bool { return len(s) == 0 })
	var err error
	d.All, err = Share(marks(subjects, func(all []Verdict) bool { return !Refuses(all) }), seed)
	if err != nil {
		return d, err
	}
	for _, s := range subjects {
		d.Pictures += len(s)
	}
	for i, name := range Names {
		if slices.ContainsFunc(subjects, func(s Judged) bool { return s[0][i].Outcome == Unknown }) {
			continue
		}
		d.By[name], err = Share(marks(subjects, func(all []Verdict) bool { return all[i].Outcome != Refused }), seed)
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

// marks are 1 where f holds of a picture's verdicts, by subject.
func marks(subjects []Judged, f func([]Verdict) bool) [][]float64 {
	var all [][]float64
	for _, s := range subjects {
		var m []float64
		for _, verdicts := range s {
			hit := 0.0
			if f(verdicts) {
				hit = 1
			}
			m = append(m, hit)
		}
		all = append(all, m)
	}
	return all
}
