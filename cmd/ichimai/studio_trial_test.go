package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/server"
)

// brush is a Runner without a model. Pictures are checkers, whose seed is their
// phase; from stopAt on, where it is not 0, it ends the context instead.
type brush struct {
	drawn  int
	stopAt int
	stop   context.CancelFunc
}

func (b *brush) Learn(_ context.Context, task jobs.LearnTask, report jobs.Report) (jobs.Learned, error) {
	report(studio.Progress{Step: 1, Steps: 1, Message: jobs.MessageLearning}, nil)
	return jobs.Learned{File: []byte(task.Name), Preview: checkers(9), Method: "encoder", ModelHash: strings.Repeat("ab", 32)}, nil
}

func (b *brush) Draw(ctx context.Context, task jobs.DrawTask, _ jobs.Report, each func(jobs.Drawn) error) error {
	for _, shot := range task.Shots {
		if b.drawn++; b.drawn == b.stopAt {
			b.stop()
			<-ctx.Done()
			return ctx.Err()
		}
		if err := each(jobs.Drawn{Shot: shot, Picture: checkers(shot.Seed), Settings: json.RawMessage(`{}`)}); err != nil {
			return err
		}
	}
	return nil
}

// checkers is a picture with enough in it for the invisible mark.
func checkers(seed int64) *picture.Picture {
	p := picture.Filled(160, 160, 0, 0, 0)
	for y := range 160 {
		for x := range 160 {
			shade := uint8(60 + (x*7+y*3+int(seed%97)*11)%120)
			if (x/8+y/8+int(seed))%2 == 0 {
				shade += 60
			}
			copy(p.Pix[3*(y*160+x):], []uint8{shade, shade / 2, 255 - shade})
		}
	}
	return p
}

// brushed runs the command "studio trial" with a brush in place of the model.
func brushed(ctx context.Context, t *testing.T, b *brush, folder string, args ...string) (output, map[string]any) {
	t.Helper()
	var out, errs strings.Builder
	p := newProgram(append([]string{"--json"}, args...), &out, &errs)
	p.lang, p.json, p.working = "en", true, true
	p.report = p.newReporter()
	x := &trialling{
		p: p, hosting: hosting{p: p, dir: filepath.Join(folder, "studio")}, out: folder, pictures: 3, cost: 30000, currency: "JPY", days: 10,
	}
	x.options = func(context.Context) (server.Options, func(), error) {
		return server.Options{Folder: x.hosting.dir, Runner: b}, func() {}, nil
	}
	status, result := exitDone, map[string]any{}
	if err := x.run(ctx, nil); err != nil {
		status = exitFailed
		errs.WriteString(err.Error())
	} else {
		must(t, json.Unmarshal([]byte(out.String()), &result))
	}
	return output{status, out.String(), errs.String()}, result
}

func TestStudioTrial(t *testing.T) {
	folder := t.TempDir()
	got, result := brushed(t.Context(), t, &brush{}, folder)
	if got.status != exitDone {
		t.Fatal(got.err)
	}
	want := map[string]any{"drawn": 3., "approved": 3., "rejected": 0., "published": 3.}
	if diff := cmp.Diff(want, result["pictures"]); diff != "" || result["verified"] != 3. {
		t.Errorf("verified %v, pictures (-want +got):\n%s", result["verified"], diff)
	}
	report, err := os.ReadFile(filepath.Join(folder, "report.html"))
	must(t, err)
	for _, s := range []string{"wolf plushie", "data:image/png", "JPY 30,000"} {
		if !strings.Contains(string(report), s) {
			t.Errorf("the report lacks %q", s)
		}
	}
	for _, at := range trialSteps {
		if !strings.Contains(got.err, `"step":"`+string(at.id)+`"`) {
			t.Errorf("nothing is told of step %s", at.id)
		}
	}
	info, err := os.Stat(filepath.Join(folder, "studio", trialStateFile))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the passwords: %v, %v", info, err)
	}
	t.Run("Again", func(t *testing.T) {
		b, half := &brush{}, filepath.Join(folder, ".pictures.zip.partial-1")
		must(t, os.WriteFile(half, nil, 0o600)) // of a process that was killed
		again, second := brushed(t.Context(), t, b, folder)
		if again.status != exitDone || b.drawn != 0 {
			t.Errorf("%d pictures were drawn again: %s", b.drawn, again.err)
		}
		if diff := cmp.Diff(result, second); diff != "" {
			t.Errorf("it came to something else (-first +second):\n%s", diff)
		}
		if _, err := os.Stat(half); err == nil {
			t.Error("half a file is left")
		}
	})
}

// TestStudioTrialGoesOn is interrupted while it draws.
func TestStudioTrialGoesOn(t *testing.T) {
	folder := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	if got, _ := brushed(ctx, t, &brush{stopAt: 3, stop: stop}, folder); got.status == exitDone || !strings.Contains(got.err, "canceled") {
		t.Fatalf("the interruption gave %+v", got)
	}
	b := &brush{}
	got, result := brushed(t.Context(), t, b, folder)
	if got.status != exitDone || b.drawn != 1 || result["verified"] != 3. {
		t.Errorf("%d pictures were drawn, %v verified: %s", b.drawn, result["verified"], got.err)
	}
}

