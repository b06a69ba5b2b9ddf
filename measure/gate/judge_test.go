package gate

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

func TestMeasure(t *testing.T) {
	ctx, j := t.Context(), openTiny(t, judgeFolder(t))
	given, err := j.Look(ctx, []*picture.Picture{scene(1, 0), scene(1, 1)})
	must(t, err)
	drawn := scene(2, 2)
	got, err := j.Measure(ctx, View{Picture: drawn, Text: "a red cup", Given: given})
	must(t, err)
	pictures := []*picture.Picture{drawn}
	bySubject, err := j.subject.Pictures(ctx, pictures)
	must(t, err)
	likeness, err := measure.SubjectSimilarity(given.seen, bySubject)
	must(t, err)
	byCLIP, err := j.clip.Pictures(ctx, pictures)
	must(t, err)
	texts, err := j.clip.Texts(ctx, []string{"a red cup"})
	must(t, err)
	truth, err := measure.PromptSimilarity(byCLIP, texts)
	must(t, err)
	sharp, err := measure.Sharpness(drawn)
	must(t, err)
	match, err := measure.Copying(given.pictures, drawn)
	must(t, err)
	for name, want := range map[string]float64{Subject: likeness, Prompt: truth, Sharpness: sharp, Copying: match.Value} {
		if !near(got[name], want, 1e-6) {
			t.Errorf("%s is %g, want %g", name, got[name], want)
		}
	}
	if got, err := j.Measure(ctx, View{Picture: drawn}); err != nil || len(got) != 1 {
		t.Errorf("with nothing to compare: %v, %v", got, err)
	}
	if _, err := j.Look(ctx, nil); err == nil {
		t.Error("no given pictures are looked at")
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := j.Measure(canceled, View{Picture: drawn, Text: "a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gave %v", err)
	}
}

// TestMeasureBlind has no towers.
func TestMeasureBlind(t *testing.T) {
	var j *Judge
	given, err := j.Look(t.Context(), []*picture.Picture{scene(1, 0)})
	must(t, err)
	got, err := j.Measure(t.Context(), View{Picture: scene(1, 0), Text: "a red cup", Given: given})
	must(t, err)
	if len(got) != 2 || !near(got[Copying], 1, 1e-9) || got[Sharpness] == 0 {
		t.Errorf("got %v", got)
	}
	if j.Sees(Subject) || j.Sees(Prompt) || !j.Sees(Copying) || j.Hash() != "" || j.Close() != nil {
		t.Error("a nil judge sees more than pixels")
	}
}

// TestSharpnessAtSide brings larger pictures to the gate's size and leaves smaller ones.
func TestSharpnessAtSide(t *testing.T) {
	small := scene(3, 1)
	want, err := measure.Sharpness(small)
	must(t, err)
	large := small.ResizeWith(96, 96, picture.Bicubic)
	own, err := pixels(View{Picture: large})
	must(t, err)
	at, err := pixels(View{Picture: large, Side: 24})
	must(t, err)
	if !near(at[Sharpness], want, 0.1) || own[Sharpness] > want/1.5 {
		t.Errorf("sharpness %.3f at its own size, %.3f at the gate's, want %.3f", own[Sharpness], at[Sharpness], want)
	}
	for _, p := range []*picture.Picture{scene(1, 1), picture.Filled(4, 400, 1, 2, 3)} {
		if got, err := pixels(View{Picture: p, Side: 32}); err != nil || len(got) != 0 {
			t.Errorf("a picture that is too small has %v, %v", got, err)
		}
	}
}

func TestOpenJudge(t *testing.T) {
	dir := judgeFolder(t)
	whole := openTiny(t, dir)
	t.Run("Linked", func(t *testing.T) {
		linked := t.TempDir()
		for _, part := range []string{clipDir, subjectDir, tokenizerDir} {
			if err := os.Symlink(filepath.Join(dir, part), filepath.Join(linked, part)); err != nil {
				t.Skip(err)
			}
		}
		must(t, os.WriteFile(filepath.Join(linked, File), []byte("{}"), 0o644))
		if got := openTiny(t, linked).Hash(); got != whole.Hash() || len(got) != 64 {
			t.Errorf("the same files have the hashes %s and %s", got, whole.Hash())
		}
	})
	t.Run("OneTower", func(t *testing.T) {
		must(t, os.RemoveAll(filepath.Join(dir, subjectDir)))
		j := openTiny(t, dir)
		if j.Sees(Subject) || !j.Sees(Prompt) || j.Hash() == whole.Hash() {
			t.Errorf("sees the subject %v, the prompt %v", j.Sees(Subject), j.Sees(Prompt))
		}
	})
	backend := enginetest.Go(t).Backend()
	t.Run("ErrDamaged", func(t *testing.T) {
		must(t, os.WriteFile(filepath.Join(dir, clipDir, "config.json"), []byte("{"), 0o644))
		if j, err := OpenJudge(t.Context(), dir, backend); err == nil || j != nil {
			t.Errorf("got %v, %v", j, err)
		}
	})
	t.Run("ErrNone", func(t *testing.T) {
		empty := t.TempDir()
		_, err := OpenJudge(t.Context(), empty, backend)
		var none *NoJudgeError
		if !errors.As(err, &none) || none.Dir != empty {
			t.Errorf("got %v", err)
		}
		if _, err := OpenJudge(t.Context(), filepath.Join(empty, "x"), backend); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}
