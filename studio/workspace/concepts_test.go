package workspace

import (
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func TestRenameConcept(t *testing.T) {
	s := setup(t)
	parent := s.concept("")
	child := s.concept(parent.ID)
	other := s.concept("")
	read := func(id string) studio.Concept {
		t.Helper()
		return must[studio.Concept](t)(s.Concept(s.ctx, s.viewer, s.project, id))
	}
	t.Run("OK", func(t *testing.T) {
		v := must[studio.Concept](t)(s.RenameConcept(s.ctx, s.creator, s.project, child.ID, child.Revision, "  Travel\n mug "))
		if v.Name != "Travel mug" || v.ID != child.ID || v.Revision != child.Revision+1 || v.Placeholder != child.Placeholder {
			t.Errorf("%+v", v)
		}
		if p := read(parent.ID); p.Name != "Travel mug" || p.Version != 1 {
			t.Errorf("the first version is %+v", p)
		}
		if next := s.concept(child.ID); next.Version != 3 || next.Name != "Travel mug" {
			t.Errorf("the next version is %+v", next)
		}
		entries, err := s.Audit(s.ctx, s.admin, studio.AuditFilter{ProjectID: s.project, Action: "concept.rename"}, studio.Page{})
		if err != nil || len(entries.Items) != 2 || !strings.Contains(string(entries.Items[0].Detail), parent.Name) {
			t.Errorf("%+v %v", entries.Items, err)
		}
	})
	t.Run("OKSame", func(t *testing.T) {
		if v := must[studio.Concept](t)(s.RenameConcept(s.ctx, s.creator, s.project, other.ID, 0, other.Name)); v.Revision != other.Revision {
			t.Errorf("%+v", v)
		}
	})
	for name, c := range map[string]struct {
		id, name string
		revision int64
		want     studio.Code
	}{
		"Taken":   {other.ID, "Travel mug", 0, studio.Conflict},
		"Stale":   {child.ID, "Beaker", child.Revision, studio.Conflict},
		"Empty":   {other.ID, " \n", 0, studio.Invalid},
		"Unknown": {s.NewID(), "Beaker", 0, studio.NotFound},
	} {
		t.Run("Err"+name, func(t *testing.T) {
			wantCode(t, second(s.RenameConcept(s.ctx, s.creator, s.project, c.id, c.revision, c.name)), c.want)
		})
	}
	t.Run("ErrWithdrawn", func(t *testing.T) {
		must[Withdrawal](t)(s.WithdrawConcept(s.ctx, s.approver, s.project, other.ID, "bad"))
		wantCode(t, second(s.RenameConcept(s.ctx, s.creator, s.project, other.ID, 0, "Beaker")), studio.Conflict)
	})
	s.verify()
}
