package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// tinyJudge writes a judge's folder with random towers.
func tinyJudge(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	tinymodel.Write(t, dir)
	tinymodel.WriteCLIP(t, dir)
	const config = `{"model_type": "dinov2", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 8, "patch_size": 4, "mlp_ratio": 2}`
	subject := filepath.Join(dir, "subject")
	must(t, os.MkdirAll(subject, 0o755))
	must(t, os.WriteFile(filepath.Join(subject, "config.json"), []byte(config), 0o644))
	c, err := dino.ReadConfig(subject)
	must(t, err)
	m, err := dino.New(c)
	must(t, err)
	writeComponent(t, subject, "model.safetensors", json.RawMessage(config), m.Params)
	return dir
}

// stripes are a picture that no other number gives.
func stripes(number int) *picture.Picture {
	p := picture.New(16, 16)
	angle := 0.6 * float64(number)
	for i := range 16 * 16 {
		v := math.Sin((math.Cos(angle)*float64(i%16) + math.Sin(angle)*float64(i/16)) * (0.5 + 0.03*float64(number)))
		copy(p.Pix[3*i:], []uint8{uint8(128 + 110*v), uint8(128 - 50*v), uint8(10 * number)})
	}
	return p
}

// gateProtocol writes a protocol of four subjects.
func gateProtocol(t *testing.T, judge string) string {
	t.Helper()
	dir := t.TempDir()
	classes := ""
	for i, name := range []string{"dog-1", "cup-2", "cat-3", "dog-4"} {
		classes += fmt.Sprintf("  %s: {en: %s, ja: 犬}\n", name, strings.Split(name, "-")[0])
		for k, file := range []string{"subjects/" + name + "/1.png", "real/" + name + "/snow.png", "real/" + name + "/grass.png"} {
			path := filepath.Join(dir, filepath.FromSlash(file))
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, picture.WriteFile(path, stripes(3*i+k), nil))
		}
	}
	path := filepath.Join(dir, "protocol.yaml")
	must(t, os.WriteFile(path, []byte("subjects: subjects\nreal: real\nclasses:\n"+classes+`prompts:
  - {id: snow, kind: recontextualise, lang: en, text: "a photo of a {} in snow"}
  - {id: grass, kind: recontextualise, lang: en, text: "a {} on grass"}
seeds: [0]
methods: [{name: lora, method: lora, steps: [1]}]
scorers: [{name: apart, clip: `+filepath.Join(judge, "clip")+"}]\n"), 0o644))
	return path
}

