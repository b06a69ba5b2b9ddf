package tokenizer

import (
	"fmt"
	"maps"
	"slices"
)

// Vocabulary is the content of vocab.json and merges.txt.
type Vocabulary struct {
	Tokens []string // Tokens[id], spelt as in vocab.json
	Merges []Merge  // the earlier is applied first
}

// Merge joins two neighbouring symbols of a word into one.
type Merge struct {
	Left, Right string
}

// check returns the ids of the tokens, or an error that names the token that
// is there twice or empty.
func (v Vocabulary) check() (map[string]int32, error) {
	if len(v.Tokens) == 0 {
		return nil, fmt.Errorf("the vocabulary has no tokens")
	}
	ids := make(map[string]int32, len(v.Tokens))
	for id, token := range v.Tokens {
		if token == "" {
			return nil, fmt.Errorf("token %d of the vocabulary is empty", id)
		}
		if other, ok := ids[token]; ok {
			return nil, fmt.Errorf("token %q of the vocabulary has two ids, %d and %d", token, other, id)
		}
		ids[token] = int32(id)
	}
	return ids, nil
}

// tokensByID turns the object of vocab.json round. Its ids must run from 0
// without holes, since each is a row of the text encoder's token table.
func tokensByID(ids map[string]int) ([]string, error) {
	tokens := make([]string, len(ids))
	used := make([]bool, len(ids))
	for _, token := range slices.Sorted(maps.Keys(ids)) {
		id := ids[token]
		if id < 0 || id >= len(tokens) {
			return nil, fmt.Errorf("key %q: id %d is outside 0..%d for %d tokens; ids must run from 0 without holes",
				token, id, len(tokens)-1, len(tokens))
		}
		if used[id] {
			return nil, fmt.Errorf("key %q: id %d is also that of %q", token, id, tokens[id])
		}
		tokens[id], used[id] = token, true
	}
	return tokens, nil
}
