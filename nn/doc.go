// Package nn holds the few layers that all models share: linear, convolution,
// embedding, norms, attention and low-rank adapters on GoMLX graphs.
//
// A model is declared once, as a tree of layers made by constructor functions.
// Each constructor names its parameters as the checkpoint does and states
// their shapes there, so that loading, checking, initialising and saving walk
// one list ([Param]) and an error names the key that a user can look up.
//
// A model is run by a [Pass]: the graph under construction, where the weights
// are, and the [Options] of this one forward pass. Nothing about a pass is
// kept in a layer, so one model serves many graphs at once.
//
// Inside graphs pictures are NHWC and convolution kernels HWIO, the layouts
// for which XLA's CPU convolutions are written; kernels are turned from the
// checkpoint's OIHW once, when they are loaded ([Load]), and back when saved.
//
// Functions that build graphs panic on shapes that do not fit, as GoMLX does;
// the packages that run graphs turn this into errors (engine.Try).
package nn
