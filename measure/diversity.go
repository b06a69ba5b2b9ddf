package measure

// Diversity is how different samples of one prompt are from each other: the mean
// distance 1 − cosine over all pairs, in [0, 2]. It is DreamBooth's measure against
// overfitting (Ruiz et al., arXiv 2208.12242, section 4.3, table 3) with an encoder's
// distance for LPIPS. One sample has no diversity, which is not the same as none: fewer
// than two are a [TooFewError].
func Diversity(samples []Embedding) (float64, error) {
	if len(samples) < 2 {
		return 0, &TooFewError{Of: "samples of a prompt", Have: len(samples), Need: 2, Why: "diversity is a distance between samples"}
	}
	if err := alike([]string{"samples"}, samples); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, a := range samples {
		for _, b := range samples[:i] {
			sum += 1 - a.Cosine(b)
		}
	}
	return sum / float64(len(samples)*(len(samples)-1)/2), nil
}
