// Package diffusion draws pictures with Stable Diffusion 1.x and 2.x (Rombach
// et al., arXiv 2112.10752).
//
// [Open] reads a model folder of diffusers' layout into a [Model]: tokenizer,
// text encoder, UNet, autoencoder and scheduler settings. A Model turns pictures
// into latents and back and prompts into text states, which is also what
// training needs. A [Pipeline] is a Model that draws what a [Request] asks for,
// with learned concepts in use.
//
// Inside, pictures are [n, height, width, 3] in [-1, 1] and latents [n, height/f,
// width/f, channels], scaled as the UNet sees them, where f is
// [Autoencoder.Factor]. Programs are compiled once for each shape and kept, a
// bounded number of them. The UNet computes in [Model.DType], text encoder and
// autoencoder in float32.
package diffusion
