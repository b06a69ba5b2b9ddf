// Package clip holds CLIP (Radford et al., arXiv 2103.00020): the text encoder
// that conditions Stable Diffusion ([TextModel]), the picture encoder
// ([VisionModel]), and both together with their logit scale ([Model]).
//
// The three are transformers' CLIPTextModel, CLIPVisionModel and CLIPModel,
// with or without projections, built from config.json with the checkpoint's own
// parameter names. OpenCLIP models converted to that layout (Stable Diffusion
// 2.x, the second encoder of SDXL) differ in their config alone.
//
// Token ids are [batch, n] int32 or int64; pictures are [batch, size, size, 3],
// normalised with the model's own mean and deviation.
package clip
