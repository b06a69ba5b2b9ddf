// Package unet is diffusers' UNet2DConditionModel of Stable Diffusion 1.x and
// 2.x (Rombach et al., arXiv 2112.10752): a graph function built from
// config.json, with the checkpoint's own parameter names, and nothing about
// training or sampling.
package unet
