// Package encoder is the domain-agnostic tuning-encoder of Arar et al. (arXiv
// 2307.06925): from pictures of a subject it predicts the vector of its
// placeholder and one low-rank pair for every attention projection of the
// denoiser, with which learning a concept starts.
//
// [Model] is the network as graph functions, [Reader] the features that it reads
// of a picture (CLIP's and the denoiser's own), and [Encoder] both together with
// the base model that they belong to. What of it is the paper's and what is ours
// is in docs/method.md. Package pretrain trains one.
package encoder
