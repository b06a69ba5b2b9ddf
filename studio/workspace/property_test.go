package workspace

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/studio"
)

// world is a scene in which anybody does anything, and what an observer who sees
// only answers and the store knows.
type world struct {
	*scene
	t       *rapid.T
	actors  []Actor
	project string
}

// TestRandomUse lets random actors run random use cases on random things, and
// asks after each whether what has to hold still does.
func TestRandomUse(t *testing.T) {
	s := setup(t)
	everybody := []Actor{s.viewer, s.creator, s.approver, s.admin, s.root, s.user(false), s.root, s.admin, s.approver}
	rapid.Check(t, func(t *rapid.T) {
		w := &world{scene: s, t: t, project: s.newProject()}
		for i, role := range studio.Roles() {
			s.join(everybody[i], w.project, role)
		}
		w.actors = everybody
		policy := studio.DefaultPolicy()
		policy.FourEyes = rapid.Bool().Draw(t, "four eyes")
		policy.Watermark = false // its pictures are too small
		must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
		w.begin()
		t.Repeat(map[string]func(*rapid.T){
			"source": w.doSource, "learn": w.doLearn, "draw": w.doDraw, "hand in": w.doHandIn, "submit": w.doSubmit, "decide": w.doDecide,
			"publish": w.doPublish, "withdraw": w.doWithdraw, "fail": w.doFail, "case": w.doCase, "delete": w.doDelete,
			"": func(t *rapid.T) { w.hold(t, policy.FourEyes) },
		})
		if _, err := s.VerifyAudit(s.ctx, s.System()); err != nil {
			t.Fatal(err)
		}
	})
}

// begin makes something to work on: a concept, a later version of it from another
// picture, and three pictures with each.
func (w *world) begin() {
	var parent string
	for range 2 {
		v := must[studio.Source](w.t)(w.AddSource(w.ctx, w.root, w.project, NewSource{Name: "a.png", File: bytes.NewReader(w.png()), Rights: good, Confirmed: true}))
		concept, j, err := w.LearnConcept(w.ctx, w.root, w.project, LearnRequest{Name: "c", Placeholder: "<c>", SourceIDs: []string{v.ID}, ParentID: parent})
		if err != nil {
			w.t.Fatal(err)
		}
		parent = w.learn(j).ID
		r := GenerateRequest{Prompt: "<c> here", Count: 3, ConceptIDs: []string{concept.ID}}
		j = w.claim(must[studio.Job](w.t)(w.Generate(w.ctx, w.root, w.project, r)))
		for i := range 3 {
			must[studio.Picture](w.t)(w.PictureDrawn(w.ctx, w.project, j.ID, Drawn{Index: i, PNG: w.png(), Prompt: fmt.Sprint("<c> ", i)}))
		}
		must[studio.Job](w.t)(w.FinishJob(w.ctx, w.project, j.ID, nil))
	}
}

func (w *world) who(t *rapid.T) Actor { return rapid.SampledFrom(w.actors).Draw(t, "actor") }

// one draws one of a list of ids, or now and then one that is none.
func one(t *rapid.T, what string, ids []string) string {
	if len(ids) == 0 || rapid.IntRange(0, 19).Draw(t, "no "+what) == 19 {
		return "00000000-0000-7000-8000-000000000000"
	}
	return rapid.SampledFrom(ids).Draw(t, what)
}

func all[T any](w *world, list func(studio.Page) (studio.List[T], error)) []T {
	var items []T
	for v, err := range studio.All(list) {
		if err != nil {
			w.t.Fatal(err)
		}
		items = append(items, v)
	}
	slices.Reverse(items)
	return items
}

func (w *world) allSources() []studio.Source {
	return all(w, func(p studio.Page) (studio.List[studio.Source], error) {
		return w.Sources(w.ctx, w.root, w.project, studio.SourceFilter{}, p)
	})
}

func (w *world) allConcepts() []studio.Concept {
	return all(w, func(p studio.Page) (studio.List[studio.Concept], error) {
		return w.Concepts(w.ctx, w.root, w.project, studio.ConceptFilter{}, p)
	})
}

func (w *world) allPictures() []studio.Picture {
	return all(w, func(p studio.Page) (studio.List[studio.Picture], error) {
		return w.Pictures(w.ctx, w.root, w.project, studio.PictureFilter{}, p)
	})
}

func ids[T any](items []T, id func(T) string) []string {
	list := make([]string, len(items))
	for i, v := range items {
		list[i] = id(v)
	}
	return list
}

