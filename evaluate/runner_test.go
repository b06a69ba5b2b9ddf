package evaluate

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// run runs a protocol and gives the files that it leaves.
func run(t *testing.T, path string, o Options) map[string]string {
	t.Helper()
	must(t, Run(context.Background(), read(t, path), o))
	return files(t, o.Dir)
}

// TestRun runs a whole protocol, looks at what it left, and runs it again.
func TestRun(t *testing.T) {
	path, out := writeProtocol(t), t.TempDir()
	o := options(t, out)
	var last Progress
	parts := map[string]int{}
	o.Report = func(p Progress) { last, parts[p.Part] = p, p.Units }
	first := run(t, path, o)
	if last.Done != last.Units || last.Part != PartFull {
		t.Errorf("the last progress is %+v", last)
	}
	// The sweep: one subject's marks, the encoder, two settings of LoRA, one of the
	// falling rate. In full: two subjects' marks and three methods.
	if diff := cmp.Diff(map[string]int{PartSweep: 6, PartFull: 10}, parts); diff != "" {
		t.Error(diff)
	}
	checkIndex(t, out)
	t.Run("Again", func(t *testing.T) {
		worked := false
		o.Report = func(p Progress) { worked = worked || p.LearningSteps > 0 || p.DrawingOf > 0 }
		if diff := cmp.Diff(first, run(t, path, o)); diff != "" || worked {
			t.Errorf("a second run works (%t) or leaves other files (-first +second):\n%s", worked, diff)
		}
	})
	t.Run("Write", func(t *testing.T) { writeTiny(t, path, out) })
	t.Run("ChangedPrompt", func(t *testing.T) { changedPrompt(t, path, o, first) })
	t.Run("OtherScorer", func(t *testing.T) { otherScorer(t, path, o) })
}

// checkIndex looks at what is listed.
func checkIndex(t *testing.T, out string) {
	t.Helper()
	x, err := readIndex(out)
	must(t, err)
	rows := map[string]int{}
	for _, e := range x.Entries {
		rows[e.Row.label()]++
		d, err := openDrawn(filepath.Join(out, e.Folder))
		must(t, err)
		must(t, d.readEmbeds())
		for _, p := range d.Pictures {
			if len(p.Scores) != 2 || p.File == "" || len(d.embeds["apart/clip"]) != len(d.Pictures) {
				t.Errorf("%s has the picture %+v", e.Folder, p)
			}
		}
		if learned := !e.Row.mark(); learned != (e.Took.Seconds > 0) || learned != e.Took.Timed {
			t.Errorf("%s took %+v", e.Row.label(), e.Took)
		}
	}
	swept := 0
	for label, n := range rows {
		if strings.HasPrefix(label, "lora, ") {
			swept += n
		}
	}
	if rows["base"] != 2 || rows["real"] != 2 || rows["encoder, 0"] != 2 || rows["encoder, 2"] != 2 || rows["falling, 2"] != 2 || swept != 5 {
		t.Errorf("rows are %v", rows)
	}
}

// writeTiny makes the results of a real run.
func writeTiny(t *testing.T, path, out string) {
	made, err := Write(context.Background(), read(t, path), out, ReportOptions{Lang: English, PictureBytes: 1e6})
	must(t, err)
	if len(made.Sentences) != 3 {
		t.Errorf("the sentences are %q", made.Sentences)
	}
	table, err := os.ReadFile(made.CSV)
	must(t, err)
	// 2 subjects with 3 real ones and 6 of 5 rows, and 2 pictures of 3 more of the sweep.
	if lines := strings.Count(string(table), "\n"); lines != 1+2*(3+6*5)+3*2 {
		t.Errorf("the table has %d lines:\n%s", lines, table)
	}
	for _, name := range []string{out, openTiny(t).Dir} {
		for _, file := range []string{made.Report, made.Summary} {
			data, err := os.ReadFile(file)
			must(t, err)
			if strings.Contains(string(data), name) {
				t.Errorf("%s names a folder of this machine: %s", file, name)
			}
		}
	}
}

// changedPrompt changes the prompt that the sweep does not have: nothing is learned
// anew, and what has no such prompt stays as it is.
func changedPrompt(t *testing.T, path string, o Options, before map[string]string) {
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(data), "{} on grass", "a {} on grass", 1)), 0o644))
	learned, pictures := false, 0
	o.Report = func(p Progress) {
		learned = learned || p.LearningSteps > 0
		pictures += p.DrawingOf
	}
	after := run(t, path, o)
	if learned || pictures != 2*(1+5*2) { // of each subject one real one, and two seeds of five rows
		t.Errorf("learned: %t; %d pictures were drawn or read", learned, pictures)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		changed := before[name] != after[name]
		base := filepath.Base(name)
		mayChange := strings.HasPrefix(base, "grass-") || base == drawnFile || strings.HasPrefix(base, "embeddings-") || base == indexFile || !strings.HasPrefix(name, "store")
		if changed && !mayChange {
			t.Errorf("%s has changed", name)
		}
	}
}

