package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"unicode/utf8"
)

// maxPanicText bounds the text that a panic contributes to an error: GoMLX
// prints whole graphs into some of its messages.
const maxPanicText = 1200

// PanicError is a panic that [Try] caught.
type PanicError struct {
	// Internal is true for runtime errors (a nil pointer, an index out of
	// range): a mistake in the program rather than in what it was given.
	Internal bool
	text     string
	cause    error
}

// Error returns the panic's text, cut to a length that fits a terminal.
func (e *PanicError) Error() string {
	if e.Internal {
		return "internal error (please report it): " + e.text
	}
	return e.text
}

// Unwrap returns the error that was the panic's value, if it was one.
func (e *PanicError) Unwrap() error { return e.cause }

// Try runs f and returns its error, or its panic as a [PanicError]. GoMLX
// reports a bad shape by panicking while a graph is built; every package that
// builds graphs calls Try at its boundary, so that no panic leaves it. The
// stack goes to the debug log only. Panics in other goroutines that f starts
// are out of its reach.
func Try(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = newPanicError(v)
		}
	}()
	return f()
}

// Try1 is [Try] for a function that returns a value and panics when it fails.
// After a panic the value is T's zero value.
func Try1[T any](f func() T) (value T, err error) {
	err = Try(func() error {
		value = f()
		return nil
	})
	return value, err
}

// newPanicError is called while the panic's stack is still there.
func newPanicError(v any) *PanicError {
	slog.Debug("panic caught", "value", fmt.Sprint(v), "stack", string(debug.Stack()))
	e := &PanicError{}
	if cause, ok := v.(error); ok {
		e.cause = cause
		var re runtime.Error
		e.Internal = errors.As(cause, &re)
	}
	e.text = shorten(fmt.Sprint(v))
	return e
}

// shorten trims a text and cuts it on a rune's boundary.
func shorten(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxPanicText {
		return s
	}
	cut := maxPanicText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + " ..."
}
