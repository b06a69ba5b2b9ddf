package engine

// Memory is what this process may use, in bytes; 0 means unknown.
type Memory struct {
	Total     uint64 `json:"total"`     // of the machine, or of the container when that is less
	Available uint64 `json:"available"` // what can still be taken without swapping
	Limit     uint64 `json:"limit"`     // the container's limit, 0 when there is none
}

// ReadMemory measures memory now. Where the system cannot be asked, the result
// is the zero value.
func ReadMemory() Memory { return readMemory() }

// PeakMemory returns the most physical memory, in bytes, that this process has
// held at once, or what the Go runtime took from the system where nothing
// better is known.
func PeakMemory() uint64 { return peakMemory() }
