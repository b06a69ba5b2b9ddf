package pretrain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// appendLog adds a line to a run's history: step, pictures, rate and, where it is
// known, share of the device's peak of the steps since the last line, or an event,
// with its figures by name.
func appendLog(path string, p Progress) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write training log: %w", err)
	}
	line := map[string]any{"step": p.Step}
	if p.Event == "" {
		line["pictures"], line["rate"] = p.Pictures, p.Rate
	}
	if p.Share > 0 {
		line["share"] = p.Share
	}
	for _, f := range p.Figures {
		line[f.Name] = f.Value
	}
	err = json.NewEncoder(f).Encode(line)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write training log: %w", err)
	}
	return nil
}

// trimLog drops the lines of steps after the one that a run goes on from, which
// will come again, and a line that a crash left unfinished.
func trimLog(path string, done int) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read training log: %w", err)
	}
	var kept []byte
	for line := range bytes.Lines(data) {
		var at struct {
			Step int `json:"step"`
		}
		if json.Unmarshal(line, &at) == nil && at.Step <= done && bytes.HasSuffix(line, []byte{'\n'}) {
			kept = append(kept, line...)
		}
	}
	if len(kept) == len(data) {
		return nil
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, kept, 0o644); err != nil {
		return fmt.Errorf("shorten training log: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		os.Remove(partial)
		return fmt.Errorf("shorten training log: %w", err)
	}
	return nil
}
