// Package compilecache keeps compiled XLA programs on disk, so that a program
// that was compiled once on a machine starts at once.
//
// [Wrap] loads a PJRT plugin and gives its table of functions with one entry
// replaced: PJRT_Client_Compile first looks for what the same plugin made of the
// same program on the same machine. A [Store] is the folder; its files carry the
// key they belong to and a checksum, and whatever does not fit is removed and
// compiled anew. Programs that nobody uses any more stay loaded up to a bound, so
// that the next job of a process need not load them again. Nothing that goes wrong with the folder ever keeps a program
// from being compiled.
package compilecache
