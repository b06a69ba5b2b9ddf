package provenance

import (
	"errors"
	"fmt"
)

// Kinds of refusal, for errors.Is.
var (
	// ErrFormat: the file is neither PNG nor JPEG.
	ErrFormat = errors.New("neither PNG nor JPEG")
	// ErrDamaged: the file is cut off or corrupt.
	ErrDamaged = errors.New("damaged file")
	// ErrStamped: the file has a manifest already.
	ErrStamped = errors.New("manifest already there")
	// ErrText: a text of a statement cannot be written.
	ErrText = errors.New("text that cannot be written")
	// ErrSigner: the file with a signer's keys and certificates is of no use.
	ErrSigner = errors.New("unusable signer")
	// ErrUnmarkable: the picture holds no watermark.
	ErrUnmarkable = errors.New("picture that holds no watermark")
)

// Error says why something was refused.
type Error struct {
	Name string // the file, or "" where only its bytes were given
	Kind error  // one of the above
	Text string // the whole sentence, for people
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the kind to errors.Is.
func (e *Error) Unwrap() error { return e.Kind }

func fault(name string, kind error, format string, args ...any) error {
	return &Error{Name: name, Kind: kind, Text: fmt.Sprintf(format, args...)}
}