// TestGateAndScore goes the whole way: thresholds are learned, pictures judged by them,
// and a concept that was just learned.
func TestGateAndScore(t *testing.T) {
	enginetest.Fast(t)
	judge := tinyJudge(t)
	protocol, file := gateProtocol(t, judge), filepath.Join(judge, "gate.json")
	var made struct {
		File string
		Gate gate.Gate
	}
	succeed(t, &made, "gate", protocol, "--judge", judge, "--out", file)
	if made.File != file || len(made.Gate.Checks) != 4 || made.Gate.Side != 16 {
		t.Fatalf("gate gave %+v", made)
	}
	given := filepath.Join(filepath.Dir(protocol), "subjects", "dog-1", "1.png")
	copied := filepath.Join(t.TempDir(), "copied.png")
	mirrored, err := picture.Open(given)
	must(t, err)
	record, err := json.Marshal(diffusion.Record{Prompt: "a <mug> on grass", Concepts: []diffusion.RecordConcept{{Placeholder: "<mug>", NearestWord: "cup"}}})
	must(t, err)
	must(t, picture.WriteFile(copied, mirrored.FlipHorizontal(), map[string]string{diffusion.MetadataOwn: string(record)}))

	t.Run("Refused", func(t *testing.T) {
		got := execute(t.Context(), t, "score", copied, "--given", given, "--judge", judge, "--json")
		var result struct {
			Pictures []scored
			Refused  int
		}
		must(t, json.Unmarshal([]byte(got.out), &result))
		p := result.Pictures[0]
		if got.status != exitFailed || result.Refused != 1 || !p.Refused || p.Text != "a cup on grass" || p.Prompt != "a <mug> on grass" {
			t.Errorf("status %d, %s", got.status, got.out)
		}
		if c := p.Verdicts[3]; c.Check != gate.Copying || c.Outcome != gate.Refused || *c.Value < 0.99 || p.Verdicts[0].Value == nil || p.Verdicts[1].Value == nil {
			t.Errorf("the verdicts are %s", got.out)
		}
	})
	t.Run("ForPeople", func(t *testing.T) {
		got := execute(t.Context(), t, "score", copied, "--given", given, "--judge", judge)
		for _, want := range []string{copied, "compared with: a cup on grass", "refused: it copies a given photo", "at most", file, "of bad ones pass"} {
			if !strings.Contains(got.out, want) {
				t.Errorf("%q is not in\n%s", want, got.out)
			}
		}
		if !strings.Contains(got.err, "Pictures were refused.") {
			t.Errorf("the failure is %q", got.err)
		}
		got = execute(t.Context(), t, "score", copied, "--given", given, "--judge", judge, "--lang", "ja")
		if !strings.Contains(got.out, "不合格: 元の写真の複製になっています") {
			t.Errorf("in Japanese:\n%s", got.out)
		}
	})
	t.Run("NoJudge", func(t *testing.T) {
		got := execute(t.Context(), t, "score", copied, "--given", given)
		for _, want := range []string{"no verdict", "There are no thresholds", "There is no judge", "not measured: the judge has no model"} {
			if got.status != exitDone || !strings.Contains(got.out, want) {
				t.Errorf("status %d, %q is not in\n%s", got.status, want, got.out)
			}
		}
	})
	t.Run("ErrOtherJudge", func(t *testing.T) {
		other := tinyJudge(t)
		must(t, os.RemoveAll(filepath.Join(other, "subject")))
		got := execute(t.Context(), t, "score", copied, "--given", given, "--judge", other, "--gate", file)
		if got.status != exitFailed || !strings.Contains(got.err, "another judge") {
			t.Errorf("status %d, %s", got.status, got.err)
		}
	})
	t.Run("ErrDamagedGate", func(t *testing.T) {
		got := execute(t.Context(), t, "score", copied, "--given", given, "--gate", writeFile(t, "gate.json", "{"), "--lang", "ja")
		if got.status != exitFailed || !strings.Contains(got.err, "しきい値のファイルとして使えません") {
			t.Errorf("status %d, %s", got.status, got.err)
		}
	})
	t.Run("Through", func(t *testing.T) { // the tiny model gives back something else than it was shown
		var through struct{ Gate gate.Gate }
		succeed(t, &through, "gate", protocol, "--judge", judge, "--model", judge, "--out", filepath.Join(t.TempDir(), "through.json"))
		before, _ := made.Gate.Check(gate.Sharpness)
		after, _ := through.Gate.Check(gate.Sharpness)
		if through.Gate.Model == "" || made.Gate.Model != "" || after.Threshold == before.Threshold {
			t.Errorf("by the model %q sharpness is at least %g, by pictures alone %g", through.Gate.Model, after.Threshold, before.Threshold)
		}
	})
	t.Run("Drawn", func(t *testing.T) { gateDrawn(t, protocol, judge) })
	t.Run("Personalize", func(t *testing.T) { checkLearned(t, judge, given) })
}

