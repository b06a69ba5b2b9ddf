package compilecache

import "log/slog"

// Options are where programs are kept and what they depend on beside
// themselves.
type Options struct {
	Store *Store
	// Identity is all that a compiled program depends on beside the program: the
	// plugin's own hash, the processor and its features, the number of cores and
	// XLA's flags. A program of another identity is never loaded: it would crash
	// or compute something else.
	Identity []string
	Log      *slog.Logger // told why a program was not kept or loaded; nil is silent
}

// Counts is what a cache did.
type Counts struct {
	Hits   int64 `json:"hits"`   // programs loaded
	Reused int64 `json:"reused"` // programs that were loaded still
	Misses int64 `json:"misses"` // programs compiled
	Kept   int64 `json:"kept"`   // of those, stored
}
