package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/picture"
)

// smallProtocol compares two ways on one thing.
const smallProtocol = `subjects: subjects
classes:
  mug: {en: cup, ja: 猫}
prompts:
  - {id: snow, kind: recontextualise, lang: en, text: "a photo of {} in snow"}
  - {id: ja, kind: property, lang: ja, text: "雪の中の{}"}
seeds: [1, 2]
sampling: {steps: 1, guidance: 1}
methods:
  - {name: lora, method: lora, steps: [1, 2], set: {rank: 1, batch_size: 1}}
  - {name: vector, method: textual_inversion, steps: [1], set: {batch_size: 1}}
sweep: {prompts: [snow], seeds: 1}
scorers:
  - {name: apart, clip: clip}
`

// writeEvaluation writes a protocol and a tiny model with its CLIP.
func writeEvaluation(t *testing.T) (protocol, model string) {
	t.Helper()
	dir := t.TempDir()
	model = filepath.Join(dir, "model")
	tinymodel.Write(t, model)
	tinymodel.WriteCLIP(t, model)
	mug := picture.Filled(12, 12, 200, 30, 40)
	mug.Paste(picture.Filled(6, 6, 20, 90, 200), 3, 3)
	must(t, os.MkdirAll(filepath.Join(dir, "subjects", "mug"), 0o755))
	must(t, picture.WriteFile(filepath.Join(dir, "subjects", "mug", "one.png"), mug, nil))
	protocol = filepath.Join(dir, "protocol.yaml")
	must(t, os.WriteFile(protocol, []byte(smallProtocol), 0o644))
	return protocol, model
}

// TestEvaluate goes the whole way, in parts, and makes the report again in the other
// language.
func TestEvaluate(t *testing.T) {
	protocol, model := writeEvaluation(t)
	out := filepath.Join(t.TempDir(), "evaluation")
	var made struct {
		Report, Scores, Summary string
		Sentences               []string
	}
	got := succeed(t, &made, "evaluate", protocol, "--model", model, "--device", "go", "--out", out, "--part", "sweep")
	if !strings.Contains(got.err, `"task":"evaluate"`) || !strings.Contains(got.err, `"part":"sweep"`) || len(made.Sentences) != 3 {
		t.Errorf("progress was %s; %+v", got.err, made)
	}
	succeed(t, &made, "evaluate", protocol, "--model", model, "--device", "go", "--out", out, "--keep-pictures", "all")
	page, err := os.ReadFile(made.Report)
	must(t, err)
	if !strings.Contains(string(page), `<html lang="en">`) || !strings.Contains(string(page), "lora") {
		t.Errorf("the page begins %.200s", page)
	}
	data, err := os.ReadFile(made.Summary)
	must(t, err)
	var summary struct {
		Rows []struct{ Row struct{ Name string } }
	}
	must(t, json.Unmarshal(data, &summary))
	if len(summary.Rows) != 3 { // base and two methods
		t.Errorf("the summary has %+v", summary.Rows)
	}
	succeed(t, &made, "evaluate", protocol, "--out", out, "--report-only", "--lang", "ja")
	if page, err = os.ReadFile(made.Report); err != nil || !strings.Contains(string(page), `<html lang="ja">`) || !hasJapanese(made.Sentences[0]) {
		t.Errorf("the page begins %.200s: %v", page, err)
	}
}

// TestEvaluateWrongUse finds what is wrong before a model is opened: there is none.
func TestEvaluateWrongUse(t *testing.T) {
	protocol, model := writeEvaluation(t)
	spoilt := func(from, to string) string {
		path := filepath.Join(filepath.Dir(protocol), "spoilt-"+slug(from)+".yaml")
		must(t, os.WriteFile(path, []byte(strings.Replace(smallProtocol, from, to, 1)), 0o644))
		return path
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no protocol":     {nil, "PROTOCOL"},
		"part":            {[]string{protocol, "--part", "half"}, "half"},
		"keep":            {[]string{protocol, "--keep-pictures", "some"}, "some"},
		"subjects":        {[]string{protocol, "--subjects", "-1"}, "--subjects"},
		"report size":     {[]string{protocol, "--report-size", "0"}, "--report-size"},
		"method":          {[]string{protocol, "--methods", "magic", "--model", model}, "magic"},
		"unknown key":     {[]string{spoilt("seeds:", "seed:")}, "line 7"},
		"no braces":       {[]string{spoilt("of {} in", "of it in")}, "prompts[1].text"},
		"unknown setting": {[]string{spoilt("rank", "ranc")}, "ranc"},
		"subject folder":  {[]string{spoilt("  mug:", "  jug: {en: jug, ja: 猫}\n  mug:")}, "jug"},
		"scorer":          {[]string{spoilt("clip: clip", "clip: nowhere"), "--model", model}, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			for lang, japanese := range map[string]bool{"en": false, "ja": true} {
				got := execute(t.Context(), t, append([]string{"evaluate", "--device", "go", "--lang", lang}, c.args...)...)
				want := c.want
				if want == "line 7" && japanese {
					want = "7 行目"
				}
				if got.status != exitWrongUse || !strings.Contains(got.err, want) || hasJapanese(got.err) != japanese {
					t.Errorf("%s: %+v", lang, got)
				}
			}
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		got := execute(t.Context(), t, "evaluate", protocol, "--out", t.TempDir(), "--report-only", "--lang", "ja")
		if got.status != exitFailed || !strings.Contains(got.err, "--report-only") || !hasJapanese(got.err) {
			t.Errorf("%+v", got)
		}
	})
}
