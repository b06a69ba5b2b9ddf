package tokenizer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// AddPlaceholder adds a name that stands for learned embeddings, one id for
// each vector, and returns the ids: VocabSize of before and those after it.
// A name of several vectors becomes the tokens name, name_1, name_2 ..., and
// the name in a prompt becomes all of them, as diffusers does it (Gal et al.
// 2022, "An Image is Worth One Word"; multi-vector inversion). The name is
// found whatever the case of its letters and whatever adjoins it.
//
// It fails, changing nothing, when the name is empty, has white space, is a
// token or word already, or has more vectors than fit in a prompt.
func (t *Tokenizer) AddPlaceholder(name string, vectors int) ([]int, error) {
	if err := t.checkPlaceholder(name, vectors); err != nil {
		return nil, fmt.Errorf("add placeholder %q: %w", name, err)
	}
	var tokens []AddedToken
	for i := range vectors {
		tokens = append(tokens, AddedToken{Content: vectorName(name, i)})
	}
	added, err := t.addTokens(tokens)
	if err != nil {
		return nil, fmt.Errorf("add placeholder %q: %w", name, err)
	}
	return ints(added), nil
}

// vectorName is the token of a placeholder's vector i.
func vectorName(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "_" + strconv.Itoa(i)
}

func (t *Tokenizer) checkPlaceholder(name string, vectors int) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty; give one such as <my-dog>")
	case strings.ContainsFunc(name, unicode.IsSpace):
		return fmt.Errorf("a name must not have white space; join its words as in <my-dog>")
	case valid(name) != name:
		return fmt.Errorf("the name is not valid UTF-8")
	case vectors < 1:
		return fmt.Errorf("%d vectors; at least one is needed", vectors)
	case vectors > t.maxLength-2:
		return fmt.Errorf("%d vectors do not fit in a prompt, which has room for %d", vectors, t.maxLength-2)
	}
	if first, ok := t.extends(name); ok {
		return fmt.Errorf("it would become another vector of the placeholder %q; choose another name", first)
	}
	for i := range vectors + 1 { // one more, which would read as a further vector
		if token := vectorName(name, i); t.taken(token) {
			return fmt.Errorf("%q is already a token; choose a name that is no word, such as <my-dog>", token)
		}
	}
	return nil
}

// taken says whether a name is a token, a whole word or, but for the case of
// its letters, an added token.
func (t *Tokenizer) taken(name string) bool {
	for _, n := range []string{name, normalize(name)} {
		_, token := t.id(n)
		_, word := t.id(n + endOfWord)
		if token || word || t.raw.has(n) || t.lowered.has(n) {
			return true
		}
	}
	return false
}

// extends says whether a name is that of the next vector of a placeholder.
func (t *Tokenizer) extends(name string) (first string, ok bool) {
	for _, id := range t.addedIDs() {
		first = t.added[id].Content
		if n := len(t.vectors[id]); n > 0 && normalize(name) == normalize(vectorName(first, n)) {
			return first, true
		}
	}
	return "", false
}

// Vectors returns the ids a placeholder stands for; ok is false where name is
// not one. A prompt with the name has these ids in a row.
func (t *Tokenizer) Vectors(name string) (ids []int, ok bool) {
	id, ok := t.id(name)
	if !ok || len(t.vectors[id]) == 0 {
		return nil, false
	}
	return ints(t.vectors[id]), true
}

// vectorsOf finds the tokens name, name_1, ... among the added ones.
func (t *Tokenizer) vectorsOf(name string, id int32) []int32 {
	ids := []int32{id}
	for {
		next, ok := t.id(vectorName(name, len(ids)))
		if _, added := t.added[next]; !ok || !added {
			return ids
		}
		ids = append(ids, next)
	}
}

// expand replaces the first id of a placeholder by all of its ids, unless the
// second one follows already.
func (t *Tokenizer) expand(ids []int32) []int32 {
	var out []int32
	for i, id := range ids {
		v := t.vectors[id]
		if len(v) < 2 || i+1 < len(ids) && ids[i+1] == v[1] {
			out = append(out, id)
			continue
		}
		out = append(out, v...)
	}
	return out
}

// Replace puts words in the place of added tokens, by their ids: what is left of a
// prompt without its placeholders. Tokens are found as Encode finds them, and words
// stand between spaces, so that the rest of the text has the ids that it had.
func (t *Tokenizer) Replace(text string, words map[int]string) string {
	var out strings.Builder
	match := func(id int32) {
		word, ok := words[int(id)]
		if !ok {
			word, _ = t.token(int(id))
		}
		out.WriteString(" " + word + " ")
	}
	t.raw.walk(valid(text), func(part string) {
		t.lowered.walk(normalize(part), func(part string) { out.WriteString(part) }, match)
	}, match)
	return strings.TrimSpace(out.String())
}

// Placeholders lists the names added to the vocabulary, the further vectors'
// left out, in the order of their ids.
func (t *Tokenizer) Placeholders() []string {
	further := map[int32]bool{}
	for _, v := range t.vectors {
		for _, id := range v[1:] {
			further[id] = true
		}
	}
	var names []string
	for _, id := range t.addedIDs() {
		if a := t.added[id]; !a.Special && !further[id] {
			names = append(names, a.Content)
		}
	}
	return names
}
