package evaluate

import (
	"math"
)

// scale maps a scorer's numbers so that the mean of the base model's pictures is 0 and
// that of the real ones is 1, both of the prompts that real pictures are there for.
type scale struct {
	scorer string
	terms  []term
	// Normalised is false where there are no real pictures, or where they lie so near
	// to the base model's by one of the terms that a quotient would be of noise: scores
	// are then differences from the base model's in units of cosine.
	normalised bool
}

// term is a number and its marks.
type term struct {
	name      string // subject, dino, prompt
	of        measureOf
	low, high float64
	weight    float64 // of the score; those of all terms sum to 1
}

// leastSpan is the smallest distance of the marks, as cosines, that numbers are
// divided by.
const leastSpan = 0.02

// newScale finds a scorer's marks on a product. ok is false without the base model's
// pictures.
func (d *data) newScale(scorer string, of product) (s *scale, ok bool, err error) {
	s = &scale{scorer: scorer, normalised: true}
	for _, t := range []term{
		{name: "subject", of: subjectOf(scorer), weight: 0.25},
		{name: "dino", of: dinoOf(scorer), weight: 0.25},
		{name: "prompt", of: promptOf(scorer), weight: 0.5},
	} {
		there, err := d.mark(&t, of)
		if err != nil {
			return nil, false, err
		}
		if there {
			s.terms = append(s.terms, t)
		}
		if there && !(t.high-t.low >= leastSpan) {
			s.normalised = false
		}
	}
	if len(s.terms) == 2 { // without DINO
		s.terms[0].weight = 0.5
	}
	return s, len(s.terms) > 0, nil
}

// mark finds a term's marks; high is not a number without real pictures.
func (d *data) mark(t *term, of product) (bool, error) {
	real := map[string]map[string]bool{} // prompts with real pictures, by subject
	var lows, highs [][]float64
	for i := range of.subjects {
		name := of.subjects[i].name
		there, _, err := d.pictures(&of.subjects[i], Row{Name: nameReal}, of)
		if err != nil {
			return false, err
		}
		real[name] = map[string]bool{}
		var values []float64
		for _, p := range there {
			real[name][p.Prompt] = true
			values = append(values, t.of(p))
		}
		if len(values) > 0 {
			highs = append(highs, values)
		}
	}
	for i := range of.subjects {
		base, _, err := d.pictures(&of.subjects[i], Row{Name: nameBase}, of)
		if err != nil {
			return false, err
		}
		var values []float64
		for _, p := range base {
			if v := t.of(p); !math.IsNaN(v) && (len(highs) == 0 || real[of.subjects[i].name][p.Prompt]) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			lows = append(lows, values)
		}
	}
	if len(lows) == 0 {
		return false, nil
	}
	t.low, t.high = average(averages(lows)), math.NaN()
	if len(highs) > 0 {
		t.high = average(averages(highs))
	}
	return true, nil
}

// score is the mean of subject and prompt similarity of a picture on the scale.
func (s *scale) score(p drawnPicture) float64 {
	sum := 0.0
	for _, t := range s.terms {
		sum += t.weight * s.at(t, p)
	}
	return sum
}

// at is a term of a picture on the scale.
func (s *scale) at(t term, p drawnPicture) float64 {
	if !s.normalised {
		return t.of(p) - t.low
	}
	return (t.of(p) - t.low) / (t.high - t.low)
}

// part is the subject's or the prompt's half of the score.
func (s *scale) part(prompt bool) measureOf {
	return func(p drawnPicture) float64 {
		sum, weight := 0.0, 0.0
		for _, t := range s.terms {
			if (t.name == "prompt") == prompt {
				sum, weight = sum+t.weight*s.at(t, p), weight+t.weight
			}
		}
		return sum / weight
	}
}
