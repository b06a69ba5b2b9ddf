// Package vae turns pictures into latents and back: diffusers' AutoencoderKL
// (Rombach et al., arXiv 2112.10752; [Model]) and AutoencoderTiny (TAESD;
// [Tiny]). Both are graph functions built from config.json with the
// checkpoint's own parameter names.
//
// Pictures are [batch, height, width, 3] in [-1, 1] for AutoencoderKL and in
// [0, 1] for AutoencoderTiny; latents are [batch, height/f, width/f, channels].
package vae
