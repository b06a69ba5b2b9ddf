// Package phash finds pictures within pictures by what they look like: a mark, such
// as a logo, wherever in a scene it stands.
//
// [Of] is the perceptual hash of 64 bits by the discrete cosine transform (Zauner,
// "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section
// 3.2.1). Pictures that look alike have hashes that differ in few bits, whatever their
// size, brightness and compression. [Search] compares a mark's hash with those of the
// whole picture and of windows in many sizes and places.
//
// It knows a mark by its large light and dark shapes. It does not know colours, and
// does not find a mark that is turned by more than a few degrees, mirrored, bent, cut off,
// seen from the side or smaller than a sixth of the picture, nor one that another hand has
// drawn anew.
package phash
