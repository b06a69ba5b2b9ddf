package evaluate

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReport makes the results of an evaluation of many subjects in both languages.
func TestReport(t *testing.T) {
	p, out := invented(t, 10)
	pages := map[string]string{}
	for _, lang := range []string{English, Japanese} {
		made, err := Write(context.Background(), p, out, ReportOptions{Lang: lang, PictureBytes: 2e6})
		must(t, err)
		data, err := os.ReadFile(made.Report)
		must(t, err)
		pages[lang] = string(data)
		if len(made.Sentences) != 3 || hasJapanese(strings.Join(made.Sentences, "")) != (lang == Japanese) {
			t.Errorf("%s: the sentences are %q", lang, made.Sentences)
		}
		if dir := os.Getenv("EVALUATE_LOOK"); dir != "" { // to be looked at in a browser
			must(t, os.WriteFile(filepath.Join(dir, "report-"+lang+".html"), data, 0o644))
		}
	}
	t.Run("Languages", func(t *testing.T) { oneLanguage(t, pages) })
	t.Run("SelfContained", func(t *testing.T) { selfContained(t, pages, out) })
	t.Run("Drawings", func(t *testing.T) { wellFormed(t, pages[Japanese]) })
	t.Run("Summary", func(t *testing.T) { inventedSummary(t, out) })
	t.Run("Scores", func(t *testing.T) { inventedScores(t, p, out) })
	t.Run("SmallPictures", func(t *testing.T) { smallPictures(t, p, out, len(pages[English])) })
	t.Run("Part", func(t *testing.T) { partOnly(t, p, out) })
}

// oneLanguage looks for each text's English on the Japanese page, and the other way.
// Names that are the same in both do not count.
func oneLanguage(t *testing.T, pages map[string]string) {
	used := map[string]int{}
	for _, text := range sourceTexts(t) {
		for lang, foreign := range map[string]string{English: text.ja, Japanese: text.en} {
			own := text.in(lang)
			if strings.Contains(pages[lang], escaped(own)) {
				used[lang]++
			}
			if text.en != text.ja && len(foreign) > 9 && !strings.Contains(foreign, "{") && strings.Contains(pages[lang], ">"+escaped(foreign)+"<") {
				t.Errorf("the page in %s says %q", lang, foreign)
			}
		}
	}
	if used[English] < 60 || used[Japanese] < 60 {
		t.Errorf("only %v texts were found on the pages", used)
	}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;")

func escaped(s string) string { return escape.Replace(s) }

// selfContained looks for addresses, folders of the machine and what the template
// refused.
func selfContained(t *testing.T, pages map[string]string, out string) {
	for lang, page := range pages {
		for _, bad := range []string{"://", "ZgotmplZ", out, "NaN", "%!", "{subjects}", "{reference}"} {
			if i := strings.Index(page, bad); i >= 0 {
				t.Errorf("%s: the page has %q: %s", lang, bad, page[max(i-80, 0):i+40])
			}
		}
		if !strings.Contains(page, `<html lang="`+lang+`"`) || strings.Count(page, "<svg") < 3+6 || strings.Count(page, "data:image/jpeg;base64,") != 10*(1+8) {
			t.Errorf("%s: the page has %d drawings and %d pictures", lang, strings.Count(page, "<svg"), strings.Count(page, "data:image/jpeg"))
		}
	}
}

// wellFormed parses every drawing.
func wellFormed(t *testing.T, page string) {
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		decoder := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := decoder.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %.300s", err, svg)
			}
		}
		if strings.Contains(svg, "Inf") || strings.Contains(svg, "NaN") {
			t.Errorf("a drawing has places that are no numbers: %.300s", svg)
		}
	}
}