// gateDrawn learns with the results of an evaluation, in which one method draws the real
// pictures and the other copies, and one picture was not kept.
func gateDrawn(t *testing.T, protocol, judge string) {
	out, root := t.TempDir(), filepath.Dir(protocol)
	var entries []string
	for _, subject := range []string{"dog-1", "cup-2"} {
		for method, file := range map[string]string{"lora": "real/" + subject + "/snow.png", "copier": "subjects/" + subject + "/1.png"} {
			folder := filepath.Join(out, method, subject)
			must(t, os.MkdirAll(folder, 0o755))
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(folder, "snow-0.png"), data, 0o644))
			writeJSON(t, filepath.Join(folder, "unit.json"), map[string]any{"pictures": []map[string]any{
				{"compared": "a photo of a dog in snow", "file": "snow-0.png"}, {"compared": "a dog on grass"}}})
			entries = append(entries, fmt.Sprintf(`{"subject": %q, "row": {"name": %q, "steps": 9}, "folder": "%s/%s"}`, subject, method, method, subject))
		}
	}
	must(t, os.WriteFile(filepath.Join(out, "index.json"), []byte(`{"entries": [`+strings.Join(entries, ",")+"]}"), 0o644))
	var made struct{ Gate gate.Gate }
	succeed(t, &made, "gate", protocol, "--judge", judge, "--out", filepath.Join(out, "gate.json"), "--drawn", out)
	found := map[string]gate.Drawn{}
	for _, d := range made.Gate.Drawn {
		found[d.Method] = d
	}
	if d := found["copier, 9"]; d.Pictures != 2 || d.By[gate.Copying].Mean != 0 || d.All.Mean != 0 {
		t.Errorf("copies gave %+v", made.Gate.Drawn)
	}
	if d := found["lora, 9"]; d.Pictures != 2 || d.By[gate.Copying].Mean != 1 {
		t.Errorf("real pictures gave %+v", made.Gate.Drawn)
	}
	must(t, os.WriteFile(filepath.Join(out, "index.json"), []byte(`{}`), 0o644))
	got := execute(t.Context(), t, "gate", protocol, "--judge", judge, "--out", filepath.Join(out, "none.json"), "--drawn", out)
	if got.status != exitFailed || !strings.Contains(got.err, "--keep-pictures all") {
		t.Errorf("status %d, %s", got.status, got.err)
	}
}

// checkLearned learns with --check, with something to judge by and without.
func checkLearned(t *testing.T, judge, photo string) {
	model, out := tinyModel(t), filepath.Join(t.TempDir(), "mug.safetensors")
	var learned struct{ Check checked }
	args := []string{"personalize", photo, "--model", model, "--out", out, "--method", "textual_inversion", "--steps", "1", "--no-sheet", "--force", "--check"}
	succeed(t, &learned, append(args, "--judge", judge)...)
	c := learned.Check
	if c.Pictures != 6 || c.Judge != judge || c.Outcome == conceptUnknown || c.Message == "" || (c.Outcome != conceptUsable) != (c.Advice != "") {
		t.Errorf("the check gave %+v", c)
	}
	succeed(t, &learned, args...)
	if c := learned.Check; c.Outcome != conceptUnknown || !strings.Contains(c.Message, "nothing to judge by") {
		t.Errorf("without a judge the check gave %+v", c)
	}
	got := execute(t.Context(), t, append(args, "--judge", t.TempDir())...)
	if got.status != exitFailed || !strings.Contains(got.err, "holds no judge") || strings.Contains(got.err, "learning 1/") {
		t.Errorf("status %d, %s", got.status, got.err)
	}
}

