package sampler

// term is one addend of a weighted sum.
type term struct {
	weight float64
	values []float32
}

// mix writes the weighted sum of its terms to dst, which may be one of them.
// Sums are made in float64 and rounded once.
func mix(dst []float32, terms ...term) {
	for i := range dst {
		sum := 0.0
		for _, t := range terms {
			sum += t.weight * float64(t.values[i])
		}
		dst[i] = float32(sum)
	}
}
