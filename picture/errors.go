package picture

import (
	"errors"
	"fmt"
)

// Kinds of refusal, for errors.Is.
var (
	// ErrNotPicture: the content is none of the formats that can be read.
	ErrNotPicture = errors.New("not a picture")
	// ErrTooBig: the file passes one of the Limits.
	ErrTooBig = errors.New("picture too big")
	// ErrDamaged: the format was recognised but the file is cut off or corrupt.
	ErrDamaged = errors.New("damaged picture")
	// ErrUnsupported: the format was recognised but uses a feature that is not read.
	ErrUnsupported = errors.New("unsupported kind of picture")
)

// Error says why a file could not be read as a picture.
type Error struct {
	Name string // the file
	Kind error  // ErrNotPicture, ErrTooBig, ErrDamaged or ErrUnsupported
	Text string // the whole sentence, for people
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the kind to errors.Is.
func (e *Error) Unwrap() error { return e.Kind }

func notPicture(name, looksLike string) error {
	text := fmt.Sprintf("%s is not a picture (it looks like %s); JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF can be read", name, looksLike)
	return &Error{Name: name, Kind: ErrNotPicture, Text: text}
}

func tooBig(name, format string, args ...any) error {
	return &Error{Name: name, Kind: ErrTooBig, Text: name + " is too big: " + fmt.Sprintf(format, args...)}
}

func damaged(name, format string, args ...any) error {
	return &Error{Name: name, Kind: ErrDamaged, Text: name + " is damaged: " + fmt.Sprintf(format, args...)}
}

func unsupported(name, format string, args ...any) error {
	return &Error{Name: name, Kind: ErrUnsupported, Text: name + " cannot be read: " + fmt.Sprintf(format, args...)}
}
