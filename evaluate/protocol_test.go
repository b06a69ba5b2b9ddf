package evaluate

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	p := read(t, writeProtocol(t))
	if p.ReferenceName() != "encoder" || p.judge().Name != "apart" || p.Sampling.Sampler != "ddim" {
		t.Errorf("the reference is %s, the judge %s, the sampler %s", p.ReferenceName(), p.judge().Name, p.Sampling.Sampler)
	}
	var labels []string
	for _, c := range p.Methods[1].candidates() {
		labels = append(labels, c.label)
	}
	if diff := cmp.Diff([]string{"learning_rate=1e-3", "learning_rate=1e-2"}, labels); diff != "" {
		t.Error(diff)
	}
	q := p.Prompts[2]
	if got := q.About(p.Classes["dog-1"]); got != "雪の中の犬" {
		t.Errorf("the compared text is %q", got)
	}
	of, err := p.whole(0)
	must(t, err)
	small := p.smaller(of)
	if len(of.subjects) != 2 || len(small.subjects) != 1 || small.subjects[0].name != of.subjects[0].name || len(small.prompts) != 2 || len(small.seeds) != 1 {
		t.Errorf("the products are %v and %v", of, small)
	}
	if n := len(of.subjects[0].files) + len(of.subjects[1].files); n != 3 || len(of.subjects[0].real) != 3 {
		t.Errorf("%d given pictures and %d real ones were found", n, len(of.subjects[0].real))
	}
}

func hasJapanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) })
}

// TestReadErrors changes the protocol in one way after the other. Each error names the
// line, in both languages.
func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		line     int
		says     []string
	}{
		"unknown key":      {"real: real", "reel: real", 5, []string{"reel"}},
		"unknown deeper":   {"guidance: 2", "guidence: 2", 11, []string{"guidence"}},
		"not YAML":         {"real: real", "real: [", 6, nil},
		"wrong type":       {"seeds: [3, 4]", "seeds: [3, many]", 10, []string{"many"}},
		"wrong shape":      {"seeds: [3, 4]", "seeds: {a: 1}", 10, nil},
		"no subjects":      {"subjects: subjects", "subjects: nowhere", 1, []string{"nowhere"}},
		"no class":         {"  cup-2: {en: cup, ja: 猫}\n", "", 2, []string{"cup-2"}},
		"half a class":     {"{en: cup, ja: 猫}", "{en: cup}", 4, []string{"cup-2"}},
		"other class":      {"classes:\n", "classes:\n  fox-9: {en: fox, ja: キツネ}\n", 3, []string{"fox-9"}},
		"no real":          {"real: real", "real: nowhere", 5, []string{"nowhere"}},
		"no braces":        {`"{} on grass"`, `"it on grass"`, 8, []string{"it on grass", "prompts[2].text", "{}"}},
		"prompt twice":     {"id: grass", "id: snow", 8, []string{"snow", "prompts[2].id"}},
		"bad id":           {"id: grass", "id: ../grass", 8, []string{"../grass"}},
		"kind":             {"kind: restyle", "kind: paint", 8, []string{"paint", "restyle"}},
		"language":         {"lang: ja", "lang: fr", 9, []string{"fr"}},
		"no seeds":         {"seeds: [3, 4]", "seeds: []", 10, []string{"seeds"}},
		"seed twice":       {"seeds: [3, 4]", "seeds: [3, 3]", 10, []string{"3"}},
		"sampler":          {"sampler: ddim", "sampler: magic", 11, []string{"magic", "ddim"}},
		"guidance":         {"guidance: 2", "guidance: 0.5", 11, []string{"0.5"}},
		"sampler steps":    {"{steps: 2, guidance", "{steps: -2, guidance", 11, []string{"-2"}},
		"method":           {"method: lora", "method: dream", 15, []string{"dream", "dreambooth_lora"}},
		"method twice":     {"name: falling", "name: lora", 19, []string{"lora"}},
		"reserved name":    {"name: falling", "name: base", 19, []string{"base"}},
		"no steps":         {"steps: [1, 3]", "steps: []", 17, []string{"methods[2].steps"}},
		"negative steps":   {"steps: [1, 3]", "steps: [1, -3]", 17, []string{"-3"}},
		"steps twice":      {"steps: [1, 3]", "steps: [1, 1]", 17, []string{"steps[2]"}},
		"only 0 steps":     {"steps: [1, 3]", "steps: [0]", 17, []string{"encoder"}},
		"unknown setting":  {"rank: 2", "ranc: 2", 16, []string{"ranc"}},
		"setting's value":  {"rank: 2", "rank: 0", 14, []string{"rank"}},
		"setting's type":   {"rank: 2", "rank: two", 16, []string{"two"}},
		"steps as setting": {"rank: 2", "steps: 2", 16, []string{"steps"}},
		"swept value":      {"1e-2]", "fast]", 18, []string{"fast"}},
		"set and swept":    {"rank: 2", "learning_rate: 2", 18, []string{"learning_rate"}},
		"swept nothing":    {"[1e-3, 1e-2]", "[]", 18, []string{"learning_rate"}},
		"encoder":          {"steps: [0, 2], report_steps: [0, 2]", "steps: [0, 2], encoder: nowhere", 13, []string{"nowhere"}},
		"class unused":     {"steps: [2], set", "steps: [2], class_word: true, set", 19, []string{"textual_inversion"}},
		"encoder unused":   {"steps: [2], set", "steps: [2], encoder: subjects, set", 19, []string{"textual_inversion"}},
		"sweep's prompt":   {"[snow, ja-snow]", "[snow, rain]", 20, []string{"rain"}},
		"sweep's seeds":    {"seeds: 1}", "seeds: 3}", 20, []string{"2"}},
		"no scorers":       {"  - {name: apart, clip: ../scorer}\n", "", 21, []string{"CLIP"}},
		"scorer twice":     {"name: own", "name: apart", 23, []string{"apart"}},
		"scorer's CLIP":    {"clip: ../scorer", "dino: ../scorer", 22, []string{"scorers[1].clip"}},
		"reference":        {"seeds: [3, 4]", "seeds: [3, 4]\nreference: magic", 11, []string{"magic"}},
		"template":         {"rank: 2", "views: 2", 14, []string{"views"}},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(protocolText, c.from) {
				t.Fatalf("the protocol has no %q", c.from)
			}
			_, err := Read(writeProtocol(t, c.from, c.to))
			var wrong *ProtocolError
			if !errors.As(err, &wrong) {
				t.Fatalf("error is %v", err)
			}
			if wrong.Line != c.line {
				t.Errorf("line %d is named, not %d: %v", wrong.Line, c.line, wrong)
			}
			for _, lang := range []string{English, Japanese} {
				said := wrong.In(lang)
				for _, part := range append(slices.Clone(c.says), "protocol.yaml") {
					if !strings.Contains(said, part) {
						t.Errorf("%q does not say %q", said, part)
					}
				}
			}
			if !hasJapanese(wrong.In(Japanese)) || hasJapanese(strings.NewReplacer("猫", "", "キツネ", "").Replace(wrong.Error())) {
				t.Errorf("%q and %q", wrong.Error(), wrong.In(Japanese))
			}
		})
	}
}

