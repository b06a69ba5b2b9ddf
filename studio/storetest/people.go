package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func testProjects(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.project
	if !studio.ValidID(p.ID) || p.Revision != 1 || p.CreatedAt != b.now || p.UpdatedAt != b.now {
		t.Errorf("a new project is %+v", p)
	}
	reread(b, p, func(tx studio.Tx) (studio.Project, error) { return tx.Project(p.ID) })
	b.now = b.now.Add(time.Hour)
	p.Name, p.Description, p.ArchivedAt = "夏", "海", b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateProject(&p) })
	if p.Revision != 2 || p.UpdatedAt != b.now {
		t.Errorf("a changed project has revision %d of %v", p.Revision, p.UpdatedAt)
	}
	reread(b, p, func(tx studio.Tx) (studio.Project, error) { return tx.Project(p.ID) })
	b.write(func(tx studio.Tx) error {
		return tx.CreateMember(&studio.Member{ProjectID: p.ID, UserID: b.user.ID, Role: studio.RoleAdmin})
	})
	for _, c := range []struct {
		filter studio.ProjectFilter
		want   []string
	}{
		{studio.ProjectFilter{}, []string{b.other.ID, p.ID}},
		{studio.ProjectFilter{Text: "AUT"}, []string{b.other.ID}},
		{studio.ProjectFilter{Archived: ptr(true)}, []string{p.ID}},
		{studio.ProjectFilter{Archived: ptr(false)}, []string{b.other.ID}},
		{studio.ProjectFilter{UserID: b.user.ID}, []string{p.ID}},
	} {
		b.read(func(tx studio.Tx) error {
			list, err := tx.ListProjects(c.filter, studio.Page{})
			same(t, ids(list, func(p studio.Project) string { return p.ID }), c.want)
			return err
		})
	}
	b.refuse(studio.Invalid, func(tx studio.Tx) error { return tx.CreateProject(&studio.Project{}) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Project(b.user.ID); return err })
	b.refuse(studio.NotFound, func(tx studio.Tx) error {
		return tx.UpdateProject(&studio.Project{ID: b.user.ID, Name: "x", Revision: 1})
	})
}

func testUsers(t *testing.T, open Open) {
	b := setup(t, open)
	u := b.user
	u.Admin, u.PasswordHash, u.GuidelineVersion, u.GuidelineAcceptedAt, u.DisabledAt = true, "$argon2id$x", 2, b.now, b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateUser(&u) })
	reread(b, u, func(tx studio.Tx) (studio.User, error) { return tx.User(u.ID) })
	reread(b, u, func(tx studio.Tx) (studio.User, error) { return tx.UserByEmail(" Hanako@Example.com") })
	b.refuse(studio.Conflict, func(tx studio.Tx) error {
		return tx.CreateUser(&studio.User{Email: u.Email, Name: "x", Language: "en"})
	})
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.UserByEmail("no@example.com"); return err })
	for _, c := range []struct {
		filter studio.UserFilter
		want   int
	}{
		{studio.UserFilter{}, 1}, {studio.UserFilter{Text: "花"}, 1}, {studio.UserFilter{Text: "EXAMPLE"}, 1},
		{studio.UserFilter{Text: "太郎"}, 0}, {studio.UserFilter{Admin: ptr(false)}, 0},
		{studio.UserFilter{Admin: ptr(true), Disabled: ptr(true)}, 1}, {studio.UserFilter{Disabled: ptr(false)}, 0},
	} {
		b.read(func(tx studio.Tx) error {
			list, err := tx.ListUsers(c.filter, studio.Page{})
			same(t, len(list.Items), c.want)
			return err
		})
	}
}