// aPicture draws one in the states where something can be done, where there are
// any, or sometimes any at all.
func (w *world) aPicture(t *rapid.T, states ...studio.PictureState) string {
	all := w.allPictures()
	some := slices.DeleteFunc(slices.Clone(all), func(p studio.Picture) bool { return !slices.Contains(states, p.State) })
	if len(some) > 0 && rapid.IntRange(0, 4).Draw(t, "any") < 4 {
		all = some
	}
	return one(t, "picture", ids(all, func(p studio.Picture) string { return p.ID }))
}

func (w *world) allJobs() []studio.Job {
	return all(w, func(p studio.Page) (studio.List[studio.Job], error) {
		return w.Jobs(w.ctx, w.root, w.project, studio.JobFilter{}, p)
	})
}

// fine takes the errors that a person may cause, and no others.
func fine(t *rapid.T, err error) bool {
	if studio.ErrorCode(err) == studio.Internal {
		t.Fatal(err)
	}
	return err == nil
}

func (w *world) doSource(t *rapid.T) {
	_, err := w.AddSource(w.ctx, w.who(t), w.project, NewSource{
		Name: "a.png", File: bytes.NewReader(w.png()), Rights: good, Confirmed: rapid.IntRange(0, 4).Draw(t, "unconfirmed") < 4,
	})
	fine(t, err)
}

func (w *world) doLearn(t *rapid.T) {
	sources := ids(w.allSources(), func(v studio.Source) string { return v.ID })
	concepts := ids(w.allConcepts(), func(v studio.Concept) string { return v.ID })
	r := LearnRequest{Name: fmt.Sprint("c", w.next()), Placeholder: "<c>", SourceIDs: []string{one(t, "source", sources)}}
	if rapid.IntRange(0, 2).Draw(t, "anew") < 2 && len(concepts) > 0 {
		r.ParentID = one(t, "parent", concepts)
	}
	_, j, err := w.LearnConcept(w.ctx, w.who(t), w.project, r)
	if !fine(t, err) || rapid.IntRange(0, 3).Draw(t, "left waiting") == 0 {
		return
	}
	if _, err := w.ClaimJob(w.ctx, w.project, j.ID); !fine(t, err) {
		return
	}
	_, err = w.ConceptLearned(w.ctx, w.project, j.ID, Learned{Concept: bytes.NewReader([]byte(j.ID)), Preview: w.png()})
	fine(t, err)
	_, err = w.FinishJob(w.ctx, w.project, j.ID, nil)
	fine(t, err)
}

func (w *world) doDraw(t *rapid.T) {
	r := GenerateRequest{Prompt: "<c> here", Count: rapid.IntRange(1, 2).Draw(t, "count"), ConceptIDs: []string{one(t, "concept", ids(w.allConcepts(), func(v studio.Concept) string { return v.ID }))}}
	j, err := w.Generate(w.ctx, w.who(t), w.project, r)
	if !fine(t, err) {
		return
	}
	if _, err := w.ClaimJob(w.ctx, w.project, j.ID); fine(t, err) && rapid.Bool().Draw(t, "at once") {
		w.handIn(t, j.ID)
	}
}

// doHandIn is a worker that has not heard what happened to its job meanwhile.
func (w *world) doHandIn(t *rapid.T) {
	jobs := slices.DeleteFunc(w.allJobs(), func(j studio.Job) bool { return j.Kind != studio.JobGenerate })
	id := one(t, "job", ids(jobs, func(j studio.Job) string { return j.ID }))
	if _, err := w.ClaimJob(w.ctx, w.project, id); !fine(t, err) && rapid.Bool().Draw(t, "give up") {
		return
	}
	w.handIn(t, id)
}

func (w *world) handIn(t *rapid.T, job string) {
	for _, index := range rapid.SliceOfN(rapid.IntRange(0, 2), 0, 4).Draw(t, "hand-ins") {
		_, err := w.PictureDrawn(w.ctx, w.project, job, Drawn{Index: index, PNG: w.png(), Prompt: fmt.Sprint("<c> ", index)})
		fine(t, err)
	}
	_, err := w.FinishJob(w.ctx, w.project, job, nil)
	fine(t, err)
}

func (w *world) doSubmit(t *rapid.T) {
	_, err := w.Submit(w.ctx, w.who(t), w.project, w.aPicture(t, studio.PictureDraft, studio.PictureChangeRequested))
	fine(t, err)
}

func (w *world) doDecide(t *rapid.T) {
	decision := rapid.SampledFrom([]studio.Decision{studio.DecisionApprove, studio.DecisionApprove, studio.DecisionReject, studio.DecisionRequestChange}).Draw(t, "decision")
	_, _, err := w.Decide(w.ctx, w.who(t), w.project, w.aPicture(t, studio.PictureSubmitted), decision, "because")
	fine(t, err)
}