func TestStudioTrialWrongUse(t *testing.T) {
	used := filepath.Join(t.TempDir(), "trial")
	photo := filepath.Join(t.TempDir(), "mug.png")
	must(t, picture.WriteFile(photo, checkers(1), nil))
	state, err := newProgram(nil, nil, nil).openTrialState(used, "another photo", 24)
	if err != nil || state.Run == "" {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--owner":         {photo},
		"from 1 to 24":    {"--pictures", "25"},
		"another photo":   {"--data", used},
		"two people":      {"--url", "http://127.0.0.1:1", "--token", "t"},
		"give its --url":  {"--token", "t"},
		"number of pictu": {"--data", used, "--pictures", "3"},
	} {
		got := execute(t.Context(), t, append([]string{"studio", "trial", "--data", filepath.Join(t.TempDir(), "s")}, args...)...)
		if got.status != exitWrongUse || !strings.Contains(got.err, want) {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// TestSettle finds before it makes, and looks again where nobody knows whether a
// request was done.
func TestSettle(t *testing.T) {
	type thing struct{ name string }
	conflict := &client.Error{Code: studio.Conflict, Status: http.StatusConflict}
	lost := errors.New("lost")
	for _, c := range []struct {
		name   string
		before []string // that are there at first
		after  []string // that are there once it was tried
		fails  []error  // of the tries
		tries  int
		err    error
	}{
		{"Found", []string{"b", "a"}, nil, nil, 0, nil},
		{"Made", []string{"b"}, nil, []error{nil}, 1, nil},
		{"DoneBefore", nil, []string{"a"}, []error{conflict}, 1, nil},
		{"NotDoneBefore", nil, nil, []error{conflict, nil}, 2, nil},
		{"ErrTaken", nil, nil, []error{conflict, conflict}, 2, conflict},
		{"ErrLost", nil, nil, []error{lost}, 1, lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries := 0
			list := func(context.Context, client.Page) (client.List[thing], error) {
				names := c.before
				if tries > 0 {
					names = c.after
				}
				var l client.List[thing]
				for _, n := range names {
					l.Items = append(l.Items, thing{n})
				}
				return l, nil
			}
			v, err := settle(t.Context(), "key", list, func(v thing) bool { return v.name == "a" }, func(context.Context) (thing, error) {
				tries++
				return thing{"a"}, c.fails[tries-1]
			})
			if tries != c.tries || !errors.Is(err, c.err) || c.err == nil && v.name != "a" {
				t.Errorf("%v after %d tries, %v", v, tries, err)
			}
		})
	}
}

// TestTrialStopsAtDeadStudio says which address does not answer.
func TestTrialStopsAtDeadStudio(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	got := execute(t.Context(), t, "studio", "trial", "--out", t.TempDir(), "--url", dead.URL, "--token", "a", "--approver-token", "b")
	if got.status != exitFailed || !strings.Contains(got.err, strings.TrimPrefix(dead.URL, "http://")) {
		t.Errorf("%+v", got)
	}
}

func TestRefusedBy(t *testing.T) {
	checks := []studio.Verdict{
		{Check: studio.CheckSubject, Outcome: studio.OutcomePassed}, {Check: studio.CheckPrompt, Outcome: studio.OutcomeWarned},
		{Check: studio.CheckSharpness, Outcome: studio.OutcomeRefused}, {Check: studio.CheckCopying, Outcome: studio.OutcomeUnknown},
		{Check: studio.CheckMark, Outcome: studio.OutcomeRefused},
	}
	if diff := cmp.Diff([]string{"sharpness", "mark"}, refusedBy(checks)); diff != "" {
		t.Error(diff)
	}
}

// A label alone will do where the studio's root is not at hand, and not where it is.
func TestSaysDrawn(t *testing.T) {
	trained, other := provenance.Statement{Source: provenance.SourceTrained}, provenance.Statement{}
	for _, c := range []struct {
		name             string
		report           *provenance.Report
		signed, unsigned bool
	}{
		{"nothing", nil, false, false},
		{"empty", &provenance.Report{}, false, false},
		{"label", &provenance.Report{Label: &trained}, false, true},
		{"other label", &provenance.Report{Label: &other}, false, false},
		{"manifest", &provenance.Report{Manifest: &provenance.Manifest{Statement: trained}}, true, true},
		{"other manifest", &provenance.Report{Label: &trained, Manifest: &provenance.Manifest{Statement: other}}, false, false},
	} {
		if saysDrawn(c.report, true) != c.signed || saysDrawn(c.report, false) != c.unsigned {
			t.Errorf("%s: signed %t, unsigned %t", c.name, saysDrawn(c.report, true), saysDrawn(c.report, false))
		}
	}
}
