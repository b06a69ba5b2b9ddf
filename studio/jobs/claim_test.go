package jobs

import (
	"context"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// frugal is a desk that says how much it was asked to list.
type frugal struct {
	Desk
	most  int // jobs of one answer
	whole int // lists of all that waits
}

func (f *frugal) WaitingJobs(ctx context.Context) ([]studio.Job, error) {
	f.whole++
	return f.Desk.WaitingJobs(ctx)
}

func (f *frugal) NextJobs(ctx context.Context, kinds ...studio.JobKind) ([]studio.Job, error) {
	jobs, err := f.Desk.NextJobs(ctx, kinds...)
	f.most = max(f.most, len(jobs))
	return jobs, err
}

// TestClaimLooksAtHeads has many jobs wait: to take one, a job of each project is
// looked at, however many stand behind it. Those that may no longer run make place.
func TestClaimLooksAtHeads(t *testing.T) {
	h := newHouse(t)
	ctx, a, b := context.Background(), h.project(t, "a"), h.project(t, "b")
	c, learning := h.learn(t, a)
	desk := &frugal{Desk: h.desk}
	q := newQueue(Options{DB: h.db, Desk: desk, Runner: &hand{}, Folder: t.TempDir()})
	claim := func() (studio.Job, bool) {
		t.Helper()
		job, ok, err := q.claim(ctx, laneDevice)
		must(t, err)
		return job, ok
	}
	if job, _ := claim(); job.ID != learning.ID {
		t.Fatalf("the first is %+v", job)
	}
	_, err := h.desk.ConceptLearned(ctx, a, learning.ID, workspace.Learned{Concept: strings.NewReader("x")})
	must(t, err)
	_, err = h.desk.FinishJob(ctx, a, learning.ID, nil)
	must(t, err)
	for range 5 {
		h.generate(t, a, 1, c.ID)
	}
	for range 20 {
		h.generate(t, b, 1)
	}
	last := h.generate(t, a, 1)
	got[studio.Source](t)(h.desk.UpdateRights(ctx, h.actor, a, c.SourceIDs[0], workspace.RightsChange{Rights: workspace.Rights{Owner: "x"}})) // nobody confirms them
	first, _ := claim()
	second, ok := claim()
	if first.ProjectID != b || !ok || second.ID != last.ID {
		t.Errorf("claimed %+v and then %+v", first, second)
	}
	if desk.most != 2 || desk.whole != 0 {
		t.Errorf("%d jobs were listed at once, and %d times all", desk.most, desk.whole)
	}
}
