package tokenizer

import "sync"

const (
	cacheWords     = 8192 // words of one generation
	cacheWordBytes = 256  // longer words are not kept
)

// cache keeps the encodings of the words met last. It holds two generations
// of at most cacheWords words each: a word that is used moves to the new one,
// and when that is full the old one is dropped.
type cache struct {
	mu       sync.Mutex
	new, old map[string][]int32
}

func newCache() *cache {
	return &cache{new: map[string][]int32{}}
}

// get returns the ids of word, which must not be changed.
func (c *cache) get(word string) ([]int32, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ids, ok := c.new[word]; ok {
		return ids, true
	}
	ids, ok := c.old[word]
	if ok {
		c.put(word, ids)
	}
	return ids, ok
}

func (c *cache) add(word string, ids []int32) {
	if len(word) > cacheWordBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(word, ids)
}

func (c *cache) put(word string, ids []int32) {
	if len(c.new) >= cacheWords {
		c.old, c.new = c.new, make(map[string][]int32, cacheWords)
	}
	c.new[word] = ids
}
