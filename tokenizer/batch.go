package tokenizer

// Tokens is a prompt as a text encoder reads it.
type Tokens struct {
	// IDs has MaxLength entries: the first token, the prompt, the last token,
	// padding.
	IDs []int32
	// Length counts the IDs that are not padding, the first and the last included.
	Length int
	// Truncated is the part of the prompt that did not fit, as text; "" where
	// all of it did.
	Truncated string
	// Dropped is the number of tokens of that part.
	Dropped int
}

// Batch encodes a prompt for a text encoder. What goes beyond MaxLength - 2
// tokens is left out and told in the result.
func (t *Tokenizer) Batch(text string) Tokens {
	ids := t.expand(t.encode(text))
	room := t.maxLength - 2
	var dropped []int32
	if len(ids) > room {
		ids, dropped = ids[:room], ids[room:]
	}
	out := make([]int32, 0, t.maxLength)
	out = append(out, t.bos)
	out = append(out, ids...)
	out = append(out, t.eos)
	tokens := Tokens{Length: len(out), Truncated: t.text(dropped), Dropped: len(dropped)}
	for len(out) < t.maxLength {
		out = append(out, t.pad)
	}
	tokens.IDs = out
	return tokens
}
