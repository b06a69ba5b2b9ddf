package tuning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
)

// wordOfPictures is the word whose sentence CLIP finds nearest to the pictures
// (zero-shot classification, Radford et al., arXiv 2103.00020, section 3.1); ""
// where the model folder has no CLIP with both encoders: see [measure.OpenModelCLIP].
func (r *run) wordOfPictures(ctx context.Context) (word string, err error) {
	var none *measure.NoCLIPError
	c, err := measure.OpenModelCLIP(r.job.Model)
	if errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("initializer: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if word, err = nearestSentence(ctx, c, r.job.Pictures, candidates(r.base.tokens)); err != nil {
		return "", fmt.Errorf("initializer: %w", err)
	}
	return word, nil
}

// nearestSentence is the word whose "a photo of a WORD" has the highest mean cosine
// with the pictures; "" of no words.
func nearestSentence(ctx context.Context, c *measure.CLIP, pictures []*picture.Picture, words []string) (string, error) {
	shown, err := c.Pictures(ctx, pictures)
	if err != nil {
		return "", err
	}
	var sentences []string
	for _, word := range words {
		sentences = append(sentences, "a photo of a "+word)
	}
	said, err := c.Texts(ctx, sentences)
	if err != nil {
		return "", err
	}
	best, nearest := -2.0, ""
	for i := range said {
		likeness, err := measure.SubjectSimilarity(shown, said[i:i+1])
		if err != nil {
			return "", err
		}
		if likeness > best {
			best, nearest = likeness, words[i]
		}
	}
	return nearest, nil
}

// smallVocabulary is the number of words up to which all of them are compared.
const smallVocabulary = 3000

// candidates are the words that a picture may show: those of the list that are
// one token, or, in a small vocabulary, every word that no template has.
func candidates(tokens *tokenizer.Tokenizer) []string {
	words := strings.Fields(things)
	if ids := tokens.Words(); len(ids) <= smallVocabulary {
		words = nil
		frame := strings.Join(promptTemplates(templateObject, languageBoth), " ")
		for _, id := range ids {
			if word := tokens.Word(id); !slices.Contains(strings.Fields(frame), word) {
				words = append(words, word)
			}
		}
	}
	return slices.DeleteFunc(words, func(word string) bool { return len(tokens.Encode(word)) != 1 })
}
