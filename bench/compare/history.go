package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// appendHistory adds a comparison to a file as one line of JSON.
func appendHistory(path string, c comparison) error {
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("add to history: %w", err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("add to history: %w; name another file by --history, or none by --history ''", err)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Close()
		return fmt.Errorf("add to history %s: %w", path, err)
	}
	return f.Close()
}

// lastOfHistory are the last comparisons of each name, in their order.
func lastOfHistory(path string) ([]comparison, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read history: %w; name another file by --history", err)
	}
	defer f.Close()
	var last []comparison
	for lines := json.NewDecoder(f); ; {
		var c comparison
		if err := lines.Decode(&c); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read history %s: %w", path, err)
		}
		last = append(slices.DeleteFunc(last, func(old comparison) bool { return old.Name == c.Name }), c)
	}
	if len(last) == 0 {
		return nil, fmt.Errorf("read history %s: there is no comparison in it", path)
	}
	return last, nil
}
