package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// testWalks goes through every kind of list in pages of one: each of three
// entries comes once.
func testWalks(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.project.ID
	for i, digit := range []string{"a", "b", "c"} {
		b.newSource(p)
		b.newConcept(p, i+1)
		b.newTemplate(p)
		b.newJob(p)
		picture := b.newPicture(p, nil)
		b.write(func(tx studio.Tx) error { return b.fill(tx, picture, digit) })
	}
	b.read(func(tx studio.Tx) error {
		walk(t, "users", 4, func(q studio.Page) (studio.List[studio.User], error) { return tx.ListUsers(studio.UserFilter{}, q) })
		walk(t, "projects", 5, func(q studio.Page) (studio.List[studio.Project], error) {
			return tx.ListProjects(studio.ProjectFilter{}, q)
		})
		walk(t, "members", 3, func(q studio.Page) (studio.List[studio.Member], error) { return tx.ListMembers(p, q) })
		walk(t, "memberships", 3, func(q studio.Page) (studio.List[studio.Member], error) { return tx.ListMemberships(b.user.ID, q) })
		walk(t, "sessions", 3, func(q studio.Page) (studio.List[studio.Session], error) { return tx.ListSessions(b.user.ID, q) })
		walk(t, "tokens", 3, func(q studio.Page) (studio.List[studio.Token], error) { return tx.ListTokens(b.user.ID, q) })
		walk(t, "invitations", 3, func(q studio.Page) (studio.List[studio.Invitation], error) { return tx.ListInvitations(p, q) })
		b.walkThings(tx)
		return nil
	})
}

// fill makes one of each noun that the other helpers do not.
func (b *bench) fill(tx studio.Tx, picture studio.Picture, digit string) error {
	p, soon := b.project.ID, b.now.Add(time.Hour)
	u := studio.User{Email: digit + "@example.com", Name: digit, Language: studio.LanguageEnglish}
	more := studio.Project{Name: digit}
	if err := first(tx.CreateUser(&u), tx.CreateProject(&more)); err != nil {
		return err
	}
	return first(
		tx.CreateMember(&studio.Member{ProjectID: p, UserID: u.ID, Role: studio.RoleViewer}),
		tx.CreateMember(&studio.Member{ProjectID: more.ID, UserID: b.user.ID, Role: studio.RoleViewer}),
		tx.CreateSession(&studio.Session{UserID: b.user.ID, Hash: blob(digit), ExpiresAt: soon}),
		tx.CreateToken(&studio.Token{UserID: b.user.ID, Name: digit, Hash: blob(digit), Scopes: studio.Scopes()}),
		tx.CreateInvitation(&studio.Invitation{Kind: studio.InvitationMember, Hash: blob(digit), ProjectID: p, Role: studio.RoleViewer, ExpiresAt: soon}),
		tx.CreateReview(&studio.Review{ProjectID: p, PictureID: picture.ID, By: b.user.ID, Decision: studio.DecisionApprove}),
		tx.CreateCase(&studio.Case{ProjectID: p, Title: digit}),
		tx.CreateTrial(&studio.Trial{ProjectID: p, Name: digit, PerPrompt: 1, Baseline: studio.TrialBaseline{Currency: studio.DefaultCurrency}, Assumptions: studio.DefaultTrialAssumptions()}),
		tx.CreateWebhook(&studio.Webhook{ProjectID: p, URL: "https://a.example/", Secret: strings.Repeat(digit, 32), Events: studio.Events()}),
		tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: digit}),
	)
}

func (b *bench) walkThings(tx studio.Tx) {
	t, p := b.t, b.project.ID
	walk(t, "sources", 3, func(q studio.Page) (studio.List[studio.Source], error) {
		return tx.ListSources(p, studio.SourceFilter{}, q)
	})
	walk(t, "concepts", 3, func(q studio.Page) (studio.List[studio.Concept], error) {
		return tx.ListConcepts(p, studio.ConceptFilter{}, q)
	})
	walk(t, "templates", 3, func(q studio.Page) (studio.List[studio.Template], error) {
		return tx.ListTemplates(p, studio.TemplateFilter{}, q)
	})
	walk(t, "jobs", 3, func(q studio.Page) (studio.List[studio.Job], error) { return tx.ListJobs(p, studio.JobFilter{}, q) })
	walk(t, "all jobs", 3, func(q studio.Page) (studio.List[studio.Job], error) { return tx.ListAllJobs(studio.JobFilter{}, q) })
	walk(t, "pictures", 3, func(q studio.Page) (studio.List[studio.Picture], error) {
		return tx.ListPictures(p, studio.PictureFilter{}, q)
	})
	walk(t, "reviews", 3, func(q studio.Page) (studio.List[studio.Review], error) {
		return tx.ListReviews(p, studio.ReviewFilter{}, q)
	})
	walk(t, "cases", 3, func(q studio.Page) (studio.List[studio.Case], error) { return tx.ListCases(p, studio.CaseFilter{}, q) })
	walk(t, "trials", 3, func(q studio.Page) (studio.List[studio.Trial], error) {
		return tx.ListTrials(p, studio.TrialFilter{}, q)
	})
	walk(t, "webhooks", 3, func(q studio.Page) (studio.List[studio.Webhook], error) { return tx.ListWebhooks(p, q) })
	walk(t, "audit", 3, func(q studio.Page) (studio.List[studio.AuditEntry], error) {
		return tx.ListAudit(studio.AuditFilter{}, q)
	})
}

// walk counts pages of one, and stops where they do not end.
func walk[T any](t *testing.T, of string, want int, list func(studio.Page) (studio.List[T], error)) {
	t.Helper()
	n := 0
	for q := (studio.Page{Limit: 1}); n <= want; n++ {
		part, err := list(q)
		if err != nil || len(part.Items) != 1 {
			t.Errorf("%s: page %d has %d entries, %v", of, n+1, len(part.Items), err)
			return
		}
		if q.After != "" && q.After == part.Next {
			t.Errorf("%s: page %d is the one before", of, n+1)
			return
		}
		if q.After = part.Next; q.After == "" {
			n++
			break
		}
	}
	if n != want {
		t.Errorf("%s: %d pages of one, want %d", of, n, want)
	}
}
