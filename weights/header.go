package weights

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	prefixSize    = 8           // bytes of the header's length
	maxHeaderSize = 100_000_000 // bytes, the bound of the reference reader
	maxRank       = 64          // dimensions; PyTorch and NumPy stop there too
	metadataKey   = "__metadata__"
)

// entry is one tensor of a file, its bytes counted from the end of the header.
type entry struct {
	Info
	begin, end int64
}

// header is a file's table of contents, checked.
type header struct {
	entries  []entry // in the order of their bytes
	metadata map[string]string
}

// parseHeader reads the JSON header of a file whose tensors take dataSize
// bytes and checks all of it. Errors are *FormatError without a path.
func parseHeader(text []byte, dataSize int64) (*header, error) {
	h := &header{}
	c := &jsonCursor{text: text}
	err := c.object(func(key string) error {
		if key == metadataKey {
			return h.readMetadata(c)
		}
		return h.readEntry(c, key)
	})
	if err == nil {
		err = c.end()
	}
	if err != nil {
		return nil, headerError(err)
	}
	return h, h.checkLayout(dataSize)
}

// headerError makes a *FormatError of what the cursor says.
func headerError(err error) error {
	var known *FormatError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, ErrDuplicateKey):
		detail := strings.TrimPrefix(err.Error(), ErrDuplicateKey.Error()+" ")
		return &FormatError{Kind: ErrDuplicateKey, Detail: detail + " in the header"}
	}
	return &FormatError{Kind: ErrHeaderJSON, Detail: err.Error()}
}

func (h *header) readMetadata(c *jsonCursor) error {
	h.metadata = map[string]string{}
	return c.object(func(key string) error {
		value, err := c.str()
		if err != nil {
			return fmt.Errorf("%s holds strings only: %w", metadataKey, err)
		}
		h.metadata[key] = value
		return nil
	})
}

func (h *header) readEntry(c *jsonCursor, name string) error {
	var dtype string
	var shape, offsets []uint64
	err := c.object(func(key string) (err error) {
		switch key {
		case "dtype":
			dtype, err = c.str()
		case "shape":
			shape, err = c.uints(maxRank)
		case "data_offsets":
			offsets, err = c.uints(2)
		default:
			err = c.errorf("key %s is not one of dtype, shape, data_offsets", clip(key))
		}
		return err
	})
	if errors.Is(err, ErrDuplicateKey) {
		return err
	}
	if err == nil && (dtype == "" || shape == nil || len(offsets) != 2) {
		err = errors.New("needs dtype, shape and two data_offsets")
	}
	if err != nil {
		return &FormatError{Kind: ErrHeaderJSON, Tensor: name, Detail: err.Error()}
	}
	e, err := newEntry(name, DType(dtype), shape, offsets)
	h.entries = append(h.entries, e)
	return err
}

// newEntry checks one tensor by itself: a readable type, and as many bytes as
// its shape needs.
func newEntry(name string, dtype DType, shape, offsets []uint64) (entry, error) {
	fail := func(kind error, format string, args ...any) (entry, error) {
		return entry{}, &FormatError{Kind: kind, Tensor: name, Detail: fmt.Sprintf(format, args...)}
	}
	if kind, ok := dtype.check(); !ok {
		return fail(kind, "%s", clip(string(dtype)))
	}
	e := entry{Info: Info{Name: name, DType: dtype, Shape: make([]int, len(shape))}}
	for i, d := range shape {
		if d > math.MaxInt {
			return fail(ErrShape, "dimension %d is too large", d)
		}
		e.Shape[i] = int(d)
	}
	need, err := byteCount(e.Shape, dtype.Size())
	if err != nil {
		return fail(ErrShape, "%v", err)
	}
	begin, end := offsets[0], offsets[1]
	if begin > end || end > math.MaxInt64 {
		return fail(ErrShape, "offsets %d to %d are no range", begin, end)
	}
	if end-begin != uint64(need) {
		return fail(ErrShape, "shape %v of %s needs %d bytes, offsets give %d", e.Shape, dtype, need, end-begin)
	}
	e.begin, e.end = int64(begin), int64(end)
	return e, nil
}

// checkLayout puts the entries in the order of their bytes and checks that
// they cover the data without overlap, hole or overhang.
func (h *header) checkLayout(dataSize int64) error {
	slices.SortFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.Name, b.Name))
	})
	at, before := int64(0), ""
	for _, e := range h.entries {
		fail := func(kind error, format string, args ...any) error {
			return &FormatError{Kind: kind, Tensor: e.Name, Detail: fmt.Sprintf(format, args...)}
		}
		switch {
		case e.begin < at:
			return fail(ErrOverlap, "it begins at %d, inside tensor %s, which ends at %d", e.begin, clip(before), at)
		case e.begin > at:
			return fail(ErrHole, "%d bytes before it, from %d", e.begin-at, at)
		case e.end > dataSize:
			return fail(ErrTruncated, "it ends at %d and the file holds %d bytes of data; copy or download the file again",
				e.end, dataSize)
		}
		at, before = e.end, e.Name
	}
	if at != dataSize {
		return &FormatError{Kind: ErrHole, Detail: fmt.Sprintf("%d bytes after the last tensor", dataSize-at)}
	}
	return nil
}
