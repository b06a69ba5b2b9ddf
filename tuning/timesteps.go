package tuning

import "math"

// Values of the setting timesteps.
const (
	timestepsUniform    = "uniform"
	timestepsStratified = "stratified"
)

// timestepOf draws the timestep of a row, in [0, total). Stratified is a
// Kronecker sequence: an offset from the seed, and for each further row the
// fractional part of a multiple of the golden ratio. Any n rows in turn, within
// a batch or over steps, then lie at nearly even distances over the schedule
// (the three-distance theorem), so that a few steps see all of it, where
// independent draws would leave gaps.
func timestepOf(kind string, seed uint64, p purpose, row uint64, total int) int32 {
	if kind == timestepsUniform {
		return int32(stream(seed, p, row).IntN(total))
	}
	const ratio = 0.6180339887498949 // golden ratio - 1
	start := stream(seed, p, 0).Float64()
	_, at := math.Modf(start + ratio*float64(row))
	return int32(min(int(at*float64(total)), total-1))
}
