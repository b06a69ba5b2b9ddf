// Package optim moves trained variables: AdamW, learning-rate schedules,
// gradient clipping and accumulation, and exponential moving averages, as
// pieces of a GoMLX graph.
//
// All state is in variables of the model's store, made on the host before a
// graph is built (a GoMLX initialiser would be a second program as large as
// the model), so that a training run is saved and resumed by writing and
// reading variables. What changes with every step and is not learned, the
// learning rate and the step's number, is an argument of the graph: see
// [Scalars].
package optim
