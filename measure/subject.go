package measure

// SubjectSimilarity is how like the given pictures the drawn ones are: the mean cosine
// over all pairs of one given and one drawn, in [−1, 1]. With the embeddings of [CLIP]
// it is CLIP-I (Gal et al., arXiv 2208.01618, section 5.1), with those of [DINO] the
// DINO score (Ruiz et al., arXiv 2208.12242, section 4.2). A copy of a given picture
// scores highest: look at [Copying] too.
func SubjectSimilarity(given, drawn []Embedding) (float64, error) {
	if err := some("given pictures", len(given)); err != nil {
		return 0, err
	}
	if err := some("drawn pictures", len(drawn)); err != nil {
		return 0, err
	}
	if err := alike([]string{"given pictures", "drawn pictures"}, given, drawn); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, g := range given {
		for _, d := range drawn {
			sum += g.Cosine(d)
		}
	}
	return sum / float64(len(given)*len(drawn)), nil
}

// some says that there are none.
func some(of string, n int) error {
	if n > 0 {
		return nil
	}
	return &TooFewError{Of: of, Need: 1, Why: "there is nothing to compare"}
}
