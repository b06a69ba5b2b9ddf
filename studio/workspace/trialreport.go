package workspace

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// TrialPicture is a picture of a trial with the latest decision on it.
type TrialPicture struct {
	studio.Picture
	Decision *studio.Review // nil before there is one
}

// TrialReport is a trial with all that a board is shown of it.
type TrialReport struct {
	Trial       studio.Trial
	At          time.Time // when it was worked out
	Sources     []studio.Source
	Concepts    []studio.Concept
	Jobs        []studio.Job
	Pictures    []TrialPicture // in the order in which they were drawn
	Measured    studio.TrialMeasured
	Calculation studio.TrialCalculation
	ShareLow    float64 // of the 95 % interval of the approved share
	ShareHigh   float64
}

// TrialReport works out where a trial stands, from its jobs, its pictures'
// reviews and the audit record.
func (w *Workspace) TrialReport(ctx context.Context, actor Actor, project, id string) (r TrialReport, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		if r.Trial, err = c.Tx.Trial(project, id); err != nil {
			return err
		}
		r.At = c.Now()
		return r.load(c)
	})
	if err != nil {
		return TrialReport{}, err
	}
	r.Calculation = studio.CalculateTrial(r.Trial.Baseline, r.Trial.Assumptions, r.Measured)
	r.ShareLow, r.ShareHigh = r.Measured.ShareInterval()
	return r, nil
}

func (r *TrialReport) load(c *call) error {
	for _, id := range r.Trial.ConceptIDs {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return err
		}
		r.Concepts = append(r.Concepts, v)
	}
	if err := r.loadSources(c); err != nil {
		return err
	}
	drawn := map[string]bool{} // also what was deleted since
	for _, id := range r.Trial.JobIDs {
		if err := r.loadJob(c, id, drawn); err != nil {
			return err
		}
	}
	slices.SortFunc(r.Pictures, func(a, b TrialPicture) int { return strings.Compare(a.ID, b.ID) })
	r.Measured.Drawn, r.Measured.Closed = len(drawn), r.Trial.State == studio.TrialClosed
	for _, p := range r.Pictures {
		r.tally(p)
	}
	return r.loadTimes(c, drawn)
}

// loadSources are the trial's own, or those behind its concepts.
func (r *TrialReport) loadSources(c *call) (err error) {
	if len(r.Trial.SourceIDs) == 0 {
		r.Sources, err = c.sourcesOf(r.Trial.ConceptIDs...)
		return err
	}
	for _, id := range r.Trial.SourceIDs {
		s, err := c.Tx.Source(c.project.ID, id)
		if err != nil {
			return err
		}
		r.Sources = append(r.Sources, s)
	}
	return nil
}

// loadJob takes a job's time and pictures. Time counts where the job was done in
// one go: of one that was tried again only the last attempt's is known.
func (r *TrialReport) loadJob(c *call, id string, drawn map[string]bool) error {
	j, err := c.Tx.Job(c.project.ID, id)
	if err != nil {
		return err
	}
	r.Jobs = append(r.Jobs, j)
	minutes := j.EndedAt.Sub(j.StartedAt).Minutes()
	known := j.State == studio.JobDone && j.Attempt == 1
	if j.Kind == studio.JobPersonalize {
		if known {
			r.Measured.LearnMinutes, r.Measured.Learned = r.Measured.LearnMinutes+minutes, true
		}
		return nil
	}
	done, err := drawnBy(j)
	if err != nil {
		return err
	}
	for _, picture := range done.Pictures {
		drawn[picture] = true
	}
	if known {
		r.Measured.MachineMinutes += minutes
		r.Measured.MachinePictures += len(done.Pictures)
	}
	return r.loadPictures(c, id)
}

func (r *TrialReport) loadPictures(c *call, job string) error {
	list := func(p studio.Page) (studio.List[studio.Picture], error) {
		return c.ListPictures(c.project.ID, studio.PictureFilter{JobID: job}, p)
	}
	for p, err := range studio.All(list) {
		if err != nil {
			return err
		}
		latest, err := c.ListReviews(c.project.ID, studio.ReviewFilter{PictureID: p.ID}, studio.Page{Limit: 1})
		if err != nil {
			return err
		}
		one := TrialPicture{Picture: p}
		if len(latest.Items) > 0 {
			one.Decision = &latest.Items[0]
		}
		r.Pictures = append(r.Pictures, one)
	}
	return nil
}

// tally counts a picture by what was decided of it.
func (r *TrialReport) tally(p TrialPicture) {
	m := &r.Measured
	switch p.State {
	case studio.PictureApproved, studio.PicturePublished:
		m.Approved++
	case studio.PictureRejected:
		m.Rejected++
	case studio.PictureChangeRequested:
		m.Changes++
	case studio.PictureWithdrawn:
		m.Withdrawn++
		if p.Decision == nil {
			return
		}
	default:
		return
	}
	m.Decided++
}

// reviewPause is the longest time between two decisions of a person that counts
// as looking at a picture; after a longer one they did something else meanwhile.
const reviewPause = 15 * time.Minute

// loadTimes reads from the audit record how long reviewing took. The time that a
// person takes for a picture is that since their decision before it, on whatever
// picture of the project.
func (r *TrialReport) loadTimes(c *call, drawn map[string]bool) error {
	entries, err := c.auditSince(r.Trial.StartedAt)
	if err != nil || len(drawn) == 0 {
		return err
	}
	submitted, approved, decided := map[string]time.Time{}, map[string]time.Time{}, map[string]time.Time{}
	m := &r.Measured
	for _, e := range entries {
		verb := strings.TrimPrefix(e.Action, "picture.")
		if verb == "submit" {
			submitted[e.Object] = e.At
			continue
		}
		before, known := decided[e.Actor]
		decided[e.Actor] = e.At
		if !drawn[e.Object] {
			continue
		}
		if gap := e.At.Sub(before); known && gap <= reviewPause {
			m.ReviewMinutes, m.ReviewGaps = m.ReviewMinutes+gap.Minutes(), m.ReviewGaps+1
		}
		if at, waited := submitted[e.Object]; waited {
			m.WaitHours, m.Waits = m.WaitHours+e.At.Sub(at).Hours(), m.Waits+1
			delete(submitted, e.Object)
		}
		if verb == string(studio.DecisionApprove) {
			approved[e.Object] = e.At
		}
	}
	for _, p := range r.Pictures {
		at, there := approved[p.ID]
		if there && (p.State == studio.PictureApproved || p.State == studio.PicturePublished) {
			m.Days, m.Finished = m.Days+at.Sub(r.Trial.StartedAt).Hours()/24, m.Finished+1
		}
	}
	return nil
}

// auditSince are the project's submissions and decisions since a time, the
// oldest first.
func (c *call) auditSince(start time.Time) ([]studio.AuditEntry, error) {
	if start.IsZero() {
		return nil, nil
	}
	var entries []studio.AuditEntry
	list := func(p studio.Page) (studio.List[studio.AuditEntry], error) {
		return c.ListAudit(studio.AuditFilter{ProjectID: c.project.ID}, p)
	}
	for e, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		if e.At.Before(start) {
			break
		}
		switch e.Action {
		case "picture.submit", "picture.approve", "picture.reject", "picture.request_change":
			entries = append(entries, e)
		}
	}
	slices.Reverse(entries)
	return entries, nil
}
