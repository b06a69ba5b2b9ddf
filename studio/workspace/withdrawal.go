package workspace

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// Withdrawal says what was withdrawn together.
type Withdrawal struct {
	Source   studio.Source    // zero where a concept or a picture alone was withdrawn
	Concepts []studio.Concept // the oldest first
	Pictures []studio.Picture
	Jobs     []studio.Job  // that had not ended and were cancelled, or whose archive or preview was dropped
	Cases    []studio.Case // that keep their words and lost their picture
}

// maxNamed bounds the ids in one audit entry; each thing has its own entry too.
const maxNamed = 5000

// WithdrawSource takes a given picture out of use, such as when its consent is
// revoked, and in the same transaction everything that stems from it: each
// concept learned from it, every later version of those, and every picture drawn
// with any of them, whatever its state. Jobs that would use them are cancelled,
// archives and previews that hold them are dropped, and cases made from them
// lose their picture. Nothing leaves this state. A reason is needed.
func (w *Workspace) WithdrawSource(ctx context.Context, actor Actor, project, id, reason string) (Withdrawal, error) {
	return w.withdraw(ctx, actor, project, reason, func(c *call, r *withdrawing) error {
		s, err := c.Tx.Source(project, id)
		if err != nil {
			return err
		}
		if s.Withdrawn() {
			return errWithdrawnAlready()
		}
		s.WithdrawnAt, s.WithdrawnWhy = c.Now(), r.reason
		if err := c.UpdateSource(&s); err != nil {
			return err
		}
		r.Source = s
		if err := r.all(c, func(v studio.Concept) bool { return slices.Contains(v.SourceIDs, id) }); err != nil {
			return err
		}
		return c.note(Changed, "source.withdraw", id, r.detail())
	})
}

// WithdrawConcept takes a concept, its later versions and every picture drawn
// with any of them out of use, as WithdrawSource does.
func (w *Workspace) WithdrawConcept(ctx context.Context, actor Actor, project, id, reason string) (Withdrawal, error) {
	return w.withdraw(ctx, actor, project, reason, func(c *call, r *withdrawing) error {
		v, err := c.Tx.Concept(project, id)
		if err != nil {
			return err
		}
		if v.State == studio.ConceptWithdrawn {
			return errWithdrawnAlready()
		}
		return r.all(c, func(v studio.Concept) bool { return v.ID == id })
	})
}

// WithdrawPicture takes one picture out of use, whatever its state.
func (w *Workspace) WithdrawPicture(ctx context.Context, actor Actor, project, id, reason string) (p studio.Picture, err error) {
	_, err = w.withdraw(ctx, actor, project, reason, func(c *call, r *withdrawing) error {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		if p.State == studio.PictureWithdrawn {
			return errWithdrawnAlready()
		}
		if p, err = r.picture(c, p); err != nil {
			return err
		}
		return r.traces(c)
	})
	return p, err
}

func errWithdrawnAlready() error {
	return studio.Errorf(studio.Conflict, "this was withdrawn already", "すでに使用が取り消されています。")
}

// withdrawing is a withdrawal under way.
type withdrawing struct {
	Withdrawal
	reason   string
	concepts map[string]bool // ids
	pictures map[string]bool
}

func (w *Workspace) withdraw(ctx context.Context, actor Actor, project, reason string, fn func(*call, *withdrawing) error) (Withdrawal, error) {
	var done Withdrawal
	err := w.update(ctx, actor, project, mayWithdraw, func(c *call) error {
		r := withdrawing{reason: strings.TrimSpace(reason), concepts: map[string]bool{}, pictures: map[string]bool{}}
		if r.reason == "" {
			return invalid("reason", "say why; it is shown wherever this was used", "理由を入力してください。関係するすべての場所に表示されます。")
		}
		if err := fn(c, &r); err != nil {
			return err
		}
		done = r.Withdrawal
		return nil
	})
	return done, err
}

// all withdraws the concepts that first picks and whatever stems from them.
func (r *withdrawing) all(c *call, first func(studio.Concept) bool) error {
	concepts, err := c.allConcepts()
	if err != nil {
		return err
	}
	r.stemming(concepts, first)
	for _, v := range concepts {
		if !r.concepts[v.ID] {
			continue
		}
		if err := r.concept(c, v); err != nil {
			return err
		}
	}
	return r.traces(c)
}

// allConcepts returns a project's concepts, the oldest first.
func (c *call) allConcepts() ([]studio.Concept, error) {
	var all []studio.Concept
	list := func(p studio.Page) (studio.List[studio.Concept], error) {
		return c.ListConcepts(c.project.ID, studio.ConceptFilter{}, p)
	}
	for v, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	slices.Reverse(all)
	return all, nil
}

// stemming marks what first picks and, until nothing is added, the versions that
// came from what is marked.
func (r *withdrawing) stemming(concepts []studio.Concept, first func(studio.Concept) bool) {
	for added := true; added; {
		added = false
		for _, v := range concepts {
			if !r.concepts[v.ID] && (first(v) || r.concepts[v.ParentID]) {
				r.concepts[v.ID], added = true, true
			}
		}
	}
}

