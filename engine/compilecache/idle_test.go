package compilecache

import (
	"testing"
	"unsafe"
)

// handle is a pointer that stands for one of a plugin's.
func handle() unsafe.Pointer { return unsafe.Pointer(new(int64)) }

func TestIdle(t *testing.T) {
	client, other := handle(), handle()
	key := keyOf([]byte("a"))
	t.Run("OK", func(t *testing.T) {
		var i idle
		if got := i.take(client, key); got != nil {
			t.Fatal("an executable that nobody made is lent")
		}
		e := handle()
		i.lend(held{e, client, key, 1})
		if i.take(client, key) != nil {
			t.Error("one that is in use is lent twice")
		}
		if free := i.giveBack(e); len(free) != 0 {
			t.Errorf("%d are freed", len(free))
		}
		if i.take(other, key) != nil || i.take(client, keyOf([]byte("b"))) != nil {
			t.Error("it is lent for another client or program")
		}
		if i.take(client, key) != e || i.take(client, key) != nil {
			t.Error("it is not lent again, once")
		}
	})
	t.Run("Unknown", func(t *testing.T) {
		var i idle
		e := handle()
		if free := i.giveBack(e); len(free) != 1 || free[0] != e {
			t.Errorf("%v are freed", free)
		}
	})
	for name, c := range map[string]struct {
		bytes int64
		left  int
	}{"ManyPrograms": {1, idlePrograms}, "LargePrograms": {idleBytes / 4, 4}} {
		t.Run(name, func(t *testing.T) {
			var i idle
			var all, free []unsafe.Pointer
			for range idlePrograms + 3 {
				e := handle()
				all = append(all, e)
				i.lend(held{e, client, key, c.bytes})
				free = append(free, i.giveBack(e)...)
			}
			if len(free) != len(all)-c.left || free[0] != all[0] {
				t.Errorf("%d of %d are freed, the oldest first: %t", len(free), len(all), len(free) > 0 && free[0] == all[0])
			}
			if i.take(client, key) != all[len(all)-1] {
				t.Error("not the last is lent")
			}
		})
	}
	t.Run("Leave", func(t *testing.T) {
		var i idle
		a, b, c := handle(), handle(), handle()
		for _, h := range []held{{a, client, key, 1}, {b, client, key, 1}, {c, other, key, 1}} {
			i.lend(h)
		}
		i.giveBack(a)
		i.giveBack(c)
		if free := i.leave(client); len(free) != 1 || free[0] != a {
			t.Errorf("%v are freed", free)
		}
		if free := i.giveBack(b); len(free) != 1 {
			t.Error("an executable of a client that is gone is kept")
		}
		if i.take(client, key) != nil || i.take(other, key) != c {
			t.Error("what is left is not the other client's")
		}
	})
}
