package compilecache

import (
	"slices"
	"sync"
	"unsafe"
)

// How much of what nobody uses at the moment stays loaded: a process that learns one
// concept after another runs the same few programs, and loading one takes a second.
const (
	idlePrograms = 24
	idleBytes    = 512 << 20
)

// held is a loaded executable.
type held struct {
	executable, client unsafe.Pointer
	key                Key
	bytes              int64 // of its serialised form; 0 where it has none
}

// idle keeps executables that were given back, to be lent again. One is never lent
// twice at a time, so that whoever has it owns it as if it were new.
type idle struct {
	mu   sync.Mutex
	lent map[unsafe.Pointer]held
	free []held // given back longest ago first
}

// take lends an idle executable of a client, nil where there is none.
func (i *idle) take(client unsafe.Pointer, key Key) unsafe.Pointer {
	i.mu.Lock()
	defer i.mu.Unlock()
	for at, p := range slices.Backward(i.free) {
		if p.client == client && p.key == key {
			i.free = slices.Delete(i.free, at, at+1)
			i.lent[p.executable] = p
			return p.executable
		}
	}
	return nil
}

// lend notes an executable that was made just now.
func (i *idle) lend(p held) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lent == nil {
		i.lent = map[unsafe.Pointer]held{}
	}
	i.lent[p.executable] = p
}

// giveBack keeps an executable that its user is done with, and returns those that
// are to be freed for it: itself where it was never lent.
func (i *idle) giveBack(executable unsafe.Pointer) (free []unsafe.Pointer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	p, known := i.lent[executable]
	if !known {
		return []unsafe.Pointer{executable}
	}
	delete(i.lent, executable)
	i.free = append(i.free, p)
	for len(i.free) > idlePrograms || i.bytes() > idleBytes {
		free = append(free, i.free[0].executable)
		i.free = slices.Delete(i.free, 0, 1)
	}
	return free
}

func (i *idle) bytes() (sum int64) {
	for _, p := range i.free {
		sum += p.bytes
	}
	return sum
}

// leave forgets a client that ends and returns what is idle of it, to be freed
// before.
func (i *idle) leave(client unsafe.Pointer) (free []unsafe.Pointer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.free = slices.DeleteFunc(i.free, func(p held) bool {
		if p.client == client {
			free = append(free, p.executable)
		}
		return p.client == client
	})
	for executable, p := range i.lent {
		if p.client == client {
			delete(i.lent, executable)
		}
	}
	return free
}
