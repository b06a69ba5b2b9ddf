package workspace

import (
	"context"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func TestFirstAdmin(t *testing.T) {
	s := open(t, nil)
	first, needed, err := s.FirstLink(s.ctx)
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	secret, _, err := s.FirstLink(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, second(s.Invitation(s.ctx, first)), studio.NotFound) // replaced
	me := Registration{Email: " Admin@Example.com ", Name: "Admin", Password: password, Language: "ja"}
	session, actor, err := s.AcceptInvitation(s.ctx, secret, me, "Firefox\n", "127.0.0.1")
	if err != nil || !actor.User.Admin || actor.User.Email != "admin@example.com" {
		t.Fatalf("%+v, %v", actor, err)
	}
	wantCode(t, third(s.AcceptInvitation(s.ctx, secret, me, "", "")), studio.Conflict)
	got, err := s.Authenticate(s.ctx, session, "")
	if err != nil || got.User.ID != actor.User.ID || got.SessionID == "" || got.Scopes != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, needed, err := s.FirstLink(s.ctx); needed || err != nil {
		t.Errorf("a first link with a user there: %v, %v", needed, err)
	}
	s.verify()
}

func TestPasswords(t *testing.T) {
	for name, bad := range map[string]string{
		"Short": "elevenchars", "Address": "someone@example.com", "AddressInCapitals": "SOMEONE@example.com",
		"Repeated": "ああああああああああああ", "NotUTF8": "correct horse \xff\xfe\xfd", "Empty": "",
	} {
		t.Run("Err"+name, func(t *testing.T) { wantCode(t, checkPassword(bad, "someone@example.com"), studio.Invalid) })
	}
	t.Run("OK", func(t *testing.T) {
		wantCode(t, checkPassword("正しい馬の電池ホチキスです", "a@example.com"), "")
	})
	t.Run("Match", func(t *testing.T) {
		s := open(t, nil)
		for encoded, want := range map[string]bool{s.hash: true, "": false, s.passwords.dummy: false} {
			if got, err := s.passwords.match(s.ctx, password, encoded); got != want || err != nil {
				t.Errorf("match with %.20q: %v, %v", encoded, got, err)
			}
		}
	})
}

func TestSignIn(t *testing.T) {
	s := setup(t)
	email := s.creator.User.Email
	one, _, err := s.SignIn(s.ctx, email, password, "", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := s.SignIn(s.ctx, email, password, "", "10.0.0.1")
	if err != nil || one == two || len(two) != 43 {
		t.Errorf("secrets %q and %q, %v", one, two, err)
	}
	wrong := third(s.SignIn(s.ctx, email, "a wrong password", "", ""))
	unknown := third(s.SignIn(s.ctx, "who@example.com", password, "", ""))
	wantCode(t, wrong, studio.Unauthorised)
	if wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password says %q, an unknown user %q", wrong, unknown)
	}
	wantCode(t, second(s.Authenticate(s.ctx, "", "")), studio.Unauthorised)
	wantCode(t, second(s.AuthenticateToken(s.ctx, one, "")), studio.Unauthorised) // a session is no token
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, _, err := s.SignIn(ctx, email, password, "", ""); err == nil {
		t.Error("a cancelled sign-in succeeded")
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	t.Run("ByEmail", func(t *testing.T) {
		s := setup(t)
		email := s.creator.User.Email
		for range emailBurst {
			wantCode(t, third(s.SignIn(s.ctx, email, "a wrong password", "", "")), studio.Unauthorised)
		}
		err := third(s.SignIn(s.ctx, email, password, "", ""))
		wantCode(t, err, studio.TooLarge)
		after, limited := RetryAfter(err)
		if !limited || after != emailEvery {
			t.Errorf("retry after %v, %v", after, limited)
		}
		wantCode(t, third(s.SignIn(s.ctx, s.viewer.User.Email, password, "", "")), "") // others are not held up
		s.clock.pass(after)
		wantCode(t, third(s.SignIn(s.ctx, email, password, "", "")), "")
		if _, limited := RetryAfter(errWrongPassword()); limited {
			t.Error("another error counts as a limit")
		}
	})
	t.Run("ByAddress", func(t *testing.T) {
		a := newAttempts((&testClock{now: time.Unix(0, 0)}).Now)
		for i := range addressBurst {
			wantCode(t, a.take(string(rune('a'+i)), "10.0.0.1"), "")
		}
		wantCode(t, a.take("another", "10.0.0.1"), studio.TooLarge)
		wantCode(t, a.take("another", "10.0.0.2"), "")
	})
	t.Run("Memory", func(t *testing.T) {
		clock := &testClock{now: time.Unix(0, 0)}
		a := newAttempts(clock.Now)
		for i := range maxBuckets {
			_ = a.take(string(rune(i)), "")
		}
		clock.pass(time.Hour)
		if _ = a.take("one more", ""); len(a.buckets) > 2 {
			t.Errorf("%d buckets are kept", len(a.buckets))
		}
	})
}

func TestSessionsSlideAndEnd(t *testing.T) {
	s := setup(t)
	secret, _, err := s.SignIn(s.ctx, s.creator.User.Email, password, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.clock.pass(SessionLength - time.Hour)
		wantCode(t, second(s.Authenticate(s.ctx, secret, "")), "")
	}
	s.clock.pass(SessionLength)
	wantCode(t, second(s.Authenticate(s.ctx, secret, "")), studio.Unauthorised)
}

// TestRevocation signs somebody in, does something, and asks whether the session
// and the token live.
func TestRevocation(t *testing.T) {
	for name, c := range map[string]struct {
		do             func(s *scene, who Actor) error
		session, token studio.Code
	}{
		"Demotion": {func(s *scene, who Actor) error {
			return second(s.SetRole(s.ctx, s.admin, s.project, who.User.ID, studio.RoleViewer))
		}, studio.Unauthorised, ""},
		"Promotion": {func(s *scene, who Actor) error {
			return second(s.SetRole(s.ctx, s.admin, s.project, who.User.ID, studio.RoleAdmin))
		}, "", ""},
		"Removal": {func(s *scene, who Actor) error { return s.RemoveMember(s.ctx, s.admin, s.project, who.User.ID) }, studio.Unauthorised, ""},
		"Disable": {func(s *scene, who Actor) error { return second(s.DisableUser(s.ctx, s.root, who.User.ID, true)) }, studio.Unauthorised, studio.Unauthorised},
		"NoAdmin": {func(s *scene, who Actor) error { return second(s.SetUserAdmin(s.ctx, s.root, who.User.ID, false)) }, studio.Unauthorised, ""},
		"Password": {func(s *scene, who Actor) error {
			return third(s.ChangePassword(s.ctx, who, password, "another good password", ""))
		}, studio.Unauthorised, ""},
		"SignOut": {func(s *scene, who Actor) error { return s.SignOut(s.ctx, who) }, studio.Unauthorised, ""},
		"Reset": {func(s *scene, who Actor) error {
			link, _, err := s.ResetPassword(s.ctx, s.root, who.User.ID)
			if err != nil {
				return err
			}
			return third(s.AcceptInvitation(s.ctx, link, Registration{Password: "another good password"}, "", ""))
		}, studio.Unauthorised, studio.Unauthorised},
	} {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			secret, who, err := s.SignIn(s.ctx, s.approver.User.Email, password, "", "")
			if err != nil {
				t.Fatal(err)
			}
			token, _, err := s.CreateToken(s.ctx, who, NewToken{Name: "ci", Scopes: []studio.Scope{studio.ScopeRead}})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.do(s, who); err != nil {
				t.Fatal(err)
			}
			wantCode(t, second(s.Authenticate(s.ctx, secret, "")), c.session)
			wantCode(t, second(s.AuthenticateToken(s.ctx, token, "")), c.token)
			s.verify()
		})
	}
}

