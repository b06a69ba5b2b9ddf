package draw

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

const tinyDINO = `{"model_type": "dinov2", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
	"image_size": 8, "patch_size": 4, "mlp_ratio": 2}`

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tinyJudge writes a judge of the smallest towers, and a gate: the prompt's check always
// refuses, the subject's always warns, copying is learned and sharpness is of larger pictures.
func tinyJudge(t *testing.T, change func(*gate.Gate)) string {
	t.Helper()
	dir := t.TempDir()
	tinymodel.Write(t, dir)
	tinymodel.WriteCLIP(t, dir)
	c, err := dino.ReadConfig(opentest.Folder(t, tinyDINO))
	ok(t, err)
	m, err := dino.New(c)
	ok(t, err)
	ok(t, os.CopyFS(filepath.Join(dir, "subject"), os.DirFS(opentest.Folder(t, tinyDINO, opentest.Tensors(t, m.Params)...))))
	j, err := gate.OpenJudge(t.Context(), dir, enginetest.Go(t).Backend())
	ok(t, err)
	rate := func(mean float64) measure.Interval { return measure.Interval{Mean: mean, Low: mean, High: mean, N: 4} }
	g := &gate.Gate{Format: gate.Format, Judge: j.Hash(), Protocol: strings.Repeat("a", 64), Refuse: 0.05, Side: 64, Blur: 1.5}
	ok(t, j.Close())
	for _, check := range []gate.Check{
		{Name: gate.Subject, Threshold: 2, AUC: 0.6, Passed: rate(0.7)}, {Name: gate.Prompt, Threshold: 2, AUC: 0.9, Refused: rate(0.05), Passed: rate(0.1)},
		{Name: gate.Sharpness, Threshold: 0.5, AUC: 0.9}, {Name: gate.Copying, Threshold: 0.9, AUC: 0.9},
	} {
		check.Refused.N, check.Passed.N, check.Good, check.Bad = 4, 4, 10, 10
		g.Checks = append(g.Checks, check)
	}
	if change != nil {
		change(g)
	}
	ok(t, g.Write(filepath.Join(dir, gate.File)))
	return dir
}

// found is what a test compares of a verdict.
type found struct {
	Outcome studio.Outcome
	Why     string
	Valued  bool
}

func check(t *testing.T, r *Runner, q workspace.CheckRequest) map[string]found {
	t.Helper()
	verdicts, err := r.Check(context.Background(), q)
	ok(t, err)
	all := map[string]found{}
	for _, v := range verdicts {
		ok(t, v.Validate())
		all[v.Check] = found{v.Outcome, v.Why, v.Value != nil}
	}
	return all
}

func TestCheck(t *testing.T) {
	r := tiny(t, false)
	learned := learnMug(t, r)
	other := picture.Filled(16, 16, 10, 60, 30)
	other.Paste(picture.Filled(5, 16, 230, 220, 20), 9, 0)
	q := workspace.CheckRequest{
		Picture: other, Prompt: "a photo of <mug>", Sources: []*picture.Picture{mug()}, Concepts: []workspace.CheckedConcept{{Blob: "b", File: learned.File}},
	}
	t.Run("NoJudge", func(t *testing.T) {
		none := func(valued bool) found { return found{studio.OutcomeUnknown, studio.WhyNoJudge, valued} }
		want := map[string]found{"subject": none(false), "prompt": none(false), "sharpness": none(true), "copying": none(true)}
		if diff := cmp.Diff(want, check(t, r, q)); diff != "" {
			t.Error(diff)
		}
	})
	judged := func(dir string) *Runner {
		ok(t, r.Close())
		r.options.Judge = dir
		return r
	}
	t.Run("OK", func(t *testing.T) {
		r := judged(tinyJudge(t, nil))
		want := map[string]found{
			"subject": {studio.OutcomeWarned, "", true}, "prompt": {studio.OutcomeRefused, "", true},
			"sharpness": {studio.OutcomeUnknown, studio.WhyTooSmall, false}, "copying": {studio.OutcomePassed, "", true},
		}
		if diff := cmp.Diff(want, check(t, r, q)); diff != "" {
			t.Error(diff)
		}
		verdicts, err := r.Check(t.Context(), q)
		ok(t, err)
		if v := verdicts[1]; *v.GoodRefused != 0.05 || *v.BadPassed != 0.1 || *v.Threshold != 2 || v.AtMost || !verdicts[3].AtMost {
			t.Errorf("%+v", v)
		}
		copied := q
		copied.Picture = mug()
		if v := check(t, r, copied)["copying"]; v.Outcome != studio.OutcomeRefused {
			t.Errorf("a copy: %+v", v)
		}
		words := workspace.CheckRequest{Picture: other, Prompt: "a photo"}
		if all := check(t, r, words); len(all) != 2 {
			t.Errorf("without photos: %v", all)
		}
	})
	t.Run("BesideWork", func(t *testing.T) {
		r.device <- struct{}{} // somebody draws
		defer func() { <-r.device }()
		if len(check(t, r, q)) != 4 {
			t.Error("checks are missing")
		}
	})
	t.Run("NoThreshold", func(t *testing.T) {
		r := judged(tinyJudge(t, func(g *gate.Gate) { g.Checks = g.Checks[:1] }))
		if v := check(t, r, q)["prompt"]; v != (found{studio.OutcomeUnknown, studio.WhyNoThreshold, true}) {
			t.Errorf("%+v", v)
		}
	})
	t.Run("ErrOtherJudge", func(t *testing.T) {
		r := judged(tinyJudge(t, func(g *gate.Gate) { g.Judge = strings.Repeat("b", 64) }))
		for name, v := range check(t, r, q) {
			if v.Outcome != studio.OutcomeUnknown || v.Why != studio.WhyFailed {
				t.Errorf("%s: %+v", name, v)
			}
		}
	})
	t.Run("ErrConcept", func(t *testing.T) {
		bad := q
		bad.Concepts = []workspace.CheckedConcept{{Blob: "c", File: []byte("no concept")}}
		if _, err := r.Check(t.Context(), bad); err == nil {
			t.Error("a damaged concept was taken")
		}
	})
	t.Run("ErrCancelled", func(t *testing.T) {
		ok(t, r.Close())
		r.device <- struct{}{}
		defer func() { <-r.device }()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Check(ctx, q); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
