package tuning

import (
	"encoding/binary"
	"math/rand/v2"
)

// purpose is what random numbers are for. Each has streams of its own, so that
// a new use does not move the others.
type purpose uint64

const (
	forLoRA purpose = iota + 1
	forOrder
	forPrompt
	forTime
	forNoise
	forView
	forToken
	forLatents
	forClassOrder
	forClassTime
	forClassNoise
	forClassPicture
	forTextLoRA
)

// stream is the generator of one purpose and index under a seed: everything
// that learning draws is a function of these three alone.
func stream(seed uint64, p purpose, index uint64) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(p))
	binary.LittleEndian.PutUint64(key[16:], index)
	return rand.New(rand.NewChaCha8(key))
}
