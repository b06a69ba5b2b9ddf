// Package dino holds the picture encoders of DINO (Caron et al., arXiv
// 2104.14294; transformers' ViTModel) and DINOv2 (Oquab et al., arXiv
// 2304.07193; Dinov2Model), whose class token says which subject a picture
// shows. Both are one vision transformer (Dosovitskiy et al., arXiv 2010.11929)
// with other names in the checkpoint; DINOv2 scales each residual branch by a
// learned vector.
//
// Pictures are [batch, height, width, 3], normalised with the model's own mean
// and deviation.
package dino
