package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func badField(field, english, japanese string, args ...any) error {
	return &studio.Error{Code: studio.Invalid, Field: field, English: fmt.Sprintf(english, args...), Japanese: fmt.Sprintf(japanese, args...)}
}

// whole reads a field that holds a whole number; an empty one is missing.
func (v *visit) whole(name string, missing int64) (int64, error) {
	s := v.field(name)
	if s == "" {
		return missing, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, badField(name, "%.40q is no whole number", "「%.40s」は整数ではありません。", s)
	}
	return n, nil
}

// fraction reads a field that holds a number; an empty one is nil.
func (v *visit) fraction(name string) (*float64, error) {
	s := v.field(name)
	if s == "" {
		return nil, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, badField(name, "%.40q is no number", "「%.40s」は数値ではありません。", s)
	}
	return &f, nil
}

// dayEnd reads a date; the day itself still counts. An empty one is zero.
func (v *visit) dayEnd(name string) (time.Time, error) {
	s := v.field(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, v.server.zone)
	if err != nil {
		return time.Time{}, badField(name, "%.40q is no date such as 2027-03-31", "「%.40s」は日付ではありません。2027-03-31のように入力してください。", s)
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}

// ticked reports whether a checkbox was sent.
func (v *visit) ticked(name string) bool { return v.r.FormValue(name) != "" }

// lines are a field's lines without outer spaces and empty ones.
func (v *visit) lines(name string) []string {
	list := []string{}
	for _, line := range strings.Split(v.r.FormValue(name), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
