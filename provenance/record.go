package provenance

import (
	"encoding/json"
	"strings"
)

// readRecord takes what our own assertion says.
func (r *Report) readRecord(content []byte) {
	var own record
	if cborReader.Unmarshal(content, &own) != nil {
		r.problem(ReasonAssertionMalformed, labelRecord)
		return
	}
	s := &r.Manifest.Statement
	s.Tool, s.ToolVersion, s.Model, s.ModelHash = own.Tool, own.Version, own.Model, own.ModelHash
	s.Concepts, s.Seed, s.PromptHash, s.Watermark = own.Concepts, own.Seed, own.PromptHash, own.Watermark
}

// readRights takes the owner and the licence, whose values others may write as
// lists or by language.
func (r *Report) readRights(a box) {
	content, ok := a.content("json")
	var fields map[string]any
	if !ok || json.Unmarshal(content, &fields) != nil {
		r.problem(ReasonAssertionMalformed, labelRights)
		return
	}
	r.Manifest.Statement.Owner = plainText(fields["dc:rights"])
	r.Manifest.Statement.Licence = plainText(fields["xmpRights:UsageTerms"])
}

func plainText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		var parts []string
		for _, item := range v {
			if text := plainText(item); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return plainText(v["x-default"])
	}
	return ""
}
