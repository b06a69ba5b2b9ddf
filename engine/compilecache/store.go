package compilecache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// DefaultLimit is the size that a store is kept under, in bytes.
const DefaultLimit = 1 << 30

const (
	fileEnding    = ".xla"
	partialEnding = ".partial"
	// partialAge is the age at which a file being written was left behind.
	partialAge = time.Hour
)

// Store is a folder of compiled programs. It is safe for concurrent use, by
// several processes too: files are written beside and renamed, and one that is
// removed while another process reads it stays whole for that process.
type Store struct {
	dir   string
	limit int64
}

// OpenStore makes the folder, for its owner alone: what is read from it is run.
// A folder that others can write to is refused. limit is in bytes; 0 means
// [DefaultLimit].
func OpenStore(dir string, limit int64) (*Store, error) {
	if limit == 0 {
		limit = DefaultLimit
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open compile cache: %w", err)
	}
	st, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open compile cache: %w", err)
	}
	if st.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("open compile cache: others can write to %s, and what is read from it is run; as its owner: chmod go-w %s", dir, dir)
	}
	return &Store{dir, limit}, nil
}

// Dir is the store's folder.
func (s *Store) Dir() string { return s.dir }

// Limit is the size that the store is kept under, in bytes.
func (s *Store) Limit() int64 { return s.limit }

func (s *Store) path(key Key) string { return filepath.Join(s.dir, key.String()+fileEnding) }

// Get returns the program of a key and marks it as used just now. A file that
// is not whole is removed; the error is [fs.ErrNotExist] where there is none.
func (s *Store) Get(key Key) ([]byte, error) {
	path := s.path(key)
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	program, err := decode(key, file)
	if err != nil {
		s.Remove(key)
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	now := time.Now()
	os.Chtimes(path, now, now) // on a read-only disk the order of eviction is that of writing
	return program, nil
}

// Put keeps a program, then removes those used longest ago while the store is
// over its limit.
func (s *Store) Put(key Key, program []byte) error {
	file, err := encode(key, program)
	if err != nil {
		return fmt.Errorf("write compile cache: %w", err)
	}
	f, err := os.CreateTemp(s.dir, "*"+partialEnding)
	if err != nil {
		return fmt.Errorf("write compile cache: %w", err)
	}
	_, err = f.Write(file)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), s.path(key))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write compile cache: %w", err)
	}
	return s.trim()
}

// Remove takes a program out, if it is there.
func (s *Store) Remove(key Key) { os.Remove(s.path(key)) }

// Usage is what a store holds.
type Usage struct {
	Programs int   `json:"programs"`
	Bytes    int64 `json:"bytes"`
}

// Usage counts the programs.
func (s *Store) Usage() (Usage, error) {
	files, err := s.files()
	var u Usage
	for _, f := range files {
		u.Programs++
		u.Bytes += f.Size()
	}
	return u, err
}

// Clear removes every program.
func (s *Store) Clear() error {
	files, err := s.files()
	errs := []error{err}
	for _, f := range files {
		if err := os.Remove(filepath.Join(s.dir, f.Name())); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// trim removes the programs used longest ago until the rest is under the limit.
func (s *Store) trim() error {
	files, err := s.files()
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var sum int64
	for _, f := range files {
		if sum += f.Size(); sum > s.limit {
			os.Remove(filepath.Join(s.dir, f.Name()))
		}
	}
	return nil
}

// files lists the programs and removes what a process that died left behind.
func (s *Store) files() ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read compile cache: %w", err)
	}
	var files []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // removed by another process meanwhile
		}
		switch {
		case strings.HasSuffix(e.Name(), fileEnding):
			files = append(files, info)
		case strings.HasSuffix(e.Name(), partialEnding) && time.Since(info.ModTime()) > partialAge:
			os.Remove(filepath.Join(s.dir, e.Name()))
		}
	}
	return files, nil
}
