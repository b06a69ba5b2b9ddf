// Package tuning learns a concept from one to twenty pictures of a subject.
//
// A [Method] says what learns: the placeholder's token vectors (textual
// inversion, Gal et al., arXiv 2208.01618), low-rank offsets of the denoiser
// (LoRA, Hu et al., arXiv 2106.09685) or those with pictures of the subject's
// class beside it (DreamBooth, Ruiz et al., arXiv 2208.12242). [Learn] runs a
// method: it encodes the pictures once, draws what a step sees from the seed
// and the step's number alone, saves its state in the run's folder, and ends
// with the same concept whether or not it was stopped on the way.
//
// The base model is never changed: what learns is in variables of its own
// beside the model's, and those are gone when Learn returns.
package tuning
