package sampler

// history keeps copies of the newest estimates for multistep formulas.
type history struct {
	slots [][]float32 // newest first
	sum   []float32   // scratch for weighted sums
	count int         // how many slots are filled
}

func newHistory(depth, size int) *history {
	h := &history{sum: make([]float32, size)}
	for range depth {
		h.slots = append(h.slots, make([]float32, size))
	}
	return h
}

// push copies v in front, dropping the oldest.
func (h *history) push(v []float32) {
	last := len(h.slots) - 1
	oldest := h.slots[last]
	copy(h.slots[1:], h.slots[:last])
	h.slots[0] = oldest
	copy(oldest, v)
	h.count = min(h.count+1, len(h.slots))
}

// at is the estimate pushed i pushes ago, 0 the newest.
func (h *history) at(i int) []float32 { return h.slots[i] }
