package studio

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Template is a prompt with fields in braces, such as "{product} on a table in
// {place}, {season}". It counts how often it was used and with what success.
type Template struct {
	ID             string
	ProjectID      string
	Revision       int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CreatedBy      string // user
	Name           string
	Prompt         string
	NegativePrompt string
	Defaults       map[string]string // of fields
	Settings       json.RawMessage   // of drawing: size, steps, guidance
	CaseID         string            // the good case that it came from
	Uses           int64             // pictures drawn with it
	Approvals      int64             // of those, approved
}

// Validate returns an Invalid error that names the first field that is wrong.
func (t *Template) Validate() error {
	if err := checkFields(t); err != nil {
		return err
	}
	return firstError(
		checkID("project_id", t.ProjectID),
		checkIDOrNone("created_by", t.CreatedBy),
		checkName("name", t.Name),
		checkPrompt("prompt", t.Prompt),
		checkText("negative_prompt", t.NegativePrompt, MaxText),
		checkJSON("settings", t.Settings),
		checkIDOrNone("case_id", t.CaseID),
		checkRange("uses", t.Uses, 0, 1<<50),
		checkRange("approvals", t.Approvals, 0, t.Uses),
	)
}

var (
	templateField = regexp.MustCompile(`\{([^{}]*)\}`)
	fieldName     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// checkFields wants braces only around names of fields, and defaults only for
// fields that there are.
func checkFields(t *Template) error {
	for field, text := range map[string]string{"prompt": t.Prompt, "negative_prompt": t.NegativePrompt} {
		if strings.ContainsAny(templateField.ReplaceAllString(text, ""), "{}") {
			return invalidf(field, "has a brace without its partner", "波括弧の対応が取れていません。")
		}
	}
	fields := t.Fields()
	for _, name := range fields {
		if !fieldName.MatchString(name) {
			return invalidf("prompt", "{%.50s} is no field: use lower-case letters, digits and _", "{%.50s}は項目名に使えません。半角の英小文字、数字、_を使ってください。", name)
		}
	}
	for name, value := range t.Defaults {
		if !slices.Contains(fields, name) {
			return invalidf("defaults", "the prompt has no field {%.50s}", "プロンプトに項目{%.50s}がありません。", name)
		}
		if err := checkText("defaults", value, MaxText); err != nil {
			return err
		}
	}
	return nil
}

// Fields lists the names in braces, of the prompt and then of the negative
// prompt, each once and in order.
func (t *Template) Fields() []string {
	var names []string
	for _, m := range templateField.FindAllStringSubmatch(t.Prompt+t.NegativePrompt, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Fill returns the prompts with each field replaced by its value, or where
// there is none by its default. A field without either is Invalid. Braces in a
// value stay as they are.
func (t *Template) Fill(values map[string]string) (prompt, negative string, err error) {
	fill := func(text string) string {
		return templateField.ReplaceAllStringFunc(text, func(braced string) string {
			name := braced[1 : len(braced)-1]
			if v, ok := values[name]; ok {
				return v
			}
			v, ok := t.Defaults[name]
			if !ok && err == nil {
				err = invalidf(name, "the template needs a value for {%s}", "テンプレートの項目{%s}の値が必要です。", name)
			}
			return v
		})
	}
	prompt, negative = fill(t.Prompt), fill(t.NegativePrompt)
	if err != nil {
		return "", "", err
	}
	return prompt, negative, nil
}

// SuccessRate returns the approved fraction of the pictures drawn with the
// template, and false where there are none yet.
func (t *Template) SuccessRate() (float64, bool) {
	if t.Uses == 0 {
		return 0, false
	}
	return float64(t.Approvals) / float64(t.Uses), true
}

// TemplateFilter picks templates. Zero fields pick all.
type TemplateFilter struct {
	Text string // part of the name or the prompt
}
