package weights

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What can be wrong with a file, to be found with errors.Is.
var (
	ErrTooShort         = errors.New("file too short to hold a header")
	ErrHeaderSize       = errors.New("header length exceeds the file or the limit of 100 MB")
	ErrHeaderJSON       = errors.New("header is not valid JSON of the safetensors form")
	ErrDuplicateKey     = errors.New("duplicate key")
	ErrUnknownDType     = errors.New("unknown dtype")
	ErrUnsupportedDType = errors.New("unsupported dtype")
	ErrShape            = errors.New("shape and offsets disagree")
	ErrOverlap          = errors.New("tensors overlap")
	ErrHole             = errors.New("bytes belong to no tensor")
	ErrTruncated        = errors.New("tensor data end beyond the end of the file")
	ErrPickle           = errors.New("pickle files are never read, because unpickling runs code")
	ErrNotWeights       = errors.New("not a safetensors file")
	ErrNoTensor         = errors.New("no such tensor")
	ErrIndex            = errors.New("shard index is wrong")
	ErrChanged          = errors.New("file was cut or replaced while it was being read")
)

// FormatError says what is wrong with a file of tensors. Kind is one of the
// package's Err values.
type FormatError struct {
	Path   string
	Tensor string // name of the tensor at fault, where it is one
	Kind   error
	Detail string // the numbers, and what to do
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Tensor != "" {
		fmt.Fprintf(&b, ": tensor %s", clip(e.Tensor))
	}
	fmt.Fprintf(&b, ": %v", e.Kind)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	return b.String()
}

// Unwrap gives the kind.
func (e *FormatError) Unwrap() error { return e.Kind }

// clip shortens a name from a file, so that a hostile one cannot fill a
// terminal, and quotes it when it holds anything unprintable.
func clip(name string) string {
	const most = 200
	if len(name) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + "…"
	}
	if quoted := fmt.Sprintf("%q", name); quoted[1:len(quoted)-1] != name || name == "" {
		return quoted
	}
	return name
}
