package evaluate

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ProtocolError says what is wrong with a protocol, and where.
type ProtocolError struct {
	Path string // the file
	Line int    // from 1; 0 where it is the whole file's
	Key  string // such as prompts[3].text, counted from 1; "" for the whole file
	what text
	args []string
}

func (e *ProtocolError) Error() string { return e.In(English) }

// In says it in a language, en or ja.
func (e *ProtocolError) In(lang string) string {
	where := e.Path
	if e.Line > 0 {
		where += text{", line {n}", " の {n} 行目"}.in(lang, "n", strconv.Itoa(e.Line))
	}
	if e.Key != "" {
		where += text{", {key}", "、{key}"}.in(lang, "key", e.Key)
	}
	return where + ": " + e.what.in(lang, e.args...)
}

// wrong makes an error at a place of the file.
func (p *Protocol) wrong(path []any, what text, pairs ...string) error {
	return &ProtocolError{Path: p.path, Line: p.lines.at(path...), Key: keyOf(path), what: what, args: pairs}
}

// at is a place in the file.
func at(path ...any) []any { return path }

var (
	yamlLine     = regexp.MustCompile(`line (\d+): (.*)`)
	yamlUnknown  = regexp.MustCompile(`field (.*) not found in type \S+`)
	yamlMismatch = regexp.MustCompile("cannot unmarshal (\\S+) ?(?:`(.*)`)? into (.*)")
)

// yamlError turns an error of package yaml into one that names its line.
func (p *Protocol) yamlError(err error) error {
	if errors.Is(err, io.EOF) {
		return &ProtocolError{Path: p.path, what: textEmptyFile}
	}
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	var several *yaml.TypeError
	if errors.As(err, &several) && len(several.Errors) > 0 {
		detail = several.Errors[0]
	}
	e := &ProtocolError{Path: p.path, what: textNotYAML, args: []string{"error", detail}}
	if m := yamlLine.FindStringSubmatch(detail); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		detail = m[2]
		e.args = []string{"error", detail}
	}
	if m := yamlUnknown.FindStringSubmatch(detail); m != nil {
		e.what, e.args = textUnknownKey, []string{"key", m[1]}
	} else if m := yamlMismatch.FindStringSubmatch(detail); m != nil {
		e.what, e.args = textWrongType, []string{"value", strings.TrimSpace(m[2]), "error", detail}
		if m[2] == "" {
			e.what, e.args = textWrongShape, nil
		}
	}
	return e
}

// NothingError says that there is nothing to report.
type NothingError struct{ Dir string }

func (e *NothingError) Error() string {
	return fmt.Sprintf("%s holds no finished unit of this protocol; run it without --report-only first", e.Dir)
}

// SweepError says that the whole product cannot be drawn yet.
type SweepError struct {
	Method string
	Dir    string
}

func (e *SweepError) Error() string {
	return fmt.Sprintf("%s: the sweep of %s is not finished in %s, so its best setting is not known; run the part sweep first", e.Method, e.Method, e.Dir)
}

var (
	textEmptyFile  = text{"the file is empty", "ファイルが空です"}
	textNotYAML    = text{"this cannot be read as YAML: {error}", "YAML として読めません: {error}"}
	textUnknownKey = text{"{key} is not a key of a protocol here", "{key} というキーはここにはありません"}
	textWrongType  = text{"the value {value} does not fit ({error})", "値 {value} は使えません({error})"}
	textWrongShape = text{"a value of another form is wanted here; see the example in the help", "値の形が違います。ヘルプの例を参照してください"}
)
