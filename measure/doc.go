// Package measure says how good drawn pictures are: how like the subject, how true
// to the text, how different from each other, how near to a copy, how sharp, and how
// sure one can be of all that.
//
// [CLIP] and [DINO] turn pictures and texts into embeddings. The scores are plain
// functions of embeddings or of pictures, one in each file. [Bootstrap],
// [ClusterBootstrap] and [Paired] turn scores into intervals and tests: a difference
// that is within its interval of 0 is none.
package measure
