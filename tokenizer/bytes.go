package tokenizer

import "strings"

// endOfWord marks the last symbol of a word in a vocabulary.
const endOfWord = "</w>"

// byteSymbols is the visible character that stands for each byte in
// vocab.json and merges.txt (GPT-2's table), and symbolBytes is its inverse.
var (
	byteSymbols = spellBytes()
	symbolBytes = invert(byteSymbols)
)

// visible says which bytes stand for themselves: the printable ones of
// Latin-1. The soft hyphen, 0xAD, is not printable.
func visible(b int) bool {
	return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE
}

// spellBytes gives the bytes that are not visible the characters from U+0100 on.
func spellBytes() (symbols [256]rune) {
	next := rune(0x100)
	for b := range symbols {
		symbols[b] = rune(b)
		if !visible(b) {
			symbols[b] = next
			next++
		}
	}
	return symbols
}

func invert(symbols [256]rune) map[rune]byte {
	bytes := make(map[rune]byte, len(symbols))
	for b, r := range symbols {
		bytes[r] = byte(b)
	}
	return bytes
}

// byteOrder lists the bytes in the order of CLIP's vocabularies: those that
// stand for themselves, then the rest.
func byteOrder() []byte {
	order := make([]byte, 0, 256)
	for _, want := range []bool{true, false} {
		for b := range 256 {
			if visible(b) == want {
				order = append(order, byte(b))
			}
		}
	}
	return order
}

// unspell returns the bytes a vocabulary entry stands for, without the mark of
// a word's end. A character outside the table, which only a foreign
// vocabulary has, stands for itself.
func unspell(token string) string {
	var out strings.Builder
	for _, r := range strings.TrimSuffix(token, endOfWord) {
		if b, ok := symbolBytes[r]; ok {
			out.WriteByte(b)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}
