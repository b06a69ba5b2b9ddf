package sqlite

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"github.com/ichimai/ichimai/studio"
)

// jsonText is a column that holds a value as JSON. An empty list or map comes
// back nil.
type jsonText[T any] struct{ V T }

// Forms of JSON columns; sqlc.yaml says which has which.
type (
	textList    = jsonText[[]string]
	scopeList   = jsonText[[]studio.Scope]
	eventList   = jsonText[[]studio.Event]
	numberMap   = jsonText[map[string]float64]
	textMap     = jsonText[map[string]string]
	rowList     = jsonText[[]map[string]string]
	object      = jsonText[json.RawMessage]
	verdictList = jsonText[[]studio.Verdict]

	trialBaseline    = jsonText[studio.TrialBaseline]
	trialAssumptions = jsonText[studio.TrialAssumptions]
)

// Value is driver.Valuer's. Characters such as < stay as they are; nil is
// written as empty, because JSON's null is an element to json_each.
func (j jsonText[T]) Value() (driver.Value, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(j.V); err != nil {
		return nil, fmt.Errorf("encode JSON column: %w", err)
	}
	text := string(bytes.TrimSpace(b.Bytes()))
	if text != "null" {
		return text, nil
	}
	switch any(j.V).(type) {
	case []string, []studio.Scope, []studio.Event, []studio.Verdict, []map[string]string:
		return "[]", nil
	}
	return "{}", nil
}

// Scan is sql.Scanner's.
func (j *jsonText[T]) Scan(src any) error {
	j.V = *new(T)
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("decode JSON column: %T is no text", src)
	}
	switch text {
	case "null", "[]", "{}":
		return nil
	}
	if err := json.Unmarshal([]byte(text), &j.V); err != nil {
		return fmt.Errorf("decode JSON column: %w", err)
	}
	return nil
}