// inventedSummary compares the summary with what was invented.
func inventedSummary(t *testing.T, out string) {
	data, err := os.ReadFile(filepath.Join(out, SummaryFile))
	must(t, err)
	var s Summary
	must(t, json.Unmarshal(data, &s))
	if diff := cmp.Diff(inventedBest, s.Best); diff != "" {
		t.Errorf("the best rows (-want +got):\n%s", diff)
	}
	if s.Subjects != 10 || s.Sweep != 8 || s.Judge != "apart" || s.Reference != (Row{"encoder", "", 12}) || len(s.NotRun) != 0 {
		t.Errorf("%d and %d subjects, judged by %s, against %v; not run: %v", s.Subjects, s.Sweep, s.Judge, s.Reference, s.NotRun)
	}
	near := func(what string, got, want, within float64) {
		t.Helper()
		if !(math.Abs(got-want) <= within) {
			t.Errorf("%s is %g, not %g", what, got, want)
		}
	}
	for name, want := range map[string]float64{nameBase: 0, nameReal: 1} {
		near(name, s.result(Row{Name: name}).By["apart"].Score.Mean, want, 1e-9)
	}
	subject, prompt := inventedScore(s.Reference)
	r := s.result(s.Reference).By["apart"]
	near("the reference less its subjects' offset", r.SubjectPart.Mean-r.PromptPart.Mean, subject-prompt, 0.02)
	near("the score", r.Score.Mean, (r.SubjectPart.Mean+r.PromptPart.Mean)/2, 1e-9)
	if !(r.Score.Low < r.Score.Mean && r.Score.Mean < r.Score.High) || r.Score.N != 10 {
		t.Errorf("the interval is %+v", r.Score)
	}
	for _, pair := range s.Pairs {
		if pair.Reference != s.Reference || pair.Other.Name != "textual inversion" {
			continue
		}
		otherSubject, otherPrompt := inventedScore(pair.Other)
		near("the difference", pair.Score["apart"].Difference.Mean, (subject+prompt-otherSubject-otherPrompt)/2, 0.02)
		near("the times", pair.Times.Mean, inventedLook("textual inversion", 2000).Seconds/inventedLook("encoder", 12).Seconds, 1e-6)
	}
	for _, reach := range s.Reached {
		switch {
		case reach.Method == "textual inversion" && reach.Row != nil, reach.Method == "LoRA" && reach.Row == nil:
			t.Errorf("%s reaches the score at %v", reach.Method, reach.Row)
		case reach.Variant != strings.HasPrefix(reach.Method, "no "):
			t.Errorf("%s passes as a variant: %t", reach.Method, reach.Variant)
		}
	}
}

// inventedScores compares the table of pictures with the records.
func inventedScores(t *testing.T, p *Protocol, out string) {
	f, err := os.Open(filepath.Join(out, ScoresFile))
	must(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	must(t, err)
	head := lines[0]
	if diff := cmp.Diff([]string{"copying", "apart subject", "apart dino", "apart prompt", "apart nearest", "apart score"}, head[9:15]); diff != "" {
		t.Error(diff)
	}
	scores := map[string]bool{}
	for _, l := range lines[1:] {
		if l[1] == nameReal && l[14] != "1.000000" || l[1] == nameBase && l[14] != "0.000000" {
			t.Errorf("%v has the score %s", l[:5], l[14])
		}
		scores[strings.Join(l[:5], " ")+l[8]] = true
	}
	if len(scores) != len(lines)-1 {
		t.Errorf("%d of %d lines are there more than once", len(lines)-1-len(scores), len(lines)-1)
	}
}

// smallPictures bounds the report's size.
func smallPictures(t *testing.T, p *Protocol, out string, before int) {
	made, err := Write(context.Background(), p, out, ReportOptions{Lang: English, PictureBytes: 40_000})
	must(t, err)
	data, err := os.ReadFile(made.Report)
	must(t, err)
	if len(data) > before-60_000 || !strings.Contains(string(data), "are left out here") {
		t.Errorf("the report has %d bytes, it had %d", len(data), before)
	}
}

// partOnly reports on a folder of which the whole product is not there yet.
func partOnly(t *testing.T, p *Protocol, out string) {
	x, err := readIndex(out)
	must(t, err)
	var sweep []Entry
	for _, e := range x.Entries {
		if e.Row.Name != "LoRA" || e.Row.Steps < 500 {
			sweep = append(sweep, e)
		}
	}
	x.Entries = sweep[:len(sweep)/2]
	must(t, x.write(out))
	made, err := Write(context.Background(), p, out, ReportOptions{Lang: English, PictureBytes: 1e6})
	must(t, err)
	data, err := os.ReadFile(made.Report)
	must(t, err)
	if !strings.Contains(string(data), "What was not run") || !strings.Contains(string(data), "LoRA: its sweep is not finished") {
		t.Error("the report does not say what is missing")
	}
	p.text = append(p.text, '\n')
	var changed *ChangedError
	if _, err := Write(context.Background(), p, out, ReportOptions{Lang: English}); !errors.As(err, &changed) {
		t.Errorf("error is %v", err)
	}
	var nothing *NothingError
	if _, err := Write(context.Background(), p, t.TempDir(), ReportOptions{Lang: English}); !errors.As(err, &nothing) {
		t.Errorf("error is %v", err)
	}
}
