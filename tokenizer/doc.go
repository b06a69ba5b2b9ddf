// Package tokenizer turns prompts into the token ids that CLIP text encoders
// read, and trains vocabularies for new ones.
//
// The tokenizer is the byte-level byte-pair encoding of CLIP (Radford et al.
// 2021, "Learning Transferable Visual Models From Natural Language
// Supervision"; Sennrich et al. 2016 for the merges) with the behaviour of
// transformers' CLIPTokenizer, whose folders [Open] reads: text is brought to
// Unicode's composed form, spaces are collapsed, letters lowered, and the text
// split into contractions, runs of letters, single digits and runs of anything
// else. Each of these words is spelt in bytes, its last byte marked "</w>",
// and neighbours are joined in the order of merges.txt.
//
// Letters, numbers and cases are those of the Unicode version of Go's own
// tables (15.0 in Go 1.26). Scripts added later, which the tables of
// transformers may know already, are split as symbols.
//
// A prompt for a text encoder is a [Tokens] from [Tokenizer.Batch]. Names for
// learned embeddings, such as <my-dog>, are added by
// [Tokenizer.AddPlaceholder].
//
// A Tokenizer may be read by many goroutines at once. Adding a placeholder is
// a change: do it on a [Tokenizer.Clone] where others may be reading.
package tokenizer
