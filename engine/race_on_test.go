//go:build race

package engine

// raceEnabled is true under -race, whose pointer checks stop the pure-Go
// backend of gomlx/compute v0.1.4 in a large matrix product.
const raceEnabled = true
