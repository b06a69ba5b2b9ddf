package workspace

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func TestPictureIsDrawnOnce(t *testing.T) {
	s := setup(t)
	j := s.generating(2)
	wantCode(t, second(s.PictureDrawn(s.ctx, s.project, j.ID, Drawn{PNG: s.png()})), studio.Conflict) // not claimed
	s.claim(j)
	first := s.draw(j, 0)
	wantCode(t, second(s.FinishJob(s.ctx, s.project, j.ID, nil)), studio.Conflict) // one is missing

	abandoned := must[[]studio.Job](t)(s.AbandonedJobs(s.ctx)) // the program was killed
	if len(abandoned) != 1 || abandoned[0].ID != j.ID || abandoned[0].State != studio.JobQueued {
		t.Fatalf("abandoned: %+v", abandoned)
	}
	if j = s.claim(j); j.Attempt != 2 {
		t.Errorf("attempt %d", j.Attempt)
	}
	if again := s.draw(j, 0); again.ID != first.ID || again.Blob != first.Blob {
		t.Errorf("drawn twice: %s and %s", first.ID, again.ID)
	}
	s.draw(j, 1)
	done := must[studio.Job](t)(s.FinishJob(s.ctx, s.project, j.ID, nil))
	if done.State != studio.JobDone || done.EndedAt.IsZero() {
		t.Errorf("%+v", done)
	}
	wantCode(t, second(s.FinishJob(s.ctx, s.project, j.ID, nil)), "")
	wantCode(t, second(s.ClaimJob(s.ctx, s.project, j.ID)), studio.Conflict)
	if list := must[studio.List[studio.Picture]](t)(s.Pictures(s.ctx, s.viewer, s.project, studio.PictureFilter{JobID: j.ID}, studio.Page{})); len(list.Items) != 2 {
		t.Errorf("%d pictures", len(list.Items))
	}
	s.verify()
}

func TestDeletedPictureIsNotDrawnAgain(t *testing.T) {
	s := setup(t)
	j := s.claim(s.generating(1))
	p := s.draw(j, 0)
	wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, p.ID), "")
	if again := s.draw(j, 0); again.ID != p.ID {
		t.Error("it came back")
	}
	wantCode(t, second(s.FinishJob(s.ctx, s.project, j.ID, nil)), "")
}

func TestBadHandIns(t *testing.T) {
	s := setup(t)
	j := s.claim(s.generating(1))
	wantCode(t, second(s.PictureDrawn(s.ctx, s.project, j.ID, Drawn{Index: 1, PNG: s.png()})), studio.Invalid)
	wantCode(t, second(s.PictureDrawn(s.ctx, s.project, j.ID, Drawn{PNG: []byte("text")})), studio.Invalid)
	wantCode(t, second(s.PictureDrawn(s.ctx, s.newProject(), j.ID, Drawn{PNG: s.png()})), studio.NotFound)
	wantCode(t, second(s.ConceptLearned(s.ctx, s.project, j.ID, Learned{})), studio.Internal)
}

func TestConceptIsLearnedOnce(t *testing.T) {
	s := setup(t)
	v, j := s.learning("")
	s.claim(j)
	hand := func(content string) studio.Concept {
		return must[studio.Concept](t)(s.ConceptLearned(s.ctx, s.project, j.ID, Learned{Concept: bytes.NewReader([]byte(content)), Method: "dual"}))
	}
	first := hand("one")
	if first.ID != v.ID || first.State != studio.ConceptReady {
		t.Errorf("%+v", first)
	}
	must[[]studio.Job](t)(s.AbandonedJobs(s.ctx)) // killed before FinishJob
	s.claim(j)
	if again := hand("two"); again.Blob != first.Blob {
		t.Error("a version's file has changed")
	}
	wantCode(t, second(s.FinishJob(s.ctx, s.project, j.ID, nil)), "")
}

