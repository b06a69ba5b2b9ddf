package tuning

import (
	"fmt"
)

// wordRows are the starting vectors of a placeholder: rows of the word's
// tokens. One token gives every vector the same row. Of several tokens each
// vector takes its share: the rows of its part of the word, averaged where
// there are more tokens than vectors.
func wordRows(b *base, word string, vectors int) ([]float32, error) {
	ids := b.tokens.Encode(word)
	if len(ids) == 0 {
		return nil, fmt.Errorf("init_word: %q has no tokens; give a word such as \"dog\"", word)
	}
	table, width, err := tokenTable(b)
	if err != nil {
		return nil, err
	}
	rows := make([]float32, vectors*width)
	for i := range vectors {
		from := i * len(ids) / vectors
		to := max((i+1)*len(ids)/vectors, from+1)
		for _, id := range ids[from:to] {
			if (id+1)*width > len(table) {
				return nil, fmt.Errorf("init_word: token %d of %q is not in the text encoder's table of %d rows", id, word, len(table)/width)
			}
			for j, v := range table[id*width : (id+1)*width] {
				rows[i*width+j] += v / float32(to-from)
			}
		}
	}
	return rows, nil
}

// tokenTable reads the text encoder's token table, [rows, width] flat.
func tokenTable(b *base) (table []float32, width int, err error) {
	table, err = b.textWeights.Float32(b.text.TokenTable())
	if err != nil {
		return nil, 0, fmt.Errorf("read token table: %w", err)
	}
	return table, b.text.Config.HiddenSize, nil
}
