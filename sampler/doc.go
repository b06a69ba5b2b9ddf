// Package sampler draws samples from a trained diffusion model: noise
// schedules, the solvers that walk down them, and the random numbers they eat.
//
// Everything here runs on the host over float32 slices; the network is a
// function (Model) that some other package supplies. Every solver is one
// function of the same signature, in a file of its own, that sees the model
// through one convention: at a point where the sample is
//
//	x = Alpha * x0 + Sigma * noise
//
// the model's raw output, whatever it predicts, becomes an estimate of x0 and
// an estimate of the noise (prediction.go). Points with Alpha = 1 are the
// variance-exploding coordinates of k-diffusion (the Euler samplers), points
// with Alpha^2 + Sigma^2 = 1 the variance-preserving ones of DDPM (the rest).
//
// Settings are read from a diffusers scheduler_config.json, and the timesteps,
// noise levels and steps are those of the diffusers class named there, so that
// the same file, seed and model give the same picture.
package sampler
