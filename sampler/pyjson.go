package sampler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// infinite are the three values that Python's json module writes and JSON
// does not have.
var infinite = map[string]float64{"-Infinity": math.Inf(-1), "Infinity": math.Inf(1), "NaN": math.NaN()}

// parsePythonObject reads a JSON object as Python writes it: a bare Infinity,
// -Infinity or NaN becomes the same word as a string, for decodePython.
func parsePythonObject(data []byte) (map[string]json.RawMessage, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(quoteInfinite(data), &given); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if given == nil {
		return nil, fmt.Errorf("not a JSON object: null")
	}
	return given, nil
}

func quoteInfinite(data []byte) []byte {
	out := make([]byte, 0, len(data)+16)
	for i := 0; i < len(data); {
		n := 1
		switch word := infiniteAt(data[i:]); {
		case word != "":
			out = append(append(append(out, '"'), word...), '"')
			i += len(word)
			continue
		case data[i] == '"':
			n = stringLength(data[i:])
		}
		out = append(out, data[i:i+n]...)
		i += n
	}
	return out
}

func infiniteAt(data []byte) string {
	for word := range infinite {
		if bytes.HasPrefix(data, []byte(word)) {
			return word
		}
	}
	return ""
}

// stringLength is the length of the JSON string that data begins with, with
// its quotes; a string that does not end runs to the end.
func stringLength(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// decodePython reads one value into the field to points at; null, which is
// Python's None, is the zero value.
func decodePython(raw json.RawMessage, to any) error {
	if f, ok := to.(*float64); ok {
		var word string
		if json.Unmarshal(raw, &word) == nil {
			if v, ok := infinite[word]; ok {
				*f = v
				return nil
			}
		}
	}
	if string(raw) == "null" {
		raw = zeroOf(to)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("%s should be %s", raw, kindOf(to))
	}
	return nil
}

func zeroOf(to any) json.RawMessage {
	switch to.(type) {
	case *bool:
		return json.RawMessage("false")
	case *string:
		return json.RawMessage(`""`)
	case *int, *float64:
		return json.RawMessage("0")
	}
	return json.RawMessage("[]")
}

func kindOf(to any) string {
	switch to.(type) {
	case *bool:
		return "true or false"
	case *string:
		return "a text"
	case *int:
		return "a whole number"
	case *float64:
		return "a number"
	}
	return "a list of numbers"
}
