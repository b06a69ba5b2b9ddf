package dataset

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// parseCSV reads a caption list with a header line.
func parseCSV(r io.Reader) ([]entry, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read header line: %w", err)
	}
	column := columnsOf(header)
	var entries []entry
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := rows.FieldPos(0)
		e, err := newEntry(func(name string) string { return column.of(row, name) })
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		entries = append(entries, e)
	}
}

// columns maps a header's names to their places.
type columns map[string]int

func columnsOf(header []string) columns {
	c := columns{}
	for i, name := range header {
		c[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	return c
}

func (c columns) of(row []string, name string) string {
	if i, ok := c[name]; ok && i < len(row) {
		return row[i]
	}
	return ""
}

// parseJSONL reads one JSON object a line.
func parseJSONL(r io.Reader) ([]entry, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var entries []entry
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		fields, err := jsonFields(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		e, err := newEntry(func(name string) string { return fields[name] })
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		entries = append(entries, e)
	}
	return entries, lines.Err()
}

// jsonFields returns the strings of a JSON object.
func jsonFields(data []byte) (map[string]string, error) {
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for k, v := range object {
		switch v := v.(type) {
		case string:
			fields[k] = v
		case []any: // keywords
			for _, word := range v {
				if s, ok := word.(string); ok {
					fields[k] += s + " "
				}
			}
		}
	}
	return fields, nil
}

func newEntry(field func(string) string) (entry, error) {
	e := entry{captions: captionsFromFields(field)}
	for _, name := range []string{"file_name", "file", "filename", "image"} {
		if e.file = field(name); e.file != "" {
			break
		}
	}
	if e.file == "" {
		return e, errors.New("no column file_name or file names the picture")
	}
	if e.captions.empty() {
		return e, fmt.Errorf("picture %s has no caption in any of the columns caption, text, en, ja", e.file)
	}
	return e, nil
}
