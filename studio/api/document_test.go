package api

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
)

// document is what the tests read of the OpenAPI document.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]documented
	Components struct{ Schemas map[string]json.RawMessage }
}

type documented struct {
	OperationID string `json:"operationId"`
	Summary     string
	SummaryJA   string `json:"x-summary-ja"`
	Tags        []string
	Security    []map[string][]string
	Parameters  []struct{ Name, In string }
	RequestBody *struct {
		Content map[string]struct{ Schema json.RawMessage }
	} `json:"requestBody"`
	Responses map[string]json.RawMessage
}

func (b *bench) document() document {
	return want[document](b.t, b.send(b.request("GET", "/api/openapi.json", nil)), 200)
}

func TestDocument(t *testing.T) {
	b := setup(t)
	d := b.document()
	if !strings.HasPrefix(d.OpenAPI, "3.1") || len(d.Paths) < 50 {
		t.Fatalf("OpenAPI %s with %d paths", d.OpenAPI, len(d.Paths))
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			if o.OperationID == "" || o.Summary == "" || !hasJapanese(o.SummaryJA) || len(o.Tags) != 1 || o.Responses["default"] == nil {
				t.Errorf("%s %s: %+v", method, path, o)
			}
		}
	}
	text := b.send(b.request("GET", "/api/openapi.json", nil)).Body.String()
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if d.Components.Schemas[m[1]] == nil {
			t.Errorf("type %s is missing", m[1])
		}
	}
	if strings.Contains(text, "ErrorModel") {
		t.Error("huma's own error is in the document")
	}
}

func hasJapanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x3040 && r <= 0x9fff })
}

func TestDocumentationPage(t *testing.T) {
	b := setup(t)
	for lang, words := range map[string][]string{
		"en": {`lang="en"`, "Learn a concept from given pictures", "Contents"},
		"ja": {`lang="ja"`, "素材画像からコンセプトを学習", "目次"},
	} {
		w := b.send(b.request("GET", "/api/docs?lang="+lang, nil))
		page := w.Body.String()
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s: the page lacks %q", lang, word)
			}
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
		for _, bad := range []string{"<script", "<style", " style=", "://", " on"} {
			if i := strings.Index(regexp.MustCompile(`>[^<]*<`).ReplaceAllString(page, "><"), bad); i >= 0 {
				t.Errorf("%s: the page has %q", lang, bad)
			}
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %s is there twice", lang, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if !ids[html.UnescapeString(m[1])] {
				t.Errorf("%s: a link leads to #%s, which is not there", lang, m[1])
			}
		}
	}
	r := b.request("GET", "/api/docs", nil)
	r.Header.Set("Accept-Language", "ja")
	if !strings.Contains(b.send(r).Body.String(), "目次") {
		t.Error("the page is not in the reader's language")
	}
}
