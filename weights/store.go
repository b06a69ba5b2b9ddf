package weights

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// store gives parts of a file's bytes: the mapped file where the system can do
// that, otherwise copies read as they are wanted. A range has been checked
// against size before it is asked for.
type store interface {
	size() int64
	bytes(offset, count int64) ([]byte, error)
	// release says that a range will hardly be wanted again.
	release(offset, count int64)
	close() error
}

// readStore reads parts of an open file, for systems and file systems without
// memory mapping.
type readStore struct {
	file   *os.File
	length int64
}

func (s *readStore) size() int64 { return s.length }

func (s *readStore) bytes(offset, count int64) ([]byte, error) {
	data := make([]byte, count)
	if _, err := io.ReadFull(io.NewSectionReader(s.file, offset, count), data); err != nil {
		return nil, fmt.Errorf("read %d bytes at %d of %s: %w", count, offset, s.file.Name(), err)
	}
	return data, nil
}

func (s *readStore) release(int64, int64) {}

func (s *readStore) close() error { return s.file.Close() }

// openStore opens a regular file and maps it if the system can.
func openStore(path string) (store, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	if s, ok := mapFile(file, stat.Size()); ok {
		file.Close() // the mapping stays without it
		return s, nil
	}
	return &readStore{file: file, length: stat.Size()}, nil
}

// guarded runs read, and turns the memory fault of a mapped file that somebody
// has cut short meanwhile into ErrChanged.
func guarded(path string, read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			err = &FormatError{Path: path, Kind: ErrChanged, Detail: "read it again"}
		default:
			panic(r)
		}
	}()
	return read()
}
