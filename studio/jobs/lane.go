package jobs

import (
	"slices"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Lanes, which are River's queues. Jobs of different lanes do not wait for each
// other.
const (
	laneDevice   = "device"   // what the model computes: one at a time
	laneFiles    = "files"    // what packs files
	laneWebhooks = "webhooks" // deliveries
)

// lanes are those of jobs, with how many run at a time.
var lanes = map[string]int{laneDevice: 1, laneFiles: 2}

// laneOf is the lane of a kind of jobs.
func laneOf(kind studio.JobKind) string {
	if kind == studio.JobExport {
		return laneFiles
	}
	return laneDevice
}

// kindsOf are the kinds of jobs of a lane.
func kindsOf(lane string) []studio.JobKind {
	return slices.DeleteFunc(studio.JobKinds(), func(k studio.JobKind) bool { return laneOf(k) != lane })
}

// DefaultTimeouts are how long a job of each kind may run. They end what hangs;
// what a slow machine really needs fits in.
func DefaultTimeouts() map[studio.JobKind]time.Duration {
	return map[studio.JobKind]time.Duration{
		studio.JobPersonalize: 6 * time.Hour,
		studio.JobGenerate:    6 * time.Hour,
		studio.JobBatch:       72 * time.Hour,
		studio.JobEvaluate:    72 * time.Hour,
		studio.JobExport:      6 * time.Hour,
	}
}

// turns is who had the last turn, in each lane. It is in memory alone: a process
// that starts gives a project that was running its turn last.
type turns struct {
	count int64
	last  map[turn]int64 // count at the last start
}

type turn struct{ lane, project string }

func newTurns() *turns { return &turns{last: map[turn]int64{}} }

// taken notes that a project's job begins.
func (t *turns) taken(lane, project string) {
	t.count++
	t.last[turn{lane, project}] = t.count
}

// order sorts jobs of a lane by whose turn it is: the project that has waited
// longest for its next start first, then the older job. Ids sort by age.
func (t *turns) order(lane string, jobs []studio.Job) {
	slices.SortFunc(jobs, func(a, b studio.Job) int {
		la, lb := t.last[turn{lane, a.ProjectID}], t.last[turn{lane, b.ProjectID}]
		switch {
		case la < lb:
			return -1
		case la > lb:
			return 1
		case a.ID < b.ID:
			return -1
		case a.ID > b.ID:
			return 1
		}
		return 0
	})
}