func testMembers(t *testing.T, open Open) {
	b := setup(t, open)
	m := studio.Member{ProjectID: b.project.ID, UserID: b.user.ID, Role: studio.RoleCreator}
	b.write(func(tx studio.Tx) error { return tx.CreateMember(&m) })
	get := func(tx studio.Tx) (studio.Member, error) { return tx.Member(m.ProjectID, m.UserID) }
	reread(b, m, get)
	b.refuse(studio.Conflict, func(tx studio.Tx) error { again := m; return tx.CreateMember(&again) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Member(b.other.ID, m.UserID); return err })
	b.refuse(studio.NotFound, func(tx studio.Tx) error {
		return tx.CreateMember(&studio.Member{ProjectID: b.user.ID, UserID: b.user.ID, Role: studio.RoleViewer})
	})
	m.Role = studio.RoleApprover
	b.write(func(tx studio.Tx) error { return tx.UpdateMember(&m) })
	reread(b, m, get)
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListMembers(b.project.ID, studio.Page{})
		same(t, list.Items, []studio.Member{m})
		of, err2 := tx.ListMemberships(b.user.ID, studio.Page{})
		same(t, of.Items, []studio.Member{m})
		return first(err, err2)
	})
	b.write(func(tx studio.Tx) error { return tx.DeleteMember(m.ProjectID, m.UserID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteMember(m.ProjectID, m.UserID) })
}

func testSessions(t *testing.T, open Open) {
	b := setup(t, open)
	s := studio.Session{UserID: b.user.ID, Hash: blob("a"), ExpiresAt: b.now.Add(time.Hour), LastSeenAt: b.now, Agent: "Firefox"}
	second := studio.Session{UserID: b.user.ID, Hash: blob("b"), ExpiresAt: b.now.Add(2 * time.Hour)}
	b.write(func(tx studio.Tx) error { return first(tx.CreateSession(&s), tx.CreateSession(&second)) })
	s.LastSeenAt, s.ExpiresAt = b.now.Add(time.Minute), b.now.Add(90*time.Minute)
	b.write(func(tx studio.Tx) error { return tx.TouchSession(s.ID, s.LastSeenAt, s.ExpiresAt) })
	reread(b, s, func(tx studio.Tx) (studio.Session, error) { return tx.SessionByHash(s.Hash) })
	b.write(func(tx studio.Tx) error {
		list, err := tx.ListSessions(b.user.ID, studio.Page{})
		same(t, list.Items, []studio.Session{second, s})
		n, err2 := tx.DeleteSessionsBefore(s.ExpiresAt.Add(time.Millisecond))
		same(t, n, 1)
		return first(err, err2)
	})
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.SessionByHash(s.Hash); return err })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteSession(s.ID) })
	b.write(func(tx studio.Tx) error {
		n, err := tx.DeleteSessionsOf(b.user.ID)
		same(t, n, 1)
		return err
	})
}

func testTokens(t *testing.T, open Open) {
	b := setup(t, open)
	v := studio.Token{
		UserID: b.user.ID, ProjectID: b.project.ID, Name: "CI", Hash: blob("c"),
		Scopes: []studio.Scope{studio.ScopeRead, studio.ScopeCreate}, ExpiresAt: b.now.Add(time.Hour),
	}
	b.write(func(tx studio.Tx) error { return tx.CreateToken(&v) })
	b.write(func(tx studio.Tx) error { return first(tx.TouchToken(v.ID, b.now), tx.RevokeToken(b.user.ID, v.ID)) })
	v.LastUsedAt, v.RevokedAt = b.now, b.now
	reread(b, v, func(tx studio.Tx) (studio.Token, error) { return tx.TokenByHash(v.Hash) })
	b.now = b.now.Add(time.Minute)
	b.write(func(tx studio.Tx) error { return tx.RevokeToken(b.user.ID, v.ID) })
	reread(b, v, func(tx studio.Tx) (studio.Token, error) { return tx.TokenByHash(v.Hash) }) // the first time stays
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.RevokeToken(b.project.ID, v.ID) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListTokens(b.user.ID, studio.Page{})
		same(t, list.Items, []studio.Token{v})
		return err
	})
}

