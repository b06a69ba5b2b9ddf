package weights

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"unsafe"
)

// File is one open safetensors file.
type File struct {
	path     string
	entries  map[string]entry
	names    []string // sorted
	metadata map[string]string
	data     int64 // where the tensors' bytes begin

	mu    sync.RWMutex // held for writing by Close only
	store store        // nil once closed
}

// Open maps a safetensors file and checks its whole header. It reads no tensor.
// Errors are *FormatError, with errors.Is one of the package's Err values, or
// those of the file system.
func Open(path string) (*File, error) {
	s, err := openStore(path)
	if err != nil {
		return nil, fmt.Errorf("open weights: %w", err)
	}
	f, err := newFile(path, s)
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open weights: %w", err)
	}
	return f, nil
}

func newFile(path string, s store) (*File, error) {
	f := &File{path: path, store: s}
	err := guarded(path, f.readHeader)
	var broken *FormatError
	if errors.As(err, &broken) {
		broken.Path = path
		if broken.Kind != ErrPickle && isPickleName(path) && !f.hasHeader() {
			broken.Kind, broken.Detail = ErrPickle, convertHelp
		}
	}
	return f, err
}

func (f *File) readHeader() error {
	text, err := headerText(f.store)
	if err != nil {
		return err
	}
	f.data = prefixSize + int64(len(text))
	h, err := parseHeader(text, f.store.size()-f.data)
	if err != nil {
		return err
	}
	f.metadata = h.metadata
	f.entries = make(map[string]entry, len(h.entries))
	for _, e := range h.entries {
		f.entries[e.Name] = e
	}
	f.names = slices.Sorted(maps.Keys(f.entries))
	return nil
}

// hasHeader reports whether the file at least begins as safetensors do, which
// old pickles, without a magic number, do not.
func (f *File) hasHeader() bool { return f.data > 0 }

// headerText is the JSON header, its length checked before any of it is read.
func headerText(s store) ([]byte, error) {
	start, err := s.bytes(0, min(s.size(), sniffSize))
	if err != nil {
		return nil, err
	}
	if err := sniff(start); err != nil {
		return nil, err
	}
	if len(start) < prefixSize {
		return nil, &FormatError{Kind: ErrTooShort, Detail: fmt.Sprintf("%d bytes", len(start))}
	}
	length := little.Uint64(start)
	if length > maxHeaderSize || int64(length) > s.size()-prefixSize {
		return nil, &FormatError{Kind: ErrHeaderSize,
			Detail: fmt.Sprintf("the header claims %d bytes, the file has %d", length, s.size())}
	}
	text, err := s.bytes(prefixSize, int64(length))
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, &FormatError{Kind: ErrHeaderJSON, Detail: "it does not start with {"}
	}
	return text, nil
}

// Path is the path that the file was opened by.
func (f *File) Path() string { return f.path }

// Names are the tensors' names, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata is a copy of the header's string table, nil when there is none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Info describes one tensor.
func (f *File) Info(name string) (Info, bool) {
	e, ok := f.entries[name]
	e.Shape = slices.Clone(e.Shape)
	return e.Info, ok
}

// Bytes are a tensor's bytes, on most systems the mapped file itself: never
// write to them, and do not use them after Close.
func (f *File) Bytes(name string) ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, data, err := f.raw(name)
	return data, err
}

// Float32 is a copy of a tensor, row-major. F64 and the integers are rounded to
// what a float32 holds; BOOL becomes 0 and 1.
func (f *File) Float32(name string) (v []float32, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	err = guarded(f.path, func() error {
		e, data, err := f.raw(name)
		if err == nil {
			v = toFloats(data, e.DType)
			f.store.release(f.data+e.begin, e.end-e.begin)
		}
		return err
	})
	return v, err
}

// ReadFloat32 calls f with the values of Float32, without a copy where the file is
// mapped and holds float32 as the machine does.
func (f *File) ReadFloat32(name string, read func(values []float32) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.once(name, func(d DType, data []byte) error {
		if d == F32 && nativeFloats(data) {
			return read(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4))
		}
		return read(toFloats(data, d))
	})
}

// ReadBytes is Bytes for reading once: what is mapped of the file does not stay in
// memory.
func (f *File) ReadBytes(name string, read func(data []byte) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.once(name, func(_ DType, data []byte) error { return read(data) })
}

// once needs mu held.
func (f *File) once(name string, read func(d DType, data []byte) error) error {
	return guarded(f.path, func() error {
		e, data, err := f.raw(name)
		if err != nil {
			return err
		}
		defer f.store.release(f.data+e.begin, e.end-e.begin)
		return read(e.DType, data)
	})
}

// raw needs mu held.
func (f *File) raw(name string) (entry, []byte, error) {
	e, ok := f.entries[name]
	if !ok {
		return e, nil, &FormatError{Path: f.path, Tensor: name, Kind: ErrNoTensor}
	}
	if f.store == nil {
		return e, nil, fmt.Errorf("read tensor %s of %s: %w", clip(name), f.path, os.ErrClosed)
	}
	data, err := f.store.bytes(f.data+e.begin, e.end-e.begin)
	return e, data, err
}

// Close frees the file and waits for reads in progress. A second Close does
// nothing.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.store == nil {
		return nil
	}
	err := f.store.close()
	f.store = nil
	if err != nil {
		return fmt.Errorf("close weights %s: %w", f.path, err)
	}
	return nil
}
