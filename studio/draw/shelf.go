package draw

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/weights"
)

// shelfSize bounds the concepts that are kept read.
const shelfSize = 16

// shelf keeps the concepts that were used last, by the hash of their file.
type shelf struct {
	scratch string // folder for a file while it is read

	mu    sync.Mutex
	read  map[string]*concept.Concept
	order []string // of last use, oldest first
}

func newShelf(scratch string) *shelf {
	return &shelf{scratch: scratch, read: map[string]*concept.Concept{}}
}

// get reads a concept's file, or returns what was read before.
func (s *shelf) get(f jobs.ConceptFile) (*concept.Concept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.read[f.Blob]
	if !ok {
		var err error
		if c, err = readConcept(s.scratch, f.File); err != nil {
			return nil, err
		}
	}
	s.keep(f.Blob, c)
	return c, nil
}

func (s *shelf) keep(blob string, c *concept.Concept) {
	for i, b := range s.order {
		if b == blob {
			s.order = append(s.order[:i], s.order[i+1:]...)
			break
		}
	}
	s.read[blob], s.order = c, append(s.order, blob)
	if len(s.order) > shelfSize {
		delete(s.read, s.order[0])
		s.order = s.order[1:]
	}
}

// readConcept reads a concept from the bytes of its file, which is written to a
// folder for that long: safetensors files are mapped, not streamed.
func readConcept(scratch string, data []byte) (c *concept.Concept, err error) {
	f, err := os.CreateTemp(scratch, "concept-*.safetensors")
	if err != nil {
		return nil, fmt.Errorf("read concept: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if _, err := f.Write(data); err != nil {
		return nil, errors.Join(fmt.Errorf("read concept: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("read concept: %w", err)
	}
	if c, err = concept.Read(f.Name()); err != nil {
		return nil, unreadable(err)
	}
	return c, nil
}

// unreadable says what is wrong with a concept's file.
func unreadable(err error) error {
	var newer *concept.VersionError
	var format *weights.FormatError
	switch {
	case errors.As(err, &newer):
		return studio.Errorf(studio.Conflict, "the concept was written by a newer version of this program; update the program",
			"このコンセプトは新しいバージョンのプログラムで作成されています。プログラムを更新してください。")
	case errors.Is(err, concept.ErrNotConcept), errors.As(err, &format):
		return studio.Errorf(studio.Invalid, "the concept's file is damaged; learn the concept again",
			"コンセプトのファイルが破損しています。もう一度学習してください。")
	}
	return fmt.Errorf("read concept: %w", err)
}