func testInvitations(t *testing.T, open Open) {
	b := setup(t, open)
	i := studio.Invitation{
		Kind: studio.InvitationMember, Hash: blob("d"), Email: "taro@example.com", ProjectID: b.project.ID,
		Role: studio.RoleCreator, CreatedBy: b.user.ID, ExpiresAt: b.now.Add(time.Hour),
	}
	start := studio.Invitation{Kind: studio.InvitationFirst, Hash: blob("e"), ExpiresAt: b.now.Add(time.Hour)}
	b.write(func(tx studio.Tx) error { return first(tx.CreateInvitation(&i), tx.CreateInvitation(&start)) })
	reread(b, i, func(tx studio.Tx) (studio.Invitation, error) { return tx.InvitationByHash(i.Hash) })
	b.write(func(tx studio.Tx) error { return tx.UseInvitation(i.ID, b.user.ID) })
	i.UsedAt, i.UsedBy = b.now, b.user.ID
	reread(b, i, func(tx studio.Tx) (studio.Invitation, error) { return tx.InvitationByHash(i.Hash) })
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.UseInvitation(i.ID, b.user.ID) })
	b.now = b.now.Add(time.Hour)
	b.refuse(studio.Expired, func(tx studio.Tx) error { return tx.UseInvitation(start.ID, b.user.ID) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListInvitations(b.project.ID, studio.Page{})
		same(t, list.Items, []studio.Invitation{i})
		list, err2 := tx.ListInvitations("", studio.Page{})
		same(t, list.Items, []studio.Invitation{start})
		return first(err, err2)
	})
	b.write(func(tx studio.Tx) error { return tx.DeleteInvitation(start.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteInvitation(start.ID) })
}

func testPolicy(t *testing.T, open Open) {
	b := setup(t, open)
	var p studio.Policy
	b.read(func(tx studio.Tx) (err error) { p, err = tx.Policy(); return err })
	if p.Revision != 1 || !p.FourEyes || !p.Watermark || len(p.ExportFormats) == 0 {
		t.Errorf("the first policy is %+v", p)
	}
	old := p
	p.BlockedWords, p.WebhookHosts, p.RetentionDays = []string{"禁止", "<b>"}, []string{"hooks.example.com"}, 30
	p.UpdatedBy, p.GuidelineEnglish, p.GuidelineJapanese, p.GuidelineVersion = b.user.ID, "Ask.", "確認してください。", 1
	p.FourEyes = false
	b.write(func(tx studio.Tx) error { return tx.UpdatePolicy(&p) })
	reread(b, p, func(tx studio.Tx) (studio.Policy, error) { return tx.Policy() })
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.UpdatePolicy(&old) })
}

func testIdempotency(t *testing.T, open Open) {
	b := setup(t, open)
	ask := func() *studio.Idempotency {
		return &studio.Idempotency{UserID: b.user.ID, Key: "k1", RequestHash: blob("a"), ExpiresAt: b.now.Add(time.Hour)}
	}
	claim := func(i *studio.Idempotency, want bool) {
		t.Helper()
		b.write(func(tx studio.Tx) error {
			fresh, err := tx.ClaimIdempotency(i)
			same(t, fresh, want)
			return err
		})
	}
	i := ask()
	claim(i, true)
	running := ask()
	if claim(running, false); running.Finished() {
		t.Error("a request that runs is finished")
	}
	i.Status, i.ContentType, i.Body = 201, "application/json", []byte(`{"id":1}`)
	b.write(func(tx studio.Tx) error { return tx.FinishIdempotency(i) })
	again := ask()
	claim(again, false)
	same(t, *again, *i)
	other := ask()
	other.RequestHash = blob("b")
	b.refuse(studio.Conflict, func(tx studio.Tx) error { _, err := tx.ClaimIdempotency(other); return err })
	b.now = b.now.Add(time.Hour)
	other.ExpiresAt = b.now.Add(time.Hour)
	claim(other, true) // the first has expired
	b.write(func(tx studio.Tx) error { return tx.DeleteIdempotency(b.user.ID, "k1") })
	claim(ask(), true)
	b.now = b.now.Add(2 * time.Hour)
	b.write(func(tx studio.Tx) error {
		n, err := tx.DeleteIdempotencyBefore(b.now)
		same(t, n, 1)
		return err
	})
}

func testContext(t *testing.T, open Open) {
	b := setup(t, open)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.View(ctx, func(studio.Tx) error { return nil }); err == nil {
		t.Error("a view of an ended context ran")
	}
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	p := studio.Project{Name: "lost"}
	err := b.Update(ctx, func(tx studio.Tx) error {
		err := tx.CreateProject(&p)
		cancel()
		return err
	})
	if err == nil {
		t.Error("an update whose context ended was kept")
	}
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Project(p.ID); return err })
}
