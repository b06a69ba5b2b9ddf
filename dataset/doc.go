// Package dataset turns pictures and captions into the batches a model learns
// from: folders, tar archives, and scenes composed from a pack of cut-out
// pictures, each with captions in English and Japanese.
//
// Every sample is a pure function of a seed and an index, and every batch of a
// seed and a step. A run that is resumed at a step therefore sees exactly what
// the undisturbed run would have seen, whatever the number of workers.
//
// Pictures kept for evaluation never get in: a [HeldOut] list checks every
// input by codepoint, set and name before the first sample is drawn.
package dataset
