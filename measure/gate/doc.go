// Package gate refuses drawn pictures that are not worth a person's look: those that
// do not show the subject, or not what the prompt asks, that are blurred, or that copy a
// given picture.
//
// A [Judge] measures a picture: the cosine with the given pictures by a tower of
// subjects, that with the prompt by a CLIP, its sharpness and how near it is to a copy.
// A [Gate] has a threshold for each, which [Learn] finds from real pictures alone, with
// how many good pictures it refuses and how many bad ones it lets pass. A check that
// cannot tell them apart says so, and only warns.
package gate
