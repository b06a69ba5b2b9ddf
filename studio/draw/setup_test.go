package draw

import (
	"context"
	"testing"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
)

// tiny is a runner of the smallest model, with a CLIP or without.
func tiny(t *testing.T, clip bool) *Runner {
	t.Helper()
	dir := t.TempDir()
	tinymodel.WriteFor(t, dir, append([]string{"a photo of <mug>"}, tinymodel.Captions...), 12)
	if clip {
		tinymodel.WriteCLIP(t, dir)
	}
	r := New(Options{Model: dir, Engine: enginetest.Go(t), Scratch: t.TempDir()})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// mug is a picture with something in it.
func mug() *picture.Picture {
	p := picture.Filled(16, 16, 240, 240, 230)
	p.Paste(picture.Filled(8, 8, 200, 30, 20), 4, 4)
	return p
}

// told collects a job's reports.
type reports struct {
	progress []studio.Progress
	previews []*picture.Picture
}

func (r *reports) report(p studio.Progress, preview *picture.Picture) {
	r.progress = append(r.progress, p)
	if preview != nil {
		r.previews = append(r.previews, preview)
	}
}

func (r *reports) last(t *testing.T) studio.Progress {
	t.Helper()
	if len(r.progress) == 0 {
		t.Fatal("nothing was reported")
	}
	return r.progress[len(r.progress)-1]
}

// learnMug learns a concept in two steps.
func learnMug(t *testing.T, r *Runner) jobs.Learned {
	t.Helper()
	learned, err := r.Learn(context.Background(), mugTask(t), new(reports).report)
	if err != nil {
		t.Fatal(err)
	}
	return learned
}

func mugTask(t *testing.T) jobs.LearnTask {
	return jobs.LearnTask{
		Name: "mug", Placeholder: "<mug>", Method: "textual_inversion", Steps: 2, Folder: t.TempDir(),
		Pictures: []*picture.Picture{mug()}, Sources: []jobs.SourceFile{{Name: "mug.png", SHA256: mug().Hash()}},
	}
}
