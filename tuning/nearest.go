package tuning

import "math"

// nearestWord is the whole word of the vocabulary whose row has the highest
// cosine with any of the vectors; "" where the vocabulary has no words.
func nearestWord(b *base, vectors [][]float32) (string, error) {
	table, width, err := tokenTable(b)
	if err != nil {
		return "", err
	}
	best, word := math.Inf(-1), ""
	for _, id := range b.tokens.Words() {
		if (id+1)*width > len(table) {
			continue
		}
		row := table[id*width : (id+1)*width]
		for _, v := range vectors {
			if c := cosine(row, v); c > best {
				best, word = c, b.tokens.Word(id)
			}
		}
	}
	return word, nil
}

// cosine of the angle between two vectors; -1 where one is 0.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return -1
	}
	return ab / math.Sqrt(aa*bb)
}
