package tokenizer

import "strings"

// Decode returns the text of ids, from Encode or from Batch: words with a
// space after each, the first, last and padding tokens left out. Letters come
// back lowered and words spaced as they were split ("dog 's"). Ids outside the
// vocabulary are left out too; bytes that are no UTF-8 become U+FFFD.
func (t *Tokenizer) Decode(ids []int) string {
	known := make([]int32, 0, len(ids))
	for _, id := range ids {
		if id >= 0 && id < t.VocabSize() {
			known = append(known, int32(id))
		}
	}
	return t.text(t.withoutPadding(known))
}

// withoutPadding cuts the padding after a last token. Other pad tokens are
// kept: with Stable Diffusion 2 they are exclamation marks.
func (t *Tokenizer) withoutPadding(ids []int32) []int32 {
	end := len(ids)
	for end > 0 && ids[end-1] == t.pad && t.pad != t.eos {
		end--
	}
	if end > 0 && ids[end-1] == t.eos {
		return ids[:end]
	}
	return ids
}

func (t *Tokenizer) text(ids []int32) string {
	var out strings.Builder
	for _, id := range ids {
		if id == t.bos || id == t.eos {
			continue
		}
		token, _ := t.token(int(id))
		if _, whole := t.added[id]; whole {
			out.WriteString(token + " ")
			continue
		}
		out.WriteString(unspell(token))
		if strings.HasSuffix(token, endOfWord) {
			out.WriteByte(' ')
		}
	}
	return strings.TrimSpace(valid(out.String()))
}
