// Package loss holds the training objectives of diffusion models as pieces of
// a graph: noising, targets, weights by signal-to-noise ratio, and the mean
// squared error between prediction and target; and what keeps predicted
// embeddings near words.
package loss
