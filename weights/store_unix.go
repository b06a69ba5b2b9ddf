//go:build unix

package weights

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// mapStore is a file mapped into memory, read-only.
type mapStore struct{ data []byte }

func (s *mapStore) size() int64 { return int64(len(s.data)) }

func (s *mapStore) bytes(offset, count int64) ([]byte, error) {
	return s.data[offset : offset+count : offset+count], nil
}

// release takes the pages that lie wholly within a range out of this process's
// memory; they are read again if they are wanted again.
func (s *mapStore) release(offset, count int64) {
	page := int64(os.Getpagesize())
	from, to := (offset+page-1)/page*page, (offset+count)/page*page
	if from < to {
		unix.Madvise(s.data[from:to], unix.MADV_DONTNEED) // only a hint
	}
}

func (s *mapStore) close() error {
	data := s.data
	s.data = nil
	return unix.Munmap(data)
}

// mapFile maps a file; false where that is not possible (an empty file, a file
// system without mapping, an address space too small).
func mapFile(file *os.File, size int64) (store, bool) {
	if size == 0 || size > math.MaxInt {
		return nil, false
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, false
	}
	return &mapStore{data: data}, true
}
