package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// readVocab reads vocab.json: an object of token to id.
func readVocab(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ids, err := decodeIDs(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tokens, err := tokensByID(ids)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return tokens, nil
}

// decodeIDs decodes a JSON object of token to id key by key, so that an error
// can name the key and a key that is there twice is noticed.
func decodeIDs(data []byte) (map[string]int, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil {
		return nil, atLine(data, d.InputOffset(), err)
	} else if open != json.Delim('{') {
		return nil, fmt.Errorf("line 1: want an object of tokens and ids, found %v", open)
	}
	ids := map[string]int{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, atLine(data, d.InputOffset(), err)
		}
		token := key.(string)
		if _, twice := ids[token]; twice {
			return nil, fmt.Errorf("line %d: key %q is there twice", lineAt(data, d.InputOffset()), token)
		}
		var id int
		if err := d.Decode(&id); err != nil {
			return nil, fmt.Errorf("key %q: %w", token, atLine(data, d.InputOffset(), err))
		}
		ids[token] = id
	}
	if _, err := d.Token(); err != nil {
		return nil, atLine(data, d.InputOffset(), err)
	}
	return ids, nil
}

// decodeJSON decodes a whole file, naming it and the line in its error.
func decodeJSON(path string, data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	var offset int64
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	return fmt.Errorf("%s: %w", path, atLine(data, offset, err))
}

func atLine(data []byte, offset int64, err error) error {
	return fmt.Errorf("line %d: %w", lineAt(data, offset), err)
}

// lineAt is the number of the line, from 1, at a byte offset.
func lineAt(data []byte, offset int64) int {
	offset = max(0, min(offset, int64(len(data))))
	return 1 + bytes.Count(data[:offset], []byte("\n"))
}

// mergeLine is a line of merges.txt that holds a merge.
type mergeLine struct {
	number int
	text   string
}

// mergeLines reads the lines of merges.txt but for the version and blank ones.
func mergeLines(path string) ([]mergeLine, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lines []mergeLine
	for i, text := range strings.Split(string(data), "\n") {
		text = strings.TrimSuffix(text, "\r")
		if text == "" || strings.HasPrefix(text, "#version") {
			continue
		}
		lines = append(lines, mergeLine{number: i + 1, text: text})
	}
	return lines, nil
}

// readMerges reads merges.txt: two symbols with a space between them a line.
func readMerges(path string) ([]Merge, error) {
	lines, err := mergeLines(path)
	if err != nil {
		return nil, err
	}
	merges := make([]Merge, 0, len(lines))
	for _, line := range lines {
		m, err := parseMerge(line.text)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, line.number, err)
		}
		merges = append(merges, m)
	}
	return merges, nil
}

func parseMerge(line string) (Merge, error) {
	if !utf8.ValidString(line) {
		return Merge{}, fmt.Errorf("%q is not valid UTF-8", line)
	}
	left, right, ok := strings.Cut(line, " ")
	if !ok || left == "" || right == "" || strings.Contains(right, " ") {
		return Merge{}, fmt.Errorf("want two symbols with one space between them, found %q", line)
	}
	return Merge{left, right}, nil
}
