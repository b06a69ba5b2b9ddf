package workspace

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

// TestWithdrawSource withdraws a source behind two versions, a mixed concept and
// pictures of every state, beside others that have nothing to do with it.
func TestWithdrawSource(t *testing.T) {
	s := setup(t)
	policy := studio.DefaultPolicy()
	policy.FourEyes = true
	bad, fine := s.source(), s.source()
	first := s.concept("", bad.ID)
	later := s.concept(first.ID, fine.ID) // learned from another picture, on from the first
	mixed := s.concept("", fine.ID, bad.ID)
	clean := s.concept("", fine.ID)
	var touched, untouched []string
	for _, concept := range []string{first.ID, later.ID, mixed.ID} {
		touched = append(touched, s.draft(concept).ID, s.published(concept).ID)
	}
	rejected, _, err := s.Decide(s.ctx, s.approver, s.project, s.submitted(first.ID).ID, studio.DecisionReject, "blurred")
	if err != nil {
		t.Fatal(err)
	}
	touched = append(touched, rejected.ID, s.submitted(first.ID).ID, s.approved(mixed.ID).ID)
	untouched = append(untouched, s.published(clean.ID).ID, s.draft().ID)
	kept := must[studio.Case](t)(s.CreateCase(s.ctx, s.creator, s.project, NewCase{PictureID: rejected.ID, Title: "Blurred"}))
	orphan := s.draft(first.ID)
	lost := must[studio.Case](t)(s.CreateCase(s.ctx, s.creator, s.project, NewCase{PictureID: orphan.ID, Title: "Gone"}))
	wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, orphan.ID), "")
	waiting := s.generating(1, later.ID)
	running := s.claim(s.generating(2, mixed.ID))
	touched = append(touched, s.draw(running, 0).ID)
	unlearned, learning := s.learning("", bad.ID)
	export := must[studio.Job](t)(s.Export(s.ctx, s.creator, s.project, ExportRequest{PictureIDs: []string{touched[1]}, Format: "zip"}))
	s.claim(export)
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, export.ID, strings.NewReader("PK")))
	free := s.generating(1, clean.ID)

	wantCode(t, second(s.WithdrawSource(s.ctx, s.approver, s.project, bad.ID, " ")), studio.Invalid)
	done := must[Withdrawal](t)(s.WithdrawSource(s.ctx, s.approver, s.project, bad.ID, "consent revoked"))

	ids := func(got []string) []string { slices.Sort(got); return got }
	var concepts, pictures, cases, jobs []string
	for _, v := range done.Concepts {
		concepts = append(concepts, v.ID)
	}
	for _, p := range done.Pictures {
		pictures = append(pictures, p.ID)
	}
	for _, v := range done.Cases {
		cases = append(cases, v.ID)
	}
	for _, j := range done.Jobs {
		jobs = append(jobs, j.ID)
	}
	for what, c := range map[string][2][]string{
		"concepts": {{first.ID, later.ID, mixed.ID, unlearned.ID}, concepts}, "pictures": {touched, pictures},
		"cases": {{kept.ID, lost.ID}, cases}, "jobs": {{waiting.ID, running.ID, learning.ID, export.ID}, jobs},
	} {
		if diff := cmp.Diff(ids(c[0]), ids(c[1])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	for _, id := range touched {
		p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, id))
		if p.State != studio.PictureWithdrawn || p.WithdrawnWhy != "consent revoked" {
			t.Errorf("a picture is %s: %q", p.State, p.WithdrawnWhy)
		}
		wantCode(t, third(s.read(p.Blob, s.admin)), studio.Forbidden)
		wantCode(t, third(s.read(p.ThumbBlob, s.admin)), studio.Forbidden)
	}
	for _, id := range untouched {
		if p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, id)); p.State == studio.PictureWithdrawn {
			t.Errorf("a picture that has nothing to do with it was withdrawn")
		}
	}
	// Nothing can be made of it any more, and what ran has stopped.
	wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "<mug>", ConceptIDs: []string{later.ID}})), studio.Forbidden)
	wantCode(t, third(s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "N", Placeholder: "<n>", SourceIDs: []string{bad.ID}})), studio.Forbidden)
	wantCode(t, second(s.PictureDrawn(s.ctx, s.project, running.ID, Drawn{Index: 1, PNG: s.png()})), studio.Conflict)
	wantCode(t, second(s.RetryJob(s.ctx, s.creator, s.project, running.ID)), studio.Forbidden)
	wantCode(t, second(s.RetryJob(s.ctx, s.creator, s.project, learning.ID)), studio.Forbidden)
	wantCode(t, second(s.give(must[[]byte](t)(s.blob(bad.Blob)), "again.png")), studio.Forbidden)
	if j := must[studio.Job](t)(s.Job(s.ctx, s.viewer, s.project, export.ID)); j.ResultBlob != "" || j.State != studio.JobDone {
		t.Errorf("the archive is still there: %+v", j)
	}
	wantCode(t, second(s.ClaimJob(s.ctx, s.project, free.ID)), "")
	wantCode(t, second(s.WithdrawSource(s.ctx, s.approver, s.project, bad.ID, "again")), studio.Conflict)

	entries := must[studio.List[studio.AuditEntry]](t)(s.Audit(s.ctx, s.admin, studio.AuditFilter{ProjectID: s.project, Action: "source.withdraw"}, studio.Page{}))
	if len(entries.Items) != 1 || !strings.Contains(string(entries.Items[0].Detail), later.ID) || !strings.Contains(string(entries.Items[0].Detail), touched[0]) {
		t.Errorf("audit: %+v", entries.Items)
	}
	s.verify()
}

func (s *scene) blob(name string) ([]byte, error) { return s.files.Get(s.ctx, name, 1<<20) }

func TestWithdrawConceptAndPicture(t *testing.T) {
	s := setup(t)
	parent := s.concept("")
	child := s.concept(parent.ID)
	drawn := s.approved(child.ID)
	done := must[Withdrawal](t)(s.WithdrawConcept(s.ctx, s.approver, s.project, child.ID, "looks wrong"))
	if len(done.Concepts) != 1 || len(done.Pictures) != 1 || done.Pictures[0].ID != drawn.ID {
		t.Errorf("%d concepts and %d pictures", len(done.Concepts), len(done.Pictures))
	}
	wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "<mug>", ConceptIDs: []string{parent.ID}})), "")
	wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, drawn.ID)), studio.Conflict)
	p := s.published(parent.ID)
	wantCode(t, second(s.WithdrawPicture(s.ctx, s.approver, s.project, p.ID, "complaint")), "")
	wantCode(t, second(s.WithdrawPicture(s.ctx, s.approver, s.project, p.ID, "complaint")), studio.Conflict)
	wantCode(t, second(s.WithdrawConcept(s.ctx, s.approver, s.project, child.ID, "again")), studio.Conflict)
}
