package main

import (
	"fmt"
	"strconv"
	"strings"
)

// size is a flag of pixels: "512x768" is 512 wide and 768 high, "512" a square.
// The zero value leaves the choice to the model.
type size struct{ width, height int }

func (s *size) Type() string { return "WxH" }

func (s *size) String() string {
	if s.width == 0 {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.width, s.height)
}

// maxSide keeps a slip of the hand from asking for more memory than there is.
const maxSide = 8192

func (s *size) Set(v string) error {
	w, h, both := strings.Cut(strings.ToLower(strings.TrimSpace(v)), "x")
	if !both {
		h = w
	}
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if errW != nil || errH != nil || width < 1 || height < 1 || width > maxSide || height > maxSide {
		return &textError{textSize}
	}
	s.width, s.height = width, height
	return nil
}

// seed is a flag of a random seed; the zero value draws a new one.
type seed struct {
	value uint64
	given bool
}

func (s *seed) Type() string { return "N" }

func (s *seed) String() string {
	if !s.given {
		return ""
	}
	return strconv.FormatUint(s.value, 10)
}

func (s *seed) Set(v string) error {
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return &textError{textSeed}
	}
	s.value, s.given = n, true
	return nil
}

// steps is a number of steps, of which 0 is one that may be asked for.
type steps struct {
	value int
	given bool
}

func (s *steps) Type() string { return "N" }

func (s *steps) String() string {
	if !s.given {
		return ""
	}
	return strconv.Itoa(s.value)
}

func (s *steps) Set(v string) error {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 0 {
		return &textError{textSeed}
	}
	s.value, s.given = n, true
	return nil
}

var (
	textSize = text{"WIDTHxHEIGHT or one number is wanted, 1 to 8192, such as 512x768", "「幅x高さ」または一つの数で、1 から 8192 の範囲で指定してください(例: 512x768)"}
	textSeed = text{"a whole number of 0 or more is wanted", "0 以上の整数を指定してください"}
)
