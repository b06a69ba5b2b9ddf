package dataset

import (
	"fmt"
	"sync"
)

// spriteCache keeps decoded cut-outs up to a budget; beyond it they are decoded
// each time. What is kept never changes what a sample is.
type spriteCache struct {
	archive *Archive
	budget  int64

	mu   sync.Mutex
	kept map[string]*sprite
	used int64
}

func newSpriteCache(a *Archive, budget int64) *spriteCache {
	return &spriteCache{archive: a, budget: budget, kept: map[string]*sprite{}}
}

func (c *spriteCache) get(member string) (*sprite, error) {
	c.mu.Lock()
	s := c.kept[member]
	c.mu.Unlock()
	if s != nil {
		return s, nil
	}
	data, err := c.archive.Read(member)
	if err != nil {
		return nil, err
	}
	if s, err = decodeSprite(data); err != nil {
		return nil, fmt.Errorf("read cut-out %s: %w", member, err)
	}
	c.keep(member, s)
	return s, nil
}

func (c *spriteCache) keep(member string, s *sprite) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := int64(len(s.pix))
	if c.kept[member] == nil && c.used+size <= c.budget {
		c.kept[member] = s
		c.used += size
	}
}
