package jobs

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/studio"
)

// TestTurns lets projects queue jobs in any order and holds: between two jobs of a
// project that waits, every other project has one job at most, and in a project
// jobs begin in their order.
func TestTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		turns, next := newTurns(), 0
		var waiting []studio.Job
		since := map[string]map[string]int{} // by project that waits: starts of others since its own last
		last := map[string]string{}
		for range rapid.IntRange(1, 60).Draw(t, "moves") {
			if len(waiting) == 0 || rapid.Bool().Draw(t, "queue") {
				project := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "project")
				next++
				waiting = append(waiting, studio.Job{ID: fmt.Sprintf("%03d", next), ProjectID: project})
				if since[project] == nil {
					since[project] = map[string]int{}
				}
				continue
			}
			turns.order(laneDevice, waiting)
			job := waiting[0]
			waiting = waiting[1:]
			turns.taken(laneDevice, job.ProjectID)
			if job.ID < last[job.ProjectID] {
				t.Fatalf("job %s of %s came after %s", job.ID, job.ProjectID, last[job.ProjectID])
			}
			last[job.ProjectID] = job.ID
			delete(since, job.ProjectID)
			for _, w := range waiting {
				if w.ProjectID == job.ProjectID {
					since[job.ProjectID] = map[string]int{}
				}
			}
			for project, starts := range since {
				if project != job.ProjectID {
					if starts[job.ProjectID]++; starts[job.ProjectID] > 1 {
						t.Fatalf("%s waits, and %s had two jobs meanwhile", project, job.ProjectID)
					}
				}
			}
		}
	})
}

func TestLanes(t *testing.T) {
	for _, kind := range studio.JobKinds() {
		if lanes[laneOf(kind)] == 0 {
			t.Errorf("jobs of kind %s go to lane %q, which nobody works", kind, laneOf(kind))
		}
		if DefaultTimeouts()[kind] <= 0 {
			t.Errorf("jobs of kind %s have no timeout", kind)
		}
	}
}
