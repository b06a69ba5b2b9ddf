// Package pretrain trains the parts of a diffusion model from nothing: the
// autoencoder, CLIP, whose text tower becomes the text encoder, and the UNet.
//
// A part is a [Stage]: how one step is computed, which variables make up its
// state, how it looks so far and how it is written out. [Run] drives any stage:
// it saves and resumes, shows progress, stops cleanly when its context ends,
// and keeps a log and sample sheets in the run's folder. What a step sees is a
// function of the seed and the step's number alone, so a run that was killed
// and resumed ends with the same weights as one that was not.
package pretrain