// otherScorer puts another CLIP in the scorer's place: pictures that were kept are
// scored anew and not drawn.
func otherScorer(t *testing.T, path string, o Options) {
	x, err := readIndex(o.Dir)
	must(t, err)
	i := slices.IndexFunc(x.Entries, func(e Entry) bool { return e.Row.Name == "falling" })
	folder := filepath.Join(o.Dir, x.Entries[i].Folder)
	before, err := openDrawn(folder)
	must(t, err)
	mine := inventedPicture(3, 4)
	must(t, picture.WriteFile(filepath.Join(folder, before.Pictures[0].File), mine, nil))
	config := filepath.Join(filepath.Dir(path), "..", "scorer", "config.json")
	data, err := os.ReadFile(config)
	must(t, err)
	must(t, os.WriteFile(config, append(data, '\n'), 0o644))
	run(t, path, o)
	after, err := openDrawn(folder)
	must(t, err)
	if after.Scorers["apart"] == before.Scorers["apart"] || after.Scorers["own"] != before.Scorers["own"] {
		t.Errorf("the scorers are %v, they were %v", after.Scorers, before.Scorers)
	}
	kept, err := picture.Open(filepath.Join(folder, after.Pictures[0].File))
	must(t, err)
	if kept.Hash() != mine.Hash() || after.Pictures[0].Copying == before.Pictures[0].Copying {
		t.Errorf("a picture that was kept has been drawn anew, or not been scored anew: %+v", after.Pictures[0])
	}
	if diff := cmp.Diff(before.Pictures[1:], after.Pictures[1:]); diff != "" { // by the same weights
		t.Errorf("other scores (-before +after):\n%s", diff)
	}
}

// still is a clock that stands, so that files do not depend on when they were made.
func still() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// TestResume interrupts runs at every so many reports, goes on, and compares what is
// left with what an undisturbed run leaves.
func TestResume(t *testing.T) {
	path := writeProtocol(t)
	undisturbed := options(t, t.TempDir())
	undisturbed.Now = still
	want := run(t, path, undisturbed)
	interrupted := options(t, t.TempDir())
	interrupted.Now = still
	stops := 0
	for after := 7; ; after += 11 {
		ctx, cancel := context.WithCancel(context.Background())
		reports := 0
		interrupted.Report = func(Progress) {
			if reports++; reports == after {
				cancel()
			}
		}
		err := Run(ctx, read(t, path), interrupted)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		stops++
	}
	if stops < 3 {
		t.Fatalf("the run was stopped %d times", stops)
	}
	got := files(t, interrupted.Dir)
	for _, all := range []map[string]string{want, got} { // which say whether a learning was interrupted
		maps.DeleteFunc(all, func(name, _ string) bool {
			return filepath.Base(name) == learnedFile || name == indexFile
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the files differ (-undisturbed +interrupted):\n%s", diff)
	}
}

// TestLearnedOnTheWay compares the concept of a look at a long run with that of a short
// run, and sees that a falling rate has runs of its own.
func TestLearnedOnTheWay(t *testing.T) {
	p := read(t, writeProtocol(t))
	r, err := newRunner(context.Background(), p, options(t, t.TempDir()))
	must(t, err)
	defer closeScorers(r.scorers)
	of, err := p.whole(1)
	must(t, err)
	m := p.Methods[1]
	u := unit{subject: &of.subjects[0], name: m.Name, method: m, candidate: m.candidates()[0], steps: []int{1, 3}}
	byStep, err := r.learn(context.Background(), u)
	must(t, err)
	if byStep[1].dir != byStep[3].dir {
		t.Error("a constant rate has more than one run")
	}
	for _, n := range u.steps {
		s, err := m.settings(u.candidate, true, n)
		must(t, err)
		job, err := r.job(u, s)
		must(t, err)
		want, err := tuning.Learn(context.Background(), m.Method, job)
		must(t, err)
		got, err := concept.Read(byStep[n].path(n))
		must(t, err)
		if !slices.Equal(got.Embeddings[0], want.Embeddings[0]) || len(got.LoRA.Layers) == 0 || !slices.Equal(got.LoRA.Layers[0].Up, want.LoRA.Layers[0].Up) {
			t.Errorf("after %d steps a long run has learned something else than a short one", n)
		}
	}
	falling := p.Methods[2]
	u = unit{subject: &of.subjects[0], name: falling.Name, method: falling, candidate: falling.candidates()[0], steps: []int{1, 2}}
	if byStep, err = r.learn(context.Background(), u); err != nil || byStep[1].dir == byStep[2].dir {
		t.Errorf("a falling rate has one run for all steps: %v", err)
	}
}

// TestFullNeedsSweep refuses to draw what has not been chosen.
func TestFullNeedsSweep(t *testing.T) {
	path := writeProtocol(t)
	o := options(t, t.TempDir())
	o.Part = PartFull
	err := Run(context.Background(), read(t, path), o)
	var sweep *SweepError
	if !errors.As(err, &sweep) || sweep.Method != "encoder" {
		t.Errorf("error is %v", err)
	}
	o.Methods = []string{"falling"} // has one setting and one number of steps
	o.Subjects, o.Keep = 1, KeepNone
	run(t, path, o)
	for name := range files(t, o.Dir) {
		if filepath.Ext(name) == ".png" && !strings.Contains(name, "/real-") {
			t.Errorf("%s was kept", name)
		}
	}
}

// TestInterruptedIsNotTimed stops a learning on the way.
func TestInterruptedIsNotTimed(t *testing.T) {
	path := writeProtocol(t)
	o := options(t, t.TempDir())
	o.Methods, o.Part = []string{"lora"}, PartSweep
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.Report = func(p Progress) {
		if p.Learning == 2 {
			cancel()
		}
	}
	if err := Run(ctx, read(t, path), o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	o.Report = nil
	run(t, path, o)
	x, err := readIndex(o.Dir)
	must(t, err)
	timed := map[string]bool{}
	for _, e := range x.Entries {
		timed[e.Row.label()] = e.Took.Timed
	}
	want := map[string]bool{"base": false, "real": false, "lora, 1 (learning_rate=1e-3)": true, "lora, 3 (learning_rate=1e-3)": false,
		"lora, 1 (learning_rate=1e-2)": true, "lora, 3 (learning_rate=1e-2)": true}
	if diff := cmp.Diff(want, timed); diff != "" {
		t.Errorf("timed (-want +got):\n%s", diff)
	}
}
