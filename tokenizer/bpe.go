package tokenizer

import (
	"fmt"
	"strings"
)

// bytePairs encodes words by a vocabulary. It does not change once made, but
// for the words it remembers, and is shared by the clones of a Tokenizer.
type bytePairs struct {
	vocabulary Vocabulary
	ids        map[string]int32
	inner      [256]int32 // the symbol of a byte inside a word
	final      [256]int32 // the symbol of a word's last byte
	merges     map[pair]merged
	cache      *cache
}

// pair is two neighbouring symbols of a word.
type pair struct {
	left, right int32
}

// merged is what a pair becomes; the lower rank goes first.
type merged struct {
	rank, id int32
}

// newBytePairs prepares the vocabulary. Bytes that it lacks become unknown.
func newBytePairs(v Vocabulary, ids map[string]int32, unknown int32) (*bytePairs, error) {
	b := &bytePairs{vocabulary: v, ids: ids, merges: make(map[pair]merged, len(v.Merges)), cache: newCache()}
	for i, r := range byteSymbols {
		b.inner[i] = b.idOr(string(r), unknown)
		b.final[i] = b.idOr(string(r)+endOfWord, unknown)
	}
	for rank, m := range v.Merges {
		p, id, err := b.resolve(m)
		if err != nil {
			return nil, &mergeError{index: rank, err: err}
		}
		b.merges[p] = merged{rank: int32(rank), id: id}
	}
	return b, nil
}

// mergeError is a merge that does not fit the vocabulary. index counts from 0
// in Vocabulary.Merges.
type mergeError struct {
	index int
	err   error
}

func (e *mergeError) Error() string { return fmt.Sprintf("merge %d: %v", e.index+1, e.err) }
func (e *mergeError) Unwrap() error { return e.err }

func (b *bytePairs) idOr(token string, other int32) int32 {
	if id, ok := b.ids[token]; ok {
		return id
	}
	return other
}

// resolve finds the ids of a merge's two parts and of what they make.
func (b *bytePairs) resolve(m Merge) (p pair, joined int32, err error) {
	var found [3]int32
	for i, token := range []string{m.Left, m.Right, m.Left + m.Right} {
		id, ok := b.ids[token]
		if !ok {
			return p, 0, fmt.Errorf("%q of the merge %q %q is not in the vocabulary", token, m.Left, m.Right)
		}
		found[i] = id
	}
	return pair{found[0], found[1]}, found[2], nil
}

// encode returns the ids of one word, which must not be changed.
func (b *bytePairs) encode(word string) []int32 {
	if ids, ok := b.cache.get(word); ok {
		return ids
	}
	ids := b.merge(b.spell(word))
	b.cache.add(strings.Clone(word), ids)
	return ids
}

// symbol is one link of a word that is being merged. An id of -1 says that the
// symbol went into the one before it.
type symbol struct {
	id         int32
	prev, next int32 // positions, -1 at the word's ends
}

func (b *bytePairs) spell(word string) []symbol {
	symbols := make([]symbol, len(word))
	for i := range len(word) {
		symbols[i] = symbol{id: b.inner[word[i]], prev: int32(i - 1), next: int32(i + 1)}
	}
	if last := len(word) - 1; last >= 0 {
		symbols[last].id = b.final[word[last]]
		symbols[last].next = -1
	}
	return symbols
}

// candidate is a merge that was possible at a position when it was queued.
type candidate struct {
	merged
	at int32
}

// merge joins symbols, the lowest rank first and of equal ranks the leftmost,
// until nothing can be joined. A queue keeps it O(n log n), so that a word of
// thousands of letters costs no more than as many short ones.
func (b *bytePairs) merge(symbols []symbol) []int32 {
	todo := queue[candidate]{before: func(x, y candidate) bool {
		return x.rank < y.rank || x.rank == y.rank && x.at < y.at
	}}
	offer := func(at int32) {
		if m, ok := b.at(symbols, at); ok {
			todo.push(candidate{m, at})
		}
	}
	for i := range symbols {
		offer(int32(i))
	}
	for c, ok := todo.pop(); ok; c, ok = todo.pop() {
		if now, valid := b.at(symbols, c.at); !valid || now.id != c.id {
			continue // one of its symbols has been merged since
		}
		absorb(symbols, c.at, c.id)
		offer(symbols[c.at].prev)
		offer(c.at)
	}
	return remaining(symbols)
}

// at returns the merge of the symbol at a position with the next one.
func (b *bytePairs) at(symbols []symbol, at int32) (merged, bool) {
	if at < 0 || symbols[at].id < 0 || symbols[at].next < 0 {
		return merged{}, false
	}
	m, ok := b.merges[pair{symbols[at].id, symbols[symbols[at].next].id}]
	return m, ok
}

// absorb makes the symbol at a position and the next one a single one.
func absorb(symbols []symbol, at, id int32) {
	gone := symbols[at].next
	after := symbols[gone].next
	symbols[at].id, symbols[at].next = id, after
	symbols[gone].id = -1
	if after >= 0 {
		symbols[after].prev = at
	}
}

func remaining(symbols []symbol) []int32 {
	ids := make([]int32, 0, len(symbols))
	for _, s := range symbols {
		if s.id >= 0 {
			ids = append(ids, s.id)
		}
	}
	return ids
}
