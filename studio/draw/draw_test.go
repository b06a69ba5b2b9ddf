package draw

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
)

// shots asks for n pictures with a learned mug in them.
func shots(learned jobs.Learned, n int) jobs.DrawTask {
	task := jobs.DrawTask{
		Concepts: []jobs.ConceptFile{{Blob: "blob", File: learned.File, Fidelity: learned.Fidelity}},
		Steps:    3, Subjects: []*picture.Picture{mug()},
	}
	for i := range n {
		task.Shots = append(task.Shots, jobs.Shot{Index: i, Prompt: "a photo of <mug> in snow", NegativePrompt: "a cat", Seed: int64(7 + i), Name: "snow"})
	}
	return task
}

func TestDraw(t *testing.T) {
	r := tiny(t, true)
	learned := learnMug(t, r)
	var all []jobs.Drawn
	var told reports
	collect := func(d jobs.Drawn) error { all = append(all, d); return nil }
	if err := r.Draw(context.Background(), shots(learned, 3), told.report, collect); err != nil {
		t.Fatal(err)
	}
	t.Run("Each", func(t *testing.T) {
		if len(all) != 3 {
			t.Fatalf("%d pictures of 3", len(all))
		}
		for i, d := range all {
			if d.Index != i || d.Seed != int64(7+i) || d.Name != "snow" || d.Picture.Width != 8 {
				t.Errorf("picture %d is %+v", i, d.Shot)
			}
			if len(d.Scores) != 4 {
				t.Errorf("picture %d has the scores %v", i, d.Scores)
			}
			var record diffusion.Record
			if err := json.Unmarshal(d.Settings, &record); err != nil {
				t.Fatal(err)
			}
			if record.Seed != uint64(d.Seed) || record.Prompt != d.Prompt || record.Model.Hash != learned.ModelHash || len(record.Concepts) != 1 {
				t.Errorf("picture %d is recorded as %+v", i, record)
			}
		}
	})
	t.Run("Progress", func(t *testing.T) {
		if last := told.last(t); last.Step != 9 || last.Steps != 9 || last.Left != 0 || last.Rate <= 0 || last.Message != jobs.MessageDrawing {
			t.Errorf("the last report is %+v", last)
		}
		for i, p := range told.progress {
			if p.Step != i+1 || p.Validate() != nil {
				t.Errorf("report %d is %+v: %v", i, p, p.Validate())
			}
		}
	})
	t.Run("Alone", func(t *testing.T) { // a shot does not depend on those before it
		task := shots(learned, 3)
		task.Shots = task.Shots[2:]
		err := r.Draw(context.Background(), task, new(reports).report, func(d jobs.Drawn) error {
			if diff := cmp.Diff(all[2].Picture.Pix, d.Picture.Pix); diff != "" {
				t.Error("the third shot alone is another picture")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("Preview", func(t *testing.T) {
		task := shots(learned, 1)
		task.Steps, task.Width, task.Height = 2*previewEvery, 16, 8
		var told reports
		if err := r.Draw(context.Background(), task, told.report, func(jobs.Drawn) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if len(told.previews) != 2 || told.previews[0].Width != 16 || told.previews[0].Height != 8 {
			t.Errorf("%d previews", len(told.previews))
		}
	})
}

func TestDrawEnds(t *testing.T) {
	r := tiny(t, false)
	learned := learnMug(t, r)
	t.Run("ErrCancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		drawn := 0
		err := r.Draw(ctx, shots(learned, 5), new(reports).report, func(jobs.Drawn) error {
			if drawn++; drawn == 2 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || drawn != 2 {
			t.Errorf("%d drawn: %v", drawn, err)
		}
	})
	t.Run("ErrEach", func(t *testing.T) {
		full := errors.New("the disk is full")
		err := r.Draw(context.Background(), shots(learned, 2), new(reports).report, func(jobs.Drawn) error { return full })
		if !errors.Is(err, full) {
			t.Error(err)
		}
	})
	t.Run("ErrNothing", func(t *testing.T) {
		if err := r.Draw(context.Background(), jobs.DrawTask{}, new(reports).report, nil); err == nil {
			t.Error("there was no error")
		}
	})
	t.Run("ErrDamaged", func(t *testing.T) {
		task := shots(learned, 1)
		task.Concepts[0] = jobs.ConceptFile{Blob: "other", File: []byte("no concept")}
		err := r.Draw(context.Background(), task, new(reports).report, nil)
		if studio.ErrorCode(err) != studio.Invalid {
			t.Error(err)
		}
	})
	t.Run("ErrBusy", func(t *testing.T) { // who waits for the device can give up
		busy, done := make(chan struct{}), make(chan error)
		go func() {
			done <- r.Draw(context.Background(), shots(learned, 1), new(reports).report, func(jobs.Drawn) error {
				close(busy)
				<-busy
				return nil
			})
		}()
		<-busy
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := r.Warm(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestWarm(t *testing.T) {
	r := tiny(t, true)
	if err := r.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	model := r.current().model
	learnMug(t, r)
	if r.current().model != model {
		t.Error("the model was opened again")
	}
	if err := New(Options{}).Warm(context.Background()); err == nil {
		t.Error("without a model there was no error")
	}
}

func TestShelf(t *testing.T) {
	learned := learnMug(t, tiny(t, false))
	s := newShelf(t.TempDir())
	get := func(blob string) *concept.Concept {
		c, err := s.get(jobs.ConceptFile{Blob: blob, File: learned.File})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := get("0")
	for i := range shelfSize - 1 {
		get(string(rune('a' + i)))
	}
	if get("0") != first {
		t.Error("a concept was read twice")
	}
	get("one more")
	if get("0") != first || len(s.read) != shelfSize || len(s.order) != shelfSize {
		t.Errorf("the shelf holds %d concepts in an order of %d", len(s.read), len(s.order))
	}
}

func TestPlainText(t *testing.T) {
	use := func(c concept.Concept) diffusion.Use { return diffusion.Use{Concept: &c} }
	tests := []struct{ prompt, want string }{
		{"<mug> beside <it>", "cup beside thing"},
		{"a dog", "a dog"},
		{"<shoe> in snow", "shoe in snow"},
		{"<shoe> Shoe in snow", "shoe in snow"},
		{"雪の中の<shoe>を見る", "雪の中の shoe を見る"},
		{"<mug> cup", "cup"},
	}
	for _, tt := range tests {
		got := plainText(tt.prompt, []diffusion.Use{
			use(concept.Concept{Placeholder: "<mug>", NearestWord: "cup"}), use(concept.Concept{Placeholder: "<it>"}), use(concept.Concept{ClassWord: "x"}),
			use(concept.Concept{Placeholder: "<shoe>", ClassWord: "shoe", NearestWord: "boots"}),
		})
		if got != tt.want {
			t.Errorf("%q is %q, want %q", tt.prompt, got, tt.want)
		}
	}
}

func TestSaid(t *testing.T) {
	of := func(placeholder, class string) diffusion.Use {
		return diffusion.Use{Concept: &concept.Concept{Placeholder: placeholder, ClassWord: class, Method: concept.MethodEncoder, Embeddings: [][]float32{{1}}}}
	}
	uses := []diffusion.Use{of("<a>", "shoe"), of("<b>", ""), of("<c>", "cup")}
	if got := said("<a> beside <b>, <c> cup and <A>", uses); got != "<a> shoe beside <b>, <c> cup and <A> shoe" {
		t.Errorf("said %q", got)
	}
	long := "<a> " + strings.Repeat("あ", studio.MaxText-4)
	if got := said(long, uses); got != long {
		t.Error("a prompt became too long to be kept")
	}
}

func TestUse(t *testing.T) {
	alpha := 0.7
	dual := &concept.Concept{Alpha: &alpha, NearestWord: "cup"}
	tests := []struct {
		name     string
		concept  *concept.Concept
		fidelity float64
		want     *float64
	}{
		{"Own", dual, 0.7, nil},
		{"Other", dual, 0.2, new(0.2)},
		{"OnePath", &concept.Concept{NearestWord: "cup"}, 1, nil},
		{"OnePathLess", &concept.Concept{NearestWord: "cup"}, 0.5, new(0.5)},
		{"NoWord", &concept.Concept{}, 0.5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, use(tt.concept, tt.fidelity).Fidelity); diff != "" {
				t.Errorf("fidelity (-want +got):\n%s", diff)
			}
		})
	}
}
