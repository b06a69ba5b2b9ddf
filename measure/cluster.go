package measure

import (
	"fmt"
	"slices"
)

// ClusterBootstrap is the mean over groups of each group's mean, and its percentile
// bootstrap interval: groups are drawn with replacement, and then the values of each
// drawn group (Davison and Hinkley, "Bootstrap Methods and their Application", 1997,
// section 3.8). A group holds what belongs together, such as all pictures of one subject:
// 20 prompts by 4 seeds of it tell much of that subject and little of others, and do not
// count as 80. Every group counts alike, whatever its size, and N is their number. Fewer
// than two groups are a [TooFewError], an empty one an error. Neither the order of groups
// nor that within them changes the result.
func ClusterBootstrap(groups [][]float64, level float64, seed uint64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if len(groups) < 2 {
		return Interval{}, tooFewForInterval("groups", len(groups))
	}
	groups, err := ordered(groups)
	if err != nil {
		return Interval{}, fmt.Errorf("bootstrap of groups: %w", err)
	}
	out := Interval{N: len(groups)}
	for _, g := range groups {
		out.Mean += mean(g) / float64(len(groups))
	}
	random := source(seed)
	draws := make([]float64, resamples)
	for i := range draws {
		for range groups {
			draws[i] += drawnMean(groups[random.IntN(len(groups))], random)
		}
		draws[i] /= float64(len(groups))
	}
	out.Low, out.High = between(draws, level)
	return out, nil
}

// ordered is a copy of groups in an order that depends on their values alone.
func ordered(groups [][]float64) ([][]float64, error) {
	var out [][]float64
	for i, g := range groups {
		if len(g) == 0 {
			return nil, fmt.Errorf("group %d is empty", i+1)
		}
		if err := finite(g); err != nil {
			return nil, fmt.Errorf("group %d: %w", i+1, err)
		}
		out = append(out, sorted(g))
	}
	slices.SortFunc(out, slices.Compare)
	return out, nil
}
