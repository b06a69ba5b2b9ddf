package tokenizer

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// corpus is the distinct words, or parts of words, of a training text one after another, as
// symbols that are merged in place. Each pair knows how often it occurs and
// where, so that a merge costs as much as it has occurrences, however long the
// words are.
type corpus struct {
	tokens []string         // by id
	ids    map[string]int32 // of tokens
	merges []Merge

	symbols []symbol // ids, and neighbours by position in the corpus
	word    []int32  // the word of each position
	counts  []int64  // how often each word occurs
	pairs   map[pair]*occurrences
	best    queue[frequent]
}

// occurrences of a pair: count weighs each place by its word, at lists the
// places. Places where the pair has gone since stay listed.
type occurrences struct {
	count int64
	at    []int32
}

// frequent is a pair with the count it had when it was queued.
type frequent struct {
	pair
	count int64
}

func newCorpus(counts map[part]int64) *corpus {
	c := &corpus{ids: map[string]int32{}, pairs: map[pair]*occurrences{}}
	c.best.before = c.before
	c.addByteSymbols()
	words := slices.SortedFunc(maps.Keys(counts), func(a, b part) int { // an order that does not depend on the map
		return cmp.Or(cmp.Compare(a.text, b.text), endsLast(a))
	})
	for i, word := range words {
		c.counts = append(c.counts, counts[word])
		c.addWord(word, int32(i))
	}
	for at := range c.symbols {
		c.note(int32(at))
	}
	for p, o := range c.pairs {
		c.best.push(frequent{p, o.count})
	}
	return c
}

// endsLast compares a part with the other one of its text.
func endsLast(p part) int {
	if p.ends {
		return 1
	}
	return -1
}

// before puts the more frequent pair first, then the lexically first one.
func (c *corpus) before(a, b frequent) bool {
	if a.count != b.count {
		return a.count > b.count
	}
	return cmp.Or(cmp.Compare(c.tokens[a.left], c.tokens[b.left]),
		cmp.Compare(c.tokens[a.right], c.tokens[b.right])) < 0
}

func (c *corpus) addToken(token string) int32 {
	id := int32(len(c.tokens))
	c.tokens = append(c.tokens, token)
	c.ids[token] = id
	return id
}

func (c *corpus) addByteSymbols() {
	for _, suffix := range []string{"", endOfWord} {
		for _, b := range byteOrder() {
			c.addToken(string(byteSymbols[b]) + suffix)
		}
	}
}

func (c *corpus) addWord(w part, index int32) {
	word := w.text
	first := int32(len(c.symbols))
	last := first + int32(len(word)) - 1
	for i := range len(word) {
		at := first + int32(i)
		s := symbol{id: c.ids[string(byteSymbols[word[i]])], prev: at - 1, next: at + 1}
		if at == first {
			s.prev = -1
		}
		if at == last {
			s.next = -1
		}
		if at == last && w.ends {
			s.id = c.ids[string(byteSymbols[word[i]])+endOfWord]
		}
		c.symbols = append(c.symbols, s)
		c.word = append(c.word, index)
	}
}

// pairAt is the pair of the symbol at a position and the next one.
func (c *corpus) pairAt(at int32) (pair, bool) {
	if at < 0 || c.symbols[at].id < 0 || c.symbols[at].next < 0 {
		return pair{}, false
	}
	return pair{c.symbols[at].id, c.symbols[c.symbols[at].next].id}, true
}

// note counts the pair at a position.
func (c *corpus) note(at int32) {
	p, ok := c.pairAt(at)
	if !ok {
		return
	}
	o := c.pairs[p]
	if o == nil {
		o = &occurrences{}
		c.pairs[p] = o
	}
	o.count += c.counts[c.word[at]]
	o.at = append(o.at, at)
}

// forget discounts the pair at a position.
func (c *corpus) forget(at int32) {
	if p, ok := c.pairAt(at); ok {
		c.pairs[p].count -= c.counts[c.word[at]]
	}
}

// learn merges pairs until the vocabulary has its size, less the two special
// tokens, or no pair is frequent enough.
func (c *corpus) learn(ctx context.Context, o TrainOptions) error {
	total := o.Size - smallest
	for len(c.merges) < total {
		if len(c.merges)%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		p, ok := c.mostFrequent(int64(o.MinCount))
		if !ok {
			break
		}
		c.apply(p)
		o.Progress(len(c.merges), total)
	}
	return ctx.Err()
}

// mostFrequent takes the pair to be merged next. A queued count may be too
// high, since merges take from other pairs, but never too low: the pairs a
// merge makes are new and queued after it. A pair that would spell a token
// that is there already is passed over, so that every merge has its own id.
func (c *corpus) mostFrequent(atLeast int64) (pair, bool) {
	for {
		f, ok := c.best.pop()
		if !ok || f.count < atLeast {
			return pair{}, false
		}
		if _, taken := c.ids[c.tokens[f.left]+c.tokens[f.right]]; taken {
			continue
		}
		if now := c.pairs[f.pair].count; now != f.count {
			c.best.push(frequent{f.pair, now})
			continue
		}
		return f.pair, true
	}
}

// apply merges a pair wherever it occurs, the leftmost first.
func (c *corpus) apply(p pair) {
	left, right := c.tokens[p.left], c.tokens[p.right]
	id := c.addToken(left + right)
	c.merges = append(c.merges, Merge{left, right})
	places := c.pairs[p].at
	slices.Sort(places)
	var fresh []int32
	for _, at := range places {
		if now, ok := c.pairAt(at); !ok || now != p {
			continue
		}
		before, after := c.symbols[at].prev, c.symbols[at].next
		c.forget(before)
		c.forget(at)
		c.forget(after)
		absorb(c.symbols, at, id)
		c.note(before)
		c.note(at)
		fresh = append(fresh, before, at)
	}
	delete(c.pairs, p)
	c.queue(fresh)
}

// queue queues the pairs at the positions, each once.
func (c *corpus) queue(places []int32) {
	done := map[pair]bool{}
	for _, at := range places {
		if p, ok := c.pairAt(at); ok && !done[p] {
			done[p] = true
			c.best.push(frequent{p, c.pairs[p].count})
		}
	}
}