func TestTokens(t *testing.T) {
	s := setup(t)
	secret, token, err := s.CreateToken(s.ctx, s.creator, NewToken{
		Name: "ci", ProjectID: s.project, Scopes: []studio.Scope{studio.ScopeRead, studio.ScopeRead}, ExpiresAt: s.clock.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.AuthenticateToken(s.ctx, secret, "")
	if err != nil || a.ProjectID != s.project || len(a.Scopes) != 1 || a.TokenID != token.ID || a.SessionID != "" {
		t.Errorf("%+v, %v", a, err)
	}
	list, err := s.Projects(s.ctx, a, studio.ProjectFilter{}, studio.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("a token for one project lists %d, %v", len(list.Items), err)
	}
	wantCode(t, third(s.CreateToken(s.ctx, s.creator, NewToken{Name: "x", ProjectID: s.newProject(), Scopes: studio.Scopes()})), studio.NotFound)
	wantCode(t, third(s.CreateToken(s.ctx, s.creator, NewToken{Name: "x"})), studio.Invalid)
	wantCode(t, third(s.CreateToken(s.ctx, s.creator, NewToken{Name: "x", Scopes: studio.Scopes(), ExpiresAt: s.clock.Now()})), studio.Invalid)
	wantCode(t, s.RevokeToken(s.ctx, s.viewer, token.ID), studio.NotFound) // another's
	s.clock.pass(time.Hour)
	wantCode(t, second(s.AuthenticateToken(s.ctx, secret, "")), studio.Unauthorised)
}

func TestAnothersSession(t *testing.T) {
	s := setup(t)
	theirs := s.session(s.viewer)
	wantCode(t, s.RevokeSession(s.ctx, s.creator, theirs.SessionID), studio.NotFound)
	wantCode(t, s.RevokeSession(s.ctx, s.viewer, theirs.SessionID), "")
}

func TestInvitations(t *testing.T) {
	s := setup(t)
	invite := func(email string, role studio.Role) string {
		secret, _, err := s.Invite(s.ctx, s.admin, s.project, email, role)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	t.Run("OK", func(t *testing.T) {
		_, a, err := s.AcceptInvitation(s.ctx, invite("new@example.com", studio.RoleApprover), Registration{Email: "other@example.com", Name: "New", Password: password}, "", "")
		if err != nil || a.User.Email != "new@example.com" || a.User.Admin {
			t.Fatalf("%+v, %v", a.User, err)
		}
		if _, role, err := s.Project(s.ctx, a, s.project); role != studio.RoleApprover || err != nil {
			t.Errorf("role %q, %v", role, err)
		}
	})
	t.Run("KnownUser", func(t *testing.T) {
		stranger := s.user(false)
		link := invite(stranger.User.Email, studio.RoleCreator)
		wantCode(t, third(s.AcceptInvitation(s.ctx, link, Registration{Password: "a wrong password"}, "", "")), studio.Unauthorised)
		wantCode(t, third(s.AcceptInvitation(s.ctx, link, Registration{Password: password}, "", "")), "")
		if _, role, err := s.Project(s.ctx, stranger, s.project); role != studio.RoleCreator || err != nil {
			t.Errorf("role %q, %v", role, err)
		}
	})
	t.Run("KeepsHigherRole", func(t *testing.T) {
		wantCode(t, third(s.AcceptInvitation(s.ctx, invite("", studio.RoleViewer), Registration{Email: s.approver.User.Email, Password: password}, "", "")), "")
		if _, role, _ := s.Project(s.ctx, s.approver, s.project); role != studio.RoleApprover {
			t.Errorf("role %q", role)
		}
	})
	t.Run("ErrInvalid", func(t *testing.T) {
		link := invite("", studio.RoleViewer)
		wantCode(t, third(s.AcceptInvitation(s.ctx, link, Registration{Email: "not an address", Name: "N", Password: password}, "", "")), studio.Invalid)
		wantCode(t, third(s.AcceptInvitation(s.ctx, link, Registration{Email: "n@example.com", Name: "N", Password: "short"}, "", "")), studio.Invalid)
		wantCode(t, third(s.Invite(s.ctx, s.admin, s.project, "", "owner")), studio.Invalid)
	})
	t.Run("ErrExpired", func(t *testing.T) {
		link := invite("late@example.com", studio.RoleViewer)
		s.clock.pass(InvitationLength)
		wantCode(t, third(s.AcceptInvitation(s.ctx, link, Registration{Name: "Late", Password: password}, "", "")), studio.Expired)
	})
}

func TestLastAdminStays(t *testing.T) {
	s := setup(t)
	wantCode(t, second(s.SetUserAdmin(s.ctx, s.root, s.root.User.ID, false)), studio.Conflict)
	wantCode(t, second(s.DisableUser(s.ctx, s.root, s.root.User.ID, true)), studio.Conflict)
	other := s.user(false)
	must[studio.User](t)(s.SetUserAdmin(s.ctx, s.root, other.User.ID, true))
	wantCode(t, second(s.DisableUser(s.ctx, other, s.root.User.ID, true)), "")
	wantCode(t, third(s.SignIn(s.ctx, s.root.User.Email, password, "", "")), studio.Unauthorised)
	wantCode(t, second(s.DisableUser(s.ctx, other, s.root.User.ID, false)), "")
	wantCode(t, third(s.SignIn(s.ctx, s.root.User.Email, password, "", "")), "")
}
