package api

import (
	"bytes"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// Object is a JSON object whose fields its own kind defines.
type Object json.RawMessage

// MarshalJSON writes the object as it is, and none as an empty one.
func (o Object) MarshalJSON() ([]byte, error) {
	if len(o) == 0 {
		return []byte("{}"), nil
	}
	return o, nil
}

// UnmarshalJSON keeps the object as it came.
func (o *Object) UnmarshalJSON(data []byte) error {
	*o = bytes.Clone(data)
	return nil
}

// Schema describes any object.
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}
