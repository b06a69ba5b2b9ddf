package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/server"
)

// found is what a trial left that came to its end.
type found struct {
	Pictures  int // each of its own seed
	Reviewed  int
	Published int
	Jobs      int
	Attempts  int // of its jobs: one is begun again by every process that was killed in it
	Files     int
	Entries   int64 // of the audit record
}

// inspect compares what is there with what has to be, and fails at the first thing that
// is missing, twice, or too much.
func (p process) inspect(ctx context.Context, e ending) (f found, err error) {
	health, err := server.Inspect(ctx, p.data())
	if err != nil {
		return f, err
	}
	if !health.Clean() {
		return f, fmt.Errorf("the studio's folder lacks %v, and has too much: %v", health.Missing, append(health.Loose, health.Halves...))
	}
	f.Files, f.Entries = health.Files, health.Audit.Seq
	if err := server.View(ctx, p.data(), func(tx studio.Tx) error { return f.count(tx, e.result.Project) }); err != nil {
		return f, err
	}
	r := e.result.Pictures
	switch {
	case f.Pictures != p.pictures || r.Drawn != p.pictures:
		return f, fmt.Errorf("%d pictures are there, %d were told, not %d", f.Pictures, r.Drawn, p.pictures)
	case f.Reviewed != p.pictures || r.Approved+r.Rejected != p.pictures:
		return f, fmt.Errorf("%d pictures were decided on, not %d", f.Reviewed, p.pictures)
	case f.Published != r.Published || f.Published != r.Approved || e.result.Verified != f.Published:
		return f, fmt.Errorf("%d pictures were approved, %d published, %d verified", r.Approved, f.Published, e.result.Verified)
	case f.Entries != e.result.Entries:
		return f, fmt.Errorf("the audit record has %d entries, the program told of %d", f.Entries, e.result.Entries)
	}
	return f, p.outside(f)
}

// outside looks at the files that came out, and at what the processes left elsewhere.
func (p process) outside(f found) error {
	want := map[string]bool{"report.html": true, "pictures.zip": f.Published > 0, "pictures": f.Published > 0}
	entries, err := os.ReadDir(p.out())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !want[entry.Name()] {
			return fmt.Errorf("%s was left among what came out", entry.Name())
		}
		delete(want, entry.Name())
	}
	for name, needed := range want {
		if needed {
			return fmt.Errorf("%s did not come out", name)
		}
	}
	for _, folder := range []string{p.temp(), p.data()} {
		if err := noHalves(folder); err != nil {
			return err
		}
	}
	return nil
}

// noHalves wants no file that a killed process had begun.
func noHalves(folder string) error {
	return filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && (strings.Contains(d.Name(), ".partial") || strings.HasPrefix(d.Name(), "concept-") || d.Name() == "studio.open") {
			return fmt.Errorf("%s was left", path)
		}
		return err
	})
}

// count goes through the rows.
func (f *found) count(tx studio.Tx, project string) error {
	return errors.Join(
		exactly("project", 1, func(p studio.Page) (studio.List[studio.Project], error) {
			return tx.ListProjects(studio.ProjectFilter{}, p)
		}),
		exactly("user", 2, func(p studio.Page) (studio.List[studio.User], error) { return tx.ListUsers(studio.UserFilter{}, p) }),
		exactly("member", 2, func(p studio.Page) (studio.List[studio.Member], error) { return tx.ListMembers(project, p) }),
		exactly("source", 1, func(p studio.Page) (studio.List[studio.Source], error) {
			return tx.ListSources(project, studio.SourceFilter{}, p)
		}),
		exactly("concept", 1, func(p studio.Page) (studio.List[studio.Concept], error) {
			return tx.ListConcepts(project, studio.ConceptFilter{State: studio.ConceptReady}, p)
		}),
		exactly("template", 1, func(p studio.Page) (studio.List[studio.Template], error) {
			return tx.ListTemplates(project, studio.TemplateFilter{}, p)
		}),
		exactly("closed trial", 1, func(p studio.Page) (studio.List[studio.Trial], error) {
			return tx.ListTrials(project, studio.TrialFilter{State: studio.TrialClosed}, p)
		}),
		f.countJobs(tx, project), f.countPictures(tx, project),
	)
}

func exactly[T any](noun string, want int, list func(studio.Page) (studio.List[T], error)) error {
	have := 0
	for _, err := range studio.All(list) {
		if err != nil {
			return err
		}
		have++
	}
	if have != want {
		return fmt.Errorf("there are %d of noun %s, not %d", have, noun, want)
	}
	return nil
}

// countJobs wants each kind of job once, and done.
func (f *found) countJobs(tx studio.Tx, project string) error {
	kinds := map[studio.JobKind]int{}
	for j, err := range studio.All(func(p studio.Page) (studio.List[studio.Job], error) {
		return tx.ListJobs(project, studio.JobFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		f.Jobs, f.Attempts = f.Jobs+1, f.Attempts+j.Attempt
		if kinds[j.Kind]++; kinds[j.Kind] > 1 || j.State != studio.JobDone {
			return fmt.Errorf("job %s of kind %s is the %d. of its kind, and %s", j.ID, j.Kind, kinds[j.Kind], j.State)
		}
	}
	return nil
}

// countPictures wants each picture once, with a decision.
func (f *found) countPictures(tx studio.Tx, project string) error {
	seeds := map[int64]bool{}
	for p, err := range studio.All(func(p studio.Page) (studio.List[studio.Picture], error) {
		return tx.ListPictures(project, studio.PictureFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		if seeds[p.Seed] {
			return fmt.Errorf("the picture with seed %d is there twice", p.Seed)
		}
		seeds[p.Seed] = true
		f.Pictures++
		if p.State == studio.PicturePublished {
			f.Published++
		}
		reviews, err := tx.ListReviews(project, studio.ReviewFilter{PictureID: p.ID}, studio.Page{})
		if err != nil {
			return err
		}
		if len(reviews.Items) != 1 {
			return fmt.Errorf("picture %s was decided on %d times", p.ID, len(reviews.Items))
		}
		f.Reviewed++
	}
	return nil
}
