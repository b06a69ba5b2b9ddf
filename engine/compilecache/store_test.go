package compilecache

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T, limit int64) *Store {
	t.Helper()
	s, err := OpenStore(filepath.Join(t.TempDir(), "compiled"), limit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// program is n bytes that do not compress much.
func program(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func put(t *testing.T, s *Store, key Key, p []byte) {
	t.Helper()
	if err := s.Put(key, p); err != nil {
		t.Fatal(err)
	}
}

func TestStoreKeeps(t *testing.T) {
	s := open(t, 0)
	key, p := keyOf([]byte("a")), program(1, 5000)
	if _, err := s.Get(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty store gave %v", err)
	}
	put(t, s, key, p)
	if got, err := s.Get(key); err != nil || !bytes.Equal(got, p) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if u, err := s.Usage(); err != nil || u.Programs != 1 || u.Bytes < 5000 || u.Bytes > 5200 {
		t.Errorf("usage %+v, %v", u, err)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if u, _ := s.Usage(); u != (Usage{}) {
		t.Errorf("after clearing: %+v", u)
	}
}

// No two lists of fields have the same key.
func TestKeys(t *testing.T) {
	seen := map[Key][]string{}
	for _, fields := range [][]string{{"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {}, {""}, {"b", "a"}} {
		var raw [][]byte
		for _, f := range fields {
			raw = append(raw, []byte(f))
		}
		key := keyOf(raw...)
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q have the same key", fields, other)
		}
		seen[key] = fields
	}
}

// A file with any byte changed, cut anywhere, or of another key is not read, and
// is gone afterwards.
func TestStoreRefusesDamage(t *testing.T) {
	s := open(t, 0)
	key := keyOf([]byte("a"))
	good, err := encode(key, program(2, 300))
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, file []byte) {
		t.Helper()
		if err := os.WriteFile(s.path(key), file, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(key); err == nil {
			t.Errorf("%s gave %d bytes", what, len(got))
		}
		if _, err := os.Stat(s.path(key)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was left there: %v", what, err)
		}
	}
	for i := range good {
		flipped := bytes.Clone(good)
		flipped[i] ^= 0x10
		if p, err := decode(key, flipped); err == nil && !bytes.Equal(p, program(2, 300)) {
			t.Fatalf("byte %d flipped gave another program", i)
		}
	}
	for _, at := range []int{0, len(magic), 20, headSize - 3, headSize + 20} {
		flipped := bytes.Clone(good)
		flipped[at] ^= 1
		try("a flipped byte", flipped)
	}
	for _, n := range []int{0, 1, headSize - 1, headSize, len(good) - 1} {
		try("a cut file", good[:n])
	}
	try("a longer file", append(bytes.Clone(good), good...))
	foreign, err := encode(keyOf([]byte("b")), program(2, 300))
	if err != nil {
		t.Fatal(err)
	}
	try("another key's file", foreign)
	future := append([]byte("ICHIXLA2"), good[len(magic):]...)
	try("a later format's file", future)
	huge := bytes.Clone(good)
	huge[headSize-2] = 0xff
	try("a file that claims petabytes", huge)
}

// What was used longest ago goes first.
func TestStoreIsBounded(t *testing.T) {
	s := open(t, 3500)
	keys := []Key{keyOf([]byte("0")), keyOf([]byte("1")), keyOf([]byte("2")), keyOf([]byte("3"))}
	for i, key := range keys[:3] {
		put(t, s, key, program(uint64(i), 1000))
		old := time.Now().Add(time.Duration(i-10) * time.Minute)
		if err := os.Chtimes(s.path(key), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(keys[0]); err != nil { // the oldest is used again
		t.Fatal(err)
	}
	put(t, s, keys[3], program(3, 1000))
	for i, want := range []bool{true, false, true, true} {
		if _, err := s.Get(keys[i]); (err == nil) != want {
			t.Errorf("program %d: %v", i, err)
		}
	}
}

func TestStoreRemovesWhatWasLeftBehind(t *testing.T) {
	s := open(t, 0)
	fresh, stale := filepath.Join(s.dir, "1"+partialEnding), filepath.Join(s.dir, "2"+partialEnding)
	for _, name := range []string{fresh, stale} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * partialAge)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	put(t, s, keyOf(), program(1, 10))
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("a file that another process writes: %v", err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file from a process that died: %v", err)
	}
}

// Many writers and readers of few keys never see half a program.
func TestStoreIsSafeForConcurrentUse(t *testing.T) {
	s := open(t, 5000)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 40 {
				n := uint64((w + i) % 6)
				key := keyOf([]byte{byte(n)})
				if err := s.Put(key, program(n, 1000)); err != nil {
					t.Error(err)
				}
				if got, err := s.Get(key); err == nil && !bytes.Equal(got, program(n, 1000)) {
					t.Errorf("program %d is not whole", n)
				} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestOpenStoreRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(dir, 0); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("a folder that others can write to gave %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(filepath.Join(file, "compiled"), 0); err == nil {
		t.Error("a folder inside a file was made")
	}
}