func TestFailedAndCancelledJobs(t *testing.T) {
	s := setup(t)
	state := func(v studio.Concept) studio.ConceptState {
		return must[studio.Concept](t)(s.Concept(s.ctx, s.viewer, s.project, v.ID)).State
	}
	v, j := s.learning("")
	s.claim(j)
	must[studio.Job](t)(s.FailJob(s.ctx, s.project, j.ID, studio.Words{English: "no\n device", Japanese: "装置がありません。"}))
	wantCode(t, second(s.FailJob(s.ctx, s.project, j.ID, studio.SameWords("again"))), "")
	if state(v) != studio.ConceptFailed {
		t.Errorf("concept is %s", state(v))
	}
	must[studio.Job](t)(s.RetryJob(s.ctx, s.creator, s.project, j.ID))
	if state(v) != studio.ConceptLearning {
		t.Errorf("concept is %s", state(v))
	}
	s.claim(j)
	if stop := must[bool](t)(s.Cancelled(s.ctx, s.project, j.ID)); stop {
		t.Error("a running job counts as cancelled")
	}
	must[studio.Job](t)(s.CancelJob(s.ctx, s.creator, s.project, j.ID))
	if stop := must[bool](t)(s.Cancelled(s.ctx, s.project, j.ID)); !stop {
		t.Error("a cancelled job goes on")
	}
	wantCode(t, second(s.CancelJob(s.ctx, s.creator, s.project, j.ID)), studio.Conflict)
	wantCode(t, s.JobProgress(s.ctx, s.project, j.ID, studio.Progress{Step: 1}), studio.Conflict)
	wantCode(t, second(s.ConceptLearned(s.ctx, s.project, j.ID, Learned{Concept: bytes.NewReader(nil)})), studio.Conflict)
	if stop := must[bool](t)(s.Cancelled(s.ctx, s.project, s.NewID())); !stop {
		t.Error("a job that is gone goes on")
	}
}

func TestClaimRefusesWhatMayNoLongerRun(t *testing.T) {
	s := setup(t)
	source := s.source()
	v := s.concept("", source.ID)
	j := s.generating(1, v.ID)
	expired := good
	expired.Expires = s.clock.Now().Add(time.Hour)
	must[studio.Source](t)(s.UpdateRights(s.ctx, s.creator, s.project, source.ID, RightsChange{Rights: expired, Confirmed: true}))
	s.clock.pass(2 * time.Hour)
	wantCode(t, second(s.ClaimJob(s.ctx, s.project, j.ID)), studio.Expired)
	if j = must[studio.Job](t)(s.Job(s.ctx, s.viewer, s.project, j.ID)); j.State != studio.JobFailed || j.Error.English == "" || j.Error.Japanese == "" || j.Error.English == j.Error.Japanese {
		t.Errorf("%+v", j)
	}
}

func TestWaitingJobsAreOldestFirst(t *testing.T) {
	s := setup(t)
	one, two := s.generating(1), s.generating(1)
	waiting := must[[]studio.Job](t)(s.WaitingJobs(s.ctx))
	if len(waiting) != 2 || waiting[0].ID != one.ID || waiting[1].ID != two.ID {
		t.Errorf("%+v", waiting)
	}
	if same := s.claim(s.claim(one)); same.Attempt != 1 {
		t.Errorf("claiming twice makes %d attempts", same.Attempt)
	}
}

func TestPreviewAndProgress(t *testing.T) {
	s := setup(t)
	j := s.claim(s.generating(1))
	blob := must[string](t)(s.JobPreview(s.ctx, s.project, j.ID, s.png()))
	wantCode(t, third(s.read(blob, s.viewer)), studio.NotFound) // nothing refers to it yet
	wantCode(t, s.JobProgress(s.ctx, s.project, j.ID, studio.Progress{Step: 1, Steps: 12, PreviewBlob: blob}), "")
	if _, contentType, err := s.read(blob, s.viewer); err != nil || contentType != "image/jpeg" {
		t.Error(contentType, err)
	}
}

func TestSubscribe(t *testing.T) {
	s := setup(t)
	updates := must[<-chan Update](t)(s.Subscribe(s.ctx, s.viewer, s.project))
	all := s.Updates(t.Context())
	other := s.newProject()
	j := s.generating(1)
	if got, want := <-updates, (Update{s.project, "job", j.ID, Created}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if u := <-all; u.Noun != "project" || u.ProjectID != other {
		t.Errorf("%+v", u)
	}
	wantCode(t, s.RemoveMember(s.ctx, s.admin, s.project, s.viewer.User.ID), "")
	for range updates { // ends because the viewer may no longer see the project
	}
}

func TestSlowReadersDoNotBlock(t *testing.T) {
	s := setup(t)
	listener := s.hub.listen(s.project)
	defer s.hub.leave(listener)
	for range waiting + 10 {
		s.hub.publish([]Update{{ProjectID: s.project}})
	}
	if len(listener) != waiting {
		t.Errorf("%d updates wait", len(listener))
	}
	s.hub.leave(listener)
	if len(s.hub.listeners) != 0 {
		t.Error("somebody still listens")
	}
}

func TestNothingIsToldOfWhatWasRolledBack(t *testing.T) {
	s := setup(t)
	listener := s.hub.listen("")
	_ = s.update(s.ctx, s.creator, s.project, mayCreate, func(c *call) error {
		if err := c.note(Created, "picture.draw", s.NewID(), nil); err != nil {
			return err
		}
		return errors.New("no")
	})
	if len(listener) != 0 {
		t.Error("an update of what did not happen")
	}
}
