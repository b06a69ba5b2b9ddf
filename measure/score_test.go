package measure

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// near compares two numbers.
func near(t rapid.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.6g, want %.6g to %g", what, got, want, tolerance)
	}
}

// tooFew fails unless an error is a TooFewError of these numbers.
func tooFew(t testing.TB, err error, have, need int) {
	t.Helper()
	var few *TooFewError
	if !errors.As(err, &few) || few.Have != have || few.Need != need {
		t.Errorf("error is %v, want that %d are too few and %d needed", err, have, need)
	}
}

// towards is the unit vector at an angle, in degrees.
func towards(degrees float64) Embedding {
	a := degrees * math.Pi / 180
	return Embedding{float32(math.Cos(a)), float32(math.Sin(a))}
}

func at(degrees ...float64) (set []Embedding) {
	for _, d := range degrees {
		set = append(set, towards(d))
	}
	return set
}

var (
	ragged  = []Embedding{{1, 0}, {1, 0, 0}}
	nowhere = []Embedding{{1, 0}, {0, 0}}
)

func TestCosine(t *testing.T) {
	near(t, "cosine of 60 degrees", towards(10).Cosine(towards(70)), 0.5, 1e-6)
	near(t, "cosine of vectors of other lengths", Embedding{3, 4}.Cosine(Embedding{-6, -8}), -1, 1e-12)
	if c := (Embedding{1, 1}).Cosine(Embedding{1, 1}); c > 1 {
		t.Errorf("cosine with itself is %g", c)
	}
	for _, pair := range [][2]Embedding{{{1}, {1, 2}}, {{0, 0}, {1, 0}}, {{float32(math.Inf(1)), 0}, {1, 0}}} {
		if c := pair[0].Cosine(pair[1]); !math.IsNaN(c) {
			t.Errorf("cosine of %v and %v is %g", pair[0], pair[1], c)
		}
	}
}

func TestSubjectSimilarity(t *testing.T) {
	got, err := SubjectSimilarity(at(0, 90), at(0, 60, 180))
	check(t, err)
	near(t, "mean of 1, 0.5, -1, 0, 0.866 and 0", got, (1+0.5-1+0+math.Sqrt(3)/2+0)/6, 1e-6)
	for _, c := range []struct{ given, drawn []Embedding }{{nil, at(0)}, {at(0), nil}} {
		_, err := SubjectSimilarity(c.given, c.drawn)
		tooFew(t, err, 0, 1)
	}
	_, err = SubjectSimilarity(at(0), ragged)
	wants(t, err, "embedding 2 of the drawn pictures", "3 numbers")
	_, err = SubjectSimilarity(nowhere, at(0))
	wants(t, err, "embedding 2 of the given pictures", "no direction")
}

func TestPromptSimilarity(t *testing.T) {
	got, err := PromptSimilarity(at(0, 90), at(60, 90))
	check(t, err)
	near(t, "mean of 0.5 and 1", got, 0.75, 1e-6)
	_, err = PromptSimilarity(at(0), at(0, 1))
	wants(t, err, "1 drawn pictures", "2 texts")
	_, err = PromptSimilarity(nil, nil)
	tooFew(t, err, 0, 1)
	_, err = PromptSimilarity(ragged, at(0, 0))
	wants(t, err, "embedding 2 of the drawn pictures")
}

func TestDiversity(t *testing.T) {
	got, err := Diversity(at(0, 60, 90))
	check(t, err)
	near(t, "mean of 0.5, 1 and 0.134", got, (0.5+1+1-math.Sqrt(3)/2)/3, 1e-6)
	got, err = Diversity(at(20, 20, 20))
	check(t, err)
	near(t, "that of equal samples", got, 0, 1e-7)
	_, err = Diversity(at(0))
	tooFew(t, err, 1, 2)
	_, err = Diversity(nowhere)
	wants(t, err, "embedding 2 of the samples")
}

func TestNearest(t *testing.T) {
	got, err := Nearest(at(180, 40, 70, 40), towards(10))
	check(t, err)
	if got.Index != 1 {
		t.Errorf("the nearest is number %d, want the first of the two at 40 degrees", got.Index)
	}
	near(t, "its cosine", got.Value, math.Sqrt(3)/2, 1e-6)
	_, err = Nearest(nil, towards(0))
	tooFew(t, err, 0, 1)
	_, err = Nearest(at(0), Embedding{1})
	wants(t, err, "embedding 1 of the drawn picture")
}

// TestScoresStayInRange draws any sets and looks at what scores promise.
func TestScoresStayInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 6).Draw(t, "width")
		number := rapid.Float32Range(-10, 10).Filter(func(v float32) bool { return v != 0 })
		set := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(number, width, width), func(v []float32) Embedding { return v }), 2, 6)
		a, b := set.Draw(t, "a"), set.Draw(t, "b")
		subject, err := SubjectSimilarity(a, b)
		check(t, err)
		swapped, err := SubjectSimilarity(b, a)
		check(t, err)
		near(t, "with given and drawn swapped", swapped, subject, 1e-12)
		spread, err := Diversity(a)
		check(t, err)
		nearest, err := Nearest(a, b[0])
		check(t, err)
		if math.Abs(subject) > 1 || spread < 0 || spread > 2 || math.Abs(nearest.Value) > 1 {
			t.Errorf("likeness %g, diversity %g, nearest %g", subject, spread, nearest.Value)
		}
		one, err := SubjectSimilarity(a, b[:1])
		check(t, err)
		if one > nearest.Value+1e-12 {
			t.Errorf("the mean cosine %g is above the highest %g", one, nearest.Value)
		}
	})
}
