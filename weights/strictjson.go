package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonCursor reads the JSON of headers and indexes strictly: RFC 8259 without
// leniency, valid UTF-8, no key twice in an object, numbers where they are
// wanted as plain unsigned integers. encoding/json takes the last of two equal
// keys and replaces bad UTF-8, so two readers could see two different files.
type jsonCursor struct {
	text []byte
	at   int
}

// maxDepth bounds the recursion of skip.
const maxDepth = 32

func (c *jsonCursor) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", c.at, fmt.Sprintf(format, args...))
}

// peek is the next byte that is not white space, 0 at the end.
func (c *jsonCursor) peek() byte {
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; b {
		case ' ', '\t', '\n', '\r':
		default:
			return b
		}
	}
	return 0
}

func (c *jsonCursor) expect(want byte) error {
	got := c.peek()
	switch {
	case c.at == len(c.text):
		return c.errorf("ends where %q is expected", want)
	case got != want:
		return c.errorf("%q where %q is expected", got, want)
	}
	c.at++
	return nil
}

// end checks that only white space is left.
func (c *jsonCursor) end() error {
	if c.peek(); c.at < len(c.text) {
		return c.errorf("%q after the end of the value", c.text[c.at])
	}
	return nil
}

// object calls member after each key, with the cursor before the value.
func (c *jsonCursor) object(member func(key string) error) error {
	seen := map[string]bool{}
	return c.list('{', '}', func() error {
		key, err := c.str()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%w %s", ErrDuplicateKey, clip(key))
		}
		seen[key] = true
		if err := c.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// list reads comma-separated items between two brackets.
func (c *jsonCursor) list(first, last byte, item func() error) error {
	if err := c.expect(first); err != nil {
		return err
	}
	if c.peek() == last {
		return c.expect(last)
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if c.peek() != ',' {
			return c.expect(last)
		}
		c.at++
	}
}

// uints reads an array of at most most unsigned integers.
func (c *jsonCursor) uints(most int) ([]uint64, error) {
	numbers := []uint64{}
	err := c.list('[', ']', func() error {
		if len(numbers) == most {
			return c.errorf("more than %d numbers", most)
		}
		n, err := c.uint()
		numbers = append(numbers, n)
		return err
	})
	return numbers, err
}

// uint reads a number written as digits only, without a leading zero.
func (c *jsonCursor) uint() (uint64, error) {
	c.peek()
	start := c.at
	for c.at < len(c.text) && '0' <= c.text[c.at] && c.text[c.at] <= '9' {
		c.at++
	}
	digits := c.text[start:c.at]
	if len(digits) == 0 || len(digits) > 1 && digits[0] == '0' {
		return 0, c.errorf("a whole number is expected")
	}
	if len(digits) > 20 {
		return 0, c.errorf("number of %d digits is too large", len(digits))
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0, c.errorf("number %s is too large", digits)
	}
	return n, nil
}

// skip reads over a value of any kind, at most maxDepth deep.
func (c *jsonCursor) skip(depth int) error {
	if depth == maxDepth {
		return c.errorf("nested more than %d deep", maxDepth)
	}
	switch c.peek() {
	case '{':
		return c.object(func(string) error { return c.skip(depth + 1) })
	case '[':
		return c.list('[', ']', func() error { return c.skip(depth + 1) })
	case '"':
		_, err := c.str()
		return err
	}
	start := c.at
	for c.at < len(c.text) && bytes.IndexByte([]byte(",]} \t\n\r"), c.text[c.at]) < 0 {
		c.at++
	}
	if !json.Valid(c.text[start:c.at]) {
		return c.errorf("a value is expected")
	}
	return nil
}

// str reads a string.
func (c *jsonCursor) str() (string, error) {
	if err := c.expect('"'); err != nil {
		return "", err
	}
	start, escaped := c.at, false
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; {
		case b == '"':
			raw := c.text[start:c.at]
			c.at++
			return c.decode(raw, escaped)
		case b < ' ':
			return "", c.errorf("control character in a string")
		case b == '\\':
			escaped = true
			c.at++
		}
	}
	c.at = len(c.text)
	return "", c.errorf("ends inside a string")
}

func (c *jsonCursor) decode(raw []byte, escaped bool) (string, error) {
	if !utf8.Valid(raw) {
		return "", c.errorf("string is not valid UTF-8")
	}
	if !escaped {
		return string(raw), nil
	}
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		if raw[0] != '\\' {
			out, raw = append(out, raw[0]), raw[1:]
			continue
		}
		r, used, err := unescape(raw)
		if err != nil {
			return "", c.errorf("%v", err)
		}
		out, raw = utf8.AppendRune(out, r), raw[used:]
	}
	return string(out), nil
}

var plainEscapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape reads one escape sequence (a surrogate pair is one) and says how
// many bytes it takes.
func unescape(raw []byte) (r rune, used int, err error) {
	if len(raw) > 1 && raw[1] != 'u' {
		if r, ok := plainEscapes[raw[1]]; ok {
			return r, 2, nil
		}
		return 0, 0, fmt.Errorf("unknown escape \\%c", raw[1])
	}
	high, ok := hexRune(raw)
	if !ok {
		return 0, 0, errors.New("\\u without four hexadecimal digits")
	}
	if !utf16.IsSurrogate(high) {
		return high, 6, nil
	}
	low, ok := hexRune(raw[6:])
	if r := utf16.DecodeRune(high, low); ok && r != utf8.RuneError {
		return r, 12, nil
	}
	return 0, 0, errors.New("half of a surrogate pair")
}

// hexRune reads the \uXXXX that raw begins with.
func hexRune(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}