func TestGateWrongUse(t *testing.T) {
	photo := filepath.Join(t.TempDir(), "mug.png")
	must(t, picture.WriteFile(photo, stripes(1), nil))
	for want, args := range map[string][]string{
		"--given":   {"score", photo},
		"PICTURE":   {"score"},
		"--device":  {"score", photo, "--given", photo, "--device", "abacus"},
		"--refuse":  {"gate", "x.yaml", "--refuse", "1"},
		"--blur":    {"gate", "x.yaml", "--blur", "0"},
		"--force":   {"gate", "x.yaml", "--out", photo},
		"PROTOCOL":  {"gate"},
		"--check":   {"personalize", photo, "--judge", "x"},
		"subjects:": {"gate", writeFile(t, "p.yaml", "seeds: [1]\n"), "--out", filepath.Join(t.TempDir(), "g.json")},
	} {
		got := execute(t.Context(), t, args...)
		if want == "subjects:" {
			want = "p.yaml"
		}
		if got.status != exitWrongUse || !strings.Contains(got.err, want) {
			t.Errorf("%v: status %d, message %q; want %q in it", args, got.status, got.err, want)
		}
	}
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		prompt, other string
		want          bool
	}{
		{"{} in snow", "{} in snow", true},
		{"a purple {} on grass", "{} on grass", true},
		{"{} on grass", "a purple {} on grass", false},
		{"{} in snow", "{} on grass", false},
		{"雪の中の{}、つやのある3D風", "雪の中の{}", true},
		{"雪の中の{}", "砂の上の{}", false},
		{"a {} on grass", "{} on grass", true},
	} {
		if got := shows(c.prompt, c.other); got != c.want {
			t.Errorf("%q shows %q: %v", c.prompt, c.other, got)
		}
	}
}

func TestPlainPrompt(t *testing.T) {
	known := []diffusion.RecordConcept{{Placeholder: "<mug>", NearestWord: "cup"}, {Placeholder: ""}}
	for _, c := range []struct {
		class, prompt string
		concepts      []diffusion.RecordConcept
		want          string
	}{
		{"", "a <mug> on grass", known, "a cup on grass"},
		{"beaker", "a <mug> on grass", known, "a beaker on grass"},
		{"", "a <mug> on {}", nil, "a thing on thing"},
		{"$1", "{} < 3 > 2", nil, "$1 < 3 > 2"},
		{"", "", nil, ""},
	} {
		if got := (&scoring{class: c.class}).plain(c.prompt, c.concepts); got != c.want {
			t.Errorf("%q gave %q, want %q", c.prompt, got, c.want)
		}
	}
}

// TestConclude says what so many refused drawings come to.
func TestConclude(t *testing.T) {
	k := &checker{p: newProgram([]string{"--lang=en"}, nil, nil)}
	verdicts := func(subject, prompt string) []gate.Verdict {
		return []gate.Verdict{{Check: gate.Subject, Outcome: subject}, {Check: gate.Prompt, Outcome: prompt}}
	}
	good, bad := verdicts(gate.Passed, gate.Passed), verdicts(gate.Refused, gate.Passed)
	for name, c := range map[string]struct {
		all          [][]gate.Verdict
		outcome, why string
	}{
		"Usable":   {[][]gate.Verdict{good, good, bad}, conceptUsable, gate.Subject},
		"Weak":     {[][]gate.Verdict{good, bad, bad}, conceptWeak, gate.Subject},
		"Not":      {[][]gate.Verdict{good, bad, bad, bad}, conceptNotUsable, gate.Subject},
		"Prompt":   {[][]gate.Verdict{verdicts(gate.Refused, gate.Refused), verdicts(gate.Passed, gate.Refused)}, conceptNotUsable, gate.Prompt},
		"Warnings": {[][]gate.Verdict{verdicts(gate.Doubtful, gate.Passed)}, conceptUsable, ""},
		"Blind":    {[][]gate.Verdict{verdicts(gate.Doubtful, gate.Unknown)}, conceptUnknown, ""},
	} {
		got := k.sum(c.all)
		needsAdvice := c.outcome == conceptWeak || c.outcome == conceptNotUsable
		if got.Outcome != c.outcome || got.Why != c.why || got.Message == "" || needsAdvice != (got.Advice != "") {
			t.Errorf("%s: %+v", name, got)
		}
		if lines := k.lines(got); !strings.HasPrefix(lines[0], "Check: ") || (got.Doubtful[gate.Subject] > 0) != strings.Contains(strings.Join(lines, "\n"), "warning") {
			t.Errorf("%s: %q", name, lines)
		}
	}
}