func (w *world) doPublish(t *rapid.T) {
	id, who := w.aPicture(t, studio.PictureApproved), w.who(t)
	var err error
	switch rapid.IntRange(0, 3).Draw(t, "way") {
	case 0:
		_, err = w.Unpublish(w.ctx, who, w.project, id, "because")
	case 1:
		_, err = w.TakeBack(w.ctx, who, w.project, id)
	default:
		_, err = w.Publish(w.ctx, who, w.project, id)
	}
	fine(t, err)
}

func (w *world) doWithdraw(t *rapid.T) {
	if rapid.Bool().Draw(t, "not now") {
		return
	}
	source := one(t, "source", ids(w.allSources(), func(v studio.Source) string { return v.ID }))
	_, err := w.WithdrawSource(w.ctx, w.who(t), w.project, source, "revoked")
	fine(t, err)
}

func (w *world) doFail(t *rapid.T) {
	id := one(t, "job", ids(w.allJobs(), func(v studio.Job) string { return v.ID }))
	var err error
	switch rapid.IntRange(0, 2).Draw(t, "way") {
	case 0:
		_, err = w.CancelJob(w.ctx, w.who(t), w.project, id)
	case 1:
		_, err = w.RetryJob(w.ctx, w.who(t), w.project, id)
	default:
		_, err = w.AbandonedJobs(w.ctx)
	}
	fine(t, err)
}

func (w *world) doCase(t *rapid.T) {
	_, err := w.CreateCase(w.ctx, w.who(t), w.project, NewCase{PictureID: w.aPicture(t), Title: "T"})
	fine(t, err)
}

func (w *world) doDelete(t *rapid.T) {
	fine(t, w.DeletePicture(w.ctx, w.who(t), w.project, w.aPicture(t)))
}

// hold looks at the store alone.
func (w *world) hold(t *rapid.T, fourEyes bool) {
	tainted := map[string]bool{} // concepts that stem from a withdrawn source
	gone := map[string]bool{}
	for _, v := range w.allSources() {
		gone[v.ID] = v.Withdrawn()
	}
	for _, v := range w.allConcepts() { // the oldest first
		tainted[v.ID] = tainted[v.ParentID] || slices.ContainsFunc(v.SourceIDs, func(id string) bool { return gone[id] })
		if tainted[v.ID] && v.State != studio.ConceptWithdrawn {
			t.Fatalf("a concept of a withdrawn source is %s", v.State)
		}
	}
	drawn := map[string]int{} // by job and prompt, which has the index
	for _, p := range w.allPictures() {
		drawn[p.JobID+p.Prompt]++
		if p.State != studio.PictureWithdrawn && slices.ContainsFunc(p.ConceptIDs, func(id string) bool { return tainted[id] }) {
			t.Fatalf("a picture of a withdrawn source is %s", p.State)
		}
		if p.State == studio.PicturePublished || p.State == studio.PictureApproved {
			w.wasApproved(t, p, fourEyes)
		}
	}
	for shot, n := range drawn {
		if n > 1 {
			t.Fatalf("%s was drawn %d times", shot, n)
		}
	}
	w.casesHold(t, tainted)
}

func (w *world) wasApproved(t *rapid.T, p studio.Picture, fourEyes bool) {
	reviews, err := w.PictureReviews(w.ctx, w.root, w.project, p.ID, studio.Page{})
	if err != nil || len(reviews.Items) == 0 || reviews.Items[0].Decision != studio.DecisionApprove {
		t.Fatalf("a %s picture has no approval: %+v, %v", p.State, reviews.Items, err)
	}
	by := reviews.Items[0].By
	if _, role, err := w.Project(w.ctx, Actor{User: studio.User{ID: by}}, w.project); err != nil || !role.CanReview() {
		t.Fatalf("approved by somebody who is %q, %v", role, err)
	}
	if fourEyes && by == p.SubmittedBy {
		t.Fatal("approved by whoever submitted it")
	}
}

func (w *world) casesHold(t *rapid.T, tainted map[string]bool) {
	cases := all(w, func(p studio.Page) (studio.List[studio.Case], error) {
		return w.Cases(w.ctx, w.root, w.project, studio.CaseFilter{}, p)
	})
	for _, v := range cases {
		for id := range tainted {
			if tainted[id] && v.Blob != "" && bytes.Contains(v.Settings, []byte(id)) {
				t.Fatal("a case shows a picture of a withdrawn source")
			}
		}
	}
}
