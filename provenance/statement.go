package provenance

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Digital source types: terms of the IPTC's vocabulary
// http://cv.iptc.org/newscodes/digitalsourcetype/.
const (
	// SourceTrained is a picture drawn by a model that was trained on others.
	SourceTrained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
	// SourceComposite has such a picture beside or in a photo.
	SourceComposite = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)

// Tool is the creator tool where a statement names none.
const Tool = "Ichimai"

// Statement is what a picture says of itself. The zero value of a field leaves
// it out, but Source and Tool, which then are [SourceTrained] and [Tool].
type Statement struct {
	Title  string `json:"title,omitempty"`
	Source string `json:"digital_source_type"` // one of the Source constants
	Tool   string `json:"tool"`
	// ToolVersion is the version of the tool.
	ToolVersion string `json:"tool_version,omitempty"`
	Model       string `json:"model,omitempty"`
	ModelHash   string `json:"model_hash,omitempty"` // SHA-256 in hexadecimal
	// Concepts are the names of what was learned and is in the picture.
	Concepts []string `json:"concepts,omitempty"`
	Seed     *uint64  `json:"seed,omitempty"`
	// PromptHash is the SHA-256 of the prompt in hexadecimal: it proves a prompt
	// that is told, and tells none.
	PromptHash string `json:"prompt_sha256,omitempty"`
	Owner      string `json:"owner,omitempty"`   // copyright notice, such as "© 2026 Acme"
	Licence    string `json:"licence,omitempty"` // terms of use, or their address
	// Created is when the picture was drawn, to the second.
	Created time.Time `json:"created,omitzero"`
	// Watermark is the payload of the mark in the pixels, if there is one.
	Watermark *uint32 `json:"watermark,omitempty"`
	// Manifest is the C2PA manifest that vouches for the picture; Stamp sets it.
	Manifest string `json:"manifest,omitempty"`
	// instance is the xmpMM:InstanceID, which the manifest repeats.
	instance string
}

// Longest texts, in characters, and most concepts.
const (
	maxLine     = 300
	maxText     = 4000
	maxConcepts = 64
)

// completed fills in what is always there.
func (s Statement) completed() Statement {
	if s.Source == "" {
		s.Source = SourceTrained
	}
	if s.Tool == "" {
		s.Tool = Tool
	}
	s.Created = s.Created.UTC().Truncate(time.Second)
	return s
}

// check refuses what would not be read back as it is.
func (s Statement) check() error {
	lines := map[string]string{"the title": s.Title, "the source type": s.Source, "the tool": s.Tool, "the tool's version": s.ToolVersion, "the model": s.Model}
	for _, c := range s.Concepts {
		lines["a concept's name"] = c
		if err := checkTexts(lines, maxLine, false); err != nil {
			return err
		}
	}
	if err := checkTexts(lines, maxLine, false); err != nil {
		return err
	}
	if err := checkTexts(map[string]string{"the owner": s.Owner, "the licence": s.Licence}, maxText, true); err != nil {
		return err
	}
	for what, hash := range map[string]string{"the model's hash": s.ModelHash, "the prompt's hash": s.PromptHash} {
		if _, err := hex.DecodeString(hash); err != nil || len(hash) > 128 {
			return fault("", ErrText, "%s is not hexadecimal: %.40q", what, hash)
		}
	}
	if len(s.Concepts) > maxConcepts {
		return fault("", ErrText, "there are %d concepts and %d can be named", len(s.Concepts), maxConcepts)
	}
	return nil
}

func checkTexts(texts map[string]string, longest int, lines bool) error {
	for what, text := range texts {
		bad := func(r rune) bool {
			return unicode.IsControl(r) && !(lines && r == '\n') || r == 0xFFFE || r == 0xFFFF
		}
		switch n := utf8.RuneCountInString(text); {
		case n > longest:
			return fault("", ErrText, "%s has %d characters and %d fit", what, n, longest)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, bad):
			return fault("", ErrText, "%s has characters that cannot be written: %.40q", what, text)
		case strings.TrimSpace(text) != text:
			return fault("", ErrText, "%s begins or ends with a space: %.40q", what, text)
		}
	}
	return nil
}

// plausible is a time that a file gave, in UTC; the zero time for years that
// cannot be written.
func plausible(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// system is IPTC's "AI system used": the tool and the model.
func (s Statement) system() string {
	if s.Model == "" {
		return s.Tool
	}
	return fmt.Sprintf("%s (%s)", s.Tool, s.Model)
}
