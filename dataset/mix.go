package dataset

import (
	"context"
	"errors"
	"fmt"
)

// Share is one part of a [Mix]: a dataset and how much of the mix it makes.
type Share struct {
	Dataset Dataset
	Weight  float64
}

// Mix draws from several datasets in the proportions of their weights. Its
// length is the sum of theirs.
func Mix(shares ...Share) (Dataset, error) {
	m := &mixture{}
	for i, s := range shares {
		if s.Dataset == nil || s.Dataset.Len() == 0 {
			return nil, fmt.Errorf("mix datasets: part %d is empty", i)
		}
		if !(s.Weight > 0) {
			return nil, fmt.Errorf("mix datasets: part %d has weight %v; weights are above 0", i, s.Weight)
		}
		m.parts = append(m.parts, s.Dataset)
		m.weights = append(m.weights, s.Weight)
		m.length += s.Dataset.Len()
	}
	if len(shares) == 0 {
		return nil, errors.New("mix datasets: there are no parts")
	}
	return m, nil
}

type mixture struct {
	parts   []Dataset
	weights []float64
	length  int
}

func (m *mixture) Len() int { return m.length }

func (m *mixture) At(ctx context.Context, index int, seed uint64) (Sample, error) {
	if err := checkIndex(index, m.length); err != nil {
		return Sample{}, err
	}
	r := newRandom(mix64(seed^0x6d6978), index)
	part := m.parts[r.weighted(m.weights)]
	return part.At(ctx, r.IntN(part.Len()), r.Uint64())
}

func checkIndex(index, length int) error {
	if index < 0 || index >= length {
		return fmt.Errorf("read sample: index %d is outside [0, %d)", index, length)
	}
	return nil
}
