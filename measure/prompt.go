package measure

import "fmt"

// PromptSimilarity is how true to their texts drawn pictures are: the mean cosine of
// each picture and its own text, in [−1, 1], by the embeddings of one [CLIP]: CLIP-T
// (Ruiz et al., arXiv 2208.12242, section 4.2; Hessel et al., arXiv 2104.08718, without
// its factor and bound). Texts name the subject in words, for CLIP knows no placeholder.
// Pictures and texts lie apart in CLIP's space, so that even a true picture scores far
// below 1: compare scores of the same texts.
func PromptSimilarity(drawn, texts []Embedding) (float64, error) {
	if len(drawn) != len(texts) {
		return 0, fmt.Errorf("%d drawn pictures do not go with %d texts; each picture needs its own", len(drawn), len(texts))
	}
	if err := some("drawn pictures", len(drawn)); err != nil {
		return 0, err
	}
	if err := alike([]string{"drawn pictures", "texts"}, drawn, texts); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, d := range drawn {
		sum += d.Cosine(texts[i])
	}
	return sum / float64(len(drawn)), nil
}
