package dataset

import (
	"context"
	"hash/fnv"
)

// InValidation reports whether the picture named key belongs to the fraction
// kept for validation. It depends on the key alone, so that adding pictures
// never moves one from training to validation.
func InValidation(key string, fraction float64) bool {
	h := fnv.New64a()
	h.Write([]byte(key))
	return float64(mix64(h.Sum64())>>11)/(1<<53) < fraction
}

// Split parts a dataset by its keys: about fraction of them validate, the rest train.
func Split(ds Keyed, fraction float64) (train, validation Keyed) {
	var parts [2][]int
	for i := range ds.Len() {
		part := 0
		if InValidation(ds.Key(i), fraction) {
			part = 1
		}
		parts[part] = append(parts[part], i)
	}
	return &subset{ds, parts[0]}, &subset{ds, parts[1]}
}

type subset struct {
	whole   Keyed
	indexes []int
}

func (s *subset) Len() int         { return len(s.indexes) }
func (s *subset) Key(i int) string { return s.whole.Key(s.indexes[i]) }
func (s *subset) At(ctx context.Context, i int, seed uint64) (Sample, error) {
	if err := checkIndex(i, len(s.indexes)); err != nil {
		return Sample{}, err
	}
	return s.whole.At(ctx, s.indexes[i], seed)
}
