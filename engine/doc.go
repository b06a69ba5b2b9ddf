// Package engine decides which device computes.
//
// [Open] finds an XLA plugin (a PJRT shared library) for the processor or for
// an NVIDIA card, installs one when there is none, and opens it as a GoMLX
// backend. Without any plugin the pure-Go backend still draws, slowly, and says
// so once.
//
// The plugin is looked for in this order: the person's setting; the folders
// where go-xla looks by itself; this program's own cache folder; a wheel pinned
// by version and SHA-256 that pip downloads; go-xla's own installer. When
// nothing works, one [NotFoundError] names every place and why it failed.
//
// The package also holds what the other packages need at that border: [Try]
// turns GoMLX panics into errors, [Memory] and [PeakMemory] measure, and
// [Doctor] describes the machine as data, without printing.
package engine