// concept withdraws one concept and the pictures drawn with it.
func (r *withdrawing) concept(c *call, v studio.Concept) error {
	if v.State != studio.ConceptWithdrawn {
		v.State, v.WithdrawnAt, v.WithdrawnWhy = studio.ConceptWithdrawn, c.Now(), r.reason
		if err := c.UpdateConcept(&v); err != nil {
			return err
		}
		r.Concepts = append(r.Concepts, v)
		if err := c.note(Changed, "concept.withdraw", v.ID, fields{"name": v.Name, "version": v.Version, "reason": r.reason}); err != nil {
			return err
		}
	}
	var drawn []studio.Picture
	list := func(p studio.Page) (studio.List[studio.Picture], error) {
		return c.ListPictures(c.project.ID, studio.PictureFilter{ConceptID: v.ID}, p)
	}
	for p, err := range studio.All(list) {
		if err != nil {
			return err
		}
		drawn = append(drawn, p)
	}
	for _, p := range drawn {
		if _, err := r.picture(c, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *withdrawing) picture(c *call, p studio.Picture) (studio.Picture, error) {
	r.pictures[p.ID] = true
	if p.State == studio.PictureWithdrawn {
		return p, nil
	}
	before := p.State
	p.State, p.WithdrawnAt, p.WithdrawnWhy = studio.PictureWithdrawn, c.Now(), r.reason
	if err := c.UpdatePicture(&p); err != nil {
		return p, err
	}
	r.Pictures = append(r.Pictures, p)
	return p, c.note(Changed, "picture.withdraw", p.ID, fields{"before": before, "reason": r.reason})
}

// traces drops what else shows the withdrawn things.
func (r *withdrawing) traces(c *call) error {
	if err := r.jobs(c); err != nil {
		return err
	}
	return r.cases(c)
}

// jobRefs are what the params of any job refer to.
type jobRefs struct {
	ConceptID  string   `json:"concept_id"`
	ConceptIDs []string `json:"concept_ids"`
	ParentID   string   `json:"parent_id"`
	SourceIDs  []string `json:"source_ids"`
	PictureIDs []string `json:"picture_ids"`
}

func refsOf(j studio.Job) (refs jobRefs, err error) {
	if len(j.Params) > 0 {
		err = json.Unmarshal(j.Params, &refs)
	}
	return refs, err
}

func (refs jobRefs) touch(concepts, pictures map[string]bool) bool {
	return concepts[refs.ConceptID] || concepts[refs.ParentID] ||
		slices.ContainsFunc(refs.ConceptIDs, func(id string) bool { return concepts[id] }) ||
		slices.ContainsFunc(refs.PictureIDs, func(id string) bool { return pictures[id] })
}

func (r *withdrawing) jobs(c *call) error {
	touched, err := c.jobsThat(func(_ studio.Job, refs jobRefs) bool { return refs.touch(r.concepts, r.pictures) })
	if err != nil {
		return err
	}
	for _, j := range touched {
		if j.State.Ended() && j.ResultBlob == "" && j.Progress.PreviewBlob == "" {
			continue
		}
		cancelled := !j.State.Ended()
		if cancelled {
			j.State, j.EndedAt, j.Error = studio.JobCancelled, c.Now(), studio.SameWords(r.reason)
		}
		j.ResultBlob, j.Progress.PreviewBlob = "", ""
		if err := c.UpdateJob(&j); err != nil {
			return err
		}
		r.Jobs = append(r.Jobs, j)
		action := "job.drop_files"
		if cancelled {
			action = "job.cancel"
		}
		if err := c.note(Changed, action, j.ID, fields{"reason": r.reason}); err != nil {
			return err
		}
	}
	return nil
}

// jobsThat returns the project's jobs that pick chooses.
func (c *call) jobsThat(pick func(studio.Job, jobRefs) bool) ([]studio.Job, error) {
	var picked []studio.Job
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return c.ListJobs(c.project.ID, studio.JobFilter{}, p)
	}
	for j, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		refs, err := refsOf(j)
		if err != nil {
			return nil, err
		}
		if pick(j, refs) {
			picked = append(picked, j)
		}
	}
	return picked, nil
}

func (r *withdrawing) cases(c *call) error {
	var touched []studio.Case
	list := func(p studio.Page) (studio.List[studio.Case], error) {
		return c.ListCases(c.project.ID, studio.CaseFilter{}, p)
	}
	for v, err := range studio.All(list) {
		if err != nil {
			return err
		}
		var refs jobRefs // a case keeps its concepts in its settings
		if len(v.Settings) > 0 {
			if err := json.Unmarshal(v.Settings, &refs); err != nil {
				return err
			}
		}
		if v.Blob != "" && (r.pictures[v.PictureID] || refs.touch(r.concepts, nil)) {
			touched = append(touched, v)
		}
	}
	for _, v := range touched {
		v.Blob = ""
		if err := c.Tx.UpdateCase(&v); err != nil {
			return err
		}
		r.Cases = append(r.Cases, v)
		if err := c.note(Changed, "case.drop_picture", v.ID, fields{"reason": r.reason}); err != nil {
			return err
		}
	}
	return nil
}

// detail names everything, for the audit record.
func (r *withdrawing) detail() fields {
	d := fields{
		"name": r.Source.Name, "blob": r.Source.Blob, "reason": r.reason,
		"concept_count": len(r.Concepts), "picture_count": len(r.Pictures),
	}
	var concepts, pictures []string
	for _, v := range r.Concepts[:min(len(r.Concepts), maxNamed)] {
		concepts = append(concepts, v.ID)
	}
	for _, p := range r.Pictures[:min(len(r.Pictures), maxNamed)] {
		pictures = append(pictures, p.ID)
	}
	d["concepts"], d["pictures"] = concepts, pictures
	return d
}