func TestReadSubjects(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, subjects string){
		"empty folder": func(t *testing.T, subjects string) { must(t, os.Remove(filepath.Join(subjects, "cup-2", "one.png"))) },
		"no folders": func(t *testing.T, subjects string) {
			must(t, os.RemoveAll(subjects))
			must(t, os.MkdirAll(subjects, 0o755))
		},
		"too many": func(t *testing.T, subjects string) {
			for i := range 21 {
				writePicture(t, filepath.Join(subjects, "cup-2", strings.Repeat("x", i+1)+".png"), inventedPicture(i, 0))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeProtocol(t)
			spoil(t, filepath.Join(filepath.Dir(path), "subjects"))
			var wrong *ProtocolError
			if _, err := Read(path); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "subjects") {
				t.Errorf("error is %v", err)
			}
		})
	}
	t.Run("empty file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "empty.yaml")
		must(t, os.WriteFile(path, nil, 0o644))
		var wrong *ProtocolError
		if _, err := Read(path); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "empty") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("no file", func(t *testing.T) {
		if _, err := Read(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestCheckScorers(t *testing.T) {
	p := read(t, writeProtocol(t))
	must(t, p.CheckScorers(openTiny(t).Dir))
	var wrong *ProtocolError
	if err := p.CheckScorers(t.TempDir()); !errors.As(err, &wrong) || wrong.Line != 23 { // clip is in the model's folder
		t.Errorf("error is %v", err)
	}
	if err := p.CheckMethods([]string{"lora", "encoder"}); err != nil {
		t.Error(err)
	}
	if err := p.CheckMethods([]string{"magic"}); !errors.As(err, &wrong) {
		t.Errorf("error is %v", err)
	}
}
