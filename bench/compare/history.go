package main

import (
	"encoding/json"
	"fmt"
	"os"
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
