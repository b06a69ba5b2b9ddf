package nn

import (
	"runtime/debug"
	"sync"
)

// reclaimEvery is how many bytes of garbage are let grow while weights are read
// or moved. Go would let it grow to the size of all weights: a second copy of the
// model, at the moment at which memory is tightest.
const reclaimEvery = 512 << 20

// reclaimer gives memory back to the system as garbage comes up. It is safe for
// concurrent use.
type reclaimer struct {
	mu      sync.Mutex
	garbage int
}

// dropped says that n bytes are no longer used.
func (r *reclaimer) dropped(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.garbage += n; r.garbage >= reclaimEvery {
		debug.FreeOSMemory()
		r.garbage = 0
	}
}
