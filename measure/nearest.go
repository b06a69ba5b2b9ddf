package measure

// Match is the nearest of several given pictures.
type Match struct {
	Index int     `json:"index"` // among the given ones
	Value float64 `json:"value"` // how near, in [−1, 1]
}

// Nearest is the given picture whose embedding is nearest to a drawn one's, by cosine;
// the first of equal ones.
//
// A high value alone does not mean a copy. Encoders are trained to look past pose,
// place, light and ground, so a good drawing of the subject in a new scene and a copy of
// the picture that it was learned from lie equally near. [Copying] compares what differs
// between the two: where in the picture is what.
func Nearest(given []Embedding, drawn Embedding) (Match, error) {
	if err := some("given pictures", len(given)); err != nil {
		return Match{}, err
	}
	if err := alike([]string{"given pictures", "drawn picture"}, given, []Embedding{drawn}); err != nil {
		return Match{}, err
	}
	best := Match{Value: -2}
	for i, g := range given {
		if c := g.Cosine(drawn); c > best.Value {
			best = Match{i, c}
		}
	}
	return best, nil
}
