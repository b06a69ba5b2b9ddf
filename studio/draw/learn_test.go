package draw

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/tuning"
)

func TestLearn(t *testing.T) {
	r := tiny(t, true)
	t.Run("OK", func(t *testing.T) {
		var told reports
		learned, err := r.Learn(context.Background(), mugTask(t), told.report)
		if err != nil {
			t.Fatal(err)
		}
		c, err := readConcept(t.TempDir(), learned.File)
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != "mug" || c.Placeholder != "<mug>" || c.Base.Hash != learned.ModelHash || len(c.Sources) != 1 || c.Sources[0].SHA256 != mug().Hash() {
			t.Errorf("the file says %+v, learned of the model %s", c, learned.ModelHash)
		}
		if learned.Method != "textual_inversion" || learned.Fidelity != 1 || learned.Alpha != 1 {
			t.Errorf("method %q, fidelity %v, alpha %v", learned.Method, learned.Fidelity, learned.Alpha)
		}
		want := []string{ScoreCopying, ScorePrompt, ScoreSharpness, ScoreSubject}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(learned.Scores))); diff != "" {
			t.Errorf("scores (-want +got):\n%s", diff)
		}
		if learned.Preview == nil || len(told.previews) < 3 { // before, after one step and after both
			t.Errorf("%d previews, the last %v", len(told.previews), learned.Preview)
		}
		if last := told.last(t); last.Step != 2 || last.Steps != 2 || last.Message != jobs.MessageScoring {
			t.Errorf("the last report is %+v", last)
		}
		for _, p := range told.progress {
			if err := p.Validate(); err != nil {
				t.Errorf("report %+v: %v", p, err)
			}
		}
	})
	t.Run("Again", func(t *testing.T) { // the same folder gives the same, without learning anew
		task := mugTask(t)
		first, err := r.Learn(context.Background(), task, new(reports).report)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Learn(context.Background(), task, new(reports).report)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.File, again.File) {
			t.Error("the second run in a folder ended with another file")
		}
	})
	t.Run("OtherRun", func(t *testing.T) { // what another run left is no obstacle
		task := mugTask(t)
		if _, err := r.Learn(context.Background(), task, new(reports).report); err != nil {
			t.Fatal(err)
		}
		task.Steps = 3
		if _, err := r.Learn(context.Background(), task, new(reports).report); err != nil {
			t.Errorf("after a run of other settings: %v", err)
		}
	})
	t.Run("ErrCancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		task, steps := mugTask(t), 0
		task.Steps = 50
		_, err := r.Learn(ctx, task, func(p studio.Progress, _ *picture.Picture) {
			if steps = p.Step; steps == 2 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || steps > 3 {
			t.Errorf("after step %d: %v", steps, err)
		}
	})
	wrong := []struct {
		name   string
		change func(*jobs.LearnTask)
		code   studio.Code
	}{
		{"ErrPlain", func(task *jobs.LearnTask) { task.Pictures[0] = picture.Filled(16, 16, 9, 9, 9) }, studio.Invalid},
		{"ErrMethod", func(task *jobs.LearnTask) { task.Method = "magic" }, studio.Invalid},
		{"ErrNoClassWord", func(task *jobs.LearnTask) { task.Method = "dreambooth_lora" }, studio.Invalid},
		{"ErrNoPictures", func(task *jobs.LearnTask) { task.Pictures, task.Sources = nil, nil }, studio.Internal},
	}
	for _, w := range wrong {
		t.Run(w.name, func(t *testing.T) {
			task := mugTask(t)
			w.change(&task)
			if _, err := r.Learn(context.Background(), task, new(reports).report); studio.ErrorCode(err) != w.code {
				t.Errorf("code %q of %v, want %q", studio.ErrorCode(err), err, w.code)
			}
		})
	}
}

// TestLearnClassWord learns with a word for the kind of thing, which then stands behind
// the placeholder where pictures are drawn and is said once where they are scored.
func TestLearnClassWord(t *testing.T) {
	r := tiny(t, true)
	t.Run("Methods", func(t *testing.T) {
		err := r.exclusive(context.Background(), func(o *opened) error {
			for _, method := range tuning.Methods() {
				task := mugTask(t)
				task.Method, task.ClassWord = method, "cup"
				if got, job, err := (&learning{opened: o, task: task}).job(); got != method || job.ClassWord != "cup" || err != nil {
					t.Errorf("%s: method %q is told %q: %v", method, got, job.ClassWord, err)
				}
			}
			task := mugTask(t)
			task.Method = "dreambooth_lora"
			var e *studio.Error
			if _, _, err := (&learning{opened: o, task: task}).job(); !errors.As(err, &e) || e.Field != "class_word" || e.Japanese == "" {
				t.Errorf("without a word: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	task := mugTask(t)
	task.Method, task.ClassWord = "encoder", "cup"
	learned, err := r.Learn(context.Background(), task, new(reports).report)
	if err != nil {
		t.Fatal(err)
	}
	c, err := readConcept(t.TempDir(), learned.File)
	if err != nil || c.ClassWord != "cup" || c.Method != "encoder" {
		t.Fatalf("the file says %+v: %v", c, err)
	}
	asked := shots(learned, 2)
	asked.Shots[1].Prompt = "a photo of <mug> Cup in snow"
	want := []string{"a photo of <mug> cup in snow", "a photo of <mug> Cup in snow"}
	err = r.Draw(context.Background(), asked, new(reports).report, func(d jobs.Drawn) error {
		var record diffusion.Record
		if err := json.Unmarshal(d.Settings, &record); err != nil {
			return err
		}
		if d.Prompt != want[d.Index] || record.Prompt != d.Prompt {
			t.Errorf("picture %d was asked as %q, recorded as %q", d.Index, d.Prompt, record.Prompt)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLearnWithoutCLIP(t *testing.T) {
	learned := learnMug(t, tiny(t, false))
	if _, ok := learned.Scores[ScoreSubject]; ok || learned.Scores[ScoreSharpness] == 0 {
		t.Errorf("scores without a CLIP: %v", learned.Scores)
	}
}
