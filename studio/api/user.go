package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// User is a person who can sign in.
type User struct {
	ID                  string    `json:"id"`
	CreatedAt           time.Time `json:"created_at"`
	Email               string    `json:"email"`
	Name                string    `json:"name"`
	Language            string    `json:"language" enum:"en,ja"`
	Admin               bool      `json:"admin" doc:"Of the whole workspace"`
	Disabled            bool      `json:"disabled"`
	GuidelineVersion    int64     `json:"guideline_version" doc:"Of the guideline that was acknowledged; 0 for none"`
	GuidelineAcceptedAt time.Time `json:"guideline_accepted_at,omitzero"`
}

func userOf(u studio.User) User {
	return User{
		ID: u.ID, CreatedAt: u.CreatedAt, Email: u.Email, Name: u.Name, Language: u.Language, Admin: u.Admin,
		Disabled: u.Disabled(), GuidelineVersion: u.GuidelineVersion, GuidelineAcceptedAt: u.GuidelineAcceptedAt,
	}
}

type inUsers struct {
	Paged
	Text     string `query:"text" maxLength:"4000" doc:"Part of the name or the address"`
	Admin    flag   `query:"admin" enum:"true,false"`
	Disabled flag   `query:"disabled" enum:"true,false"`
}

// InUser is the path of a user.
type InUser struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the user"`
}

type inAdmin struct {
	InUser
	Body struct {
		Admin bool `json:"admin"`
	}
}

type inDisabled struct {
	InUser
	Body struct {
		Disabled bool `json:"disabled"`
	}
}

func (s *server) users() {
	handle(s, operation{
		id: "list-users", method: http.MethodGet, path: "/users", tag: tagAccount,
		summary: text{"List users", "ユーザーの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inUsers) (*listing[User], error) {
		filter := studio.UserFilter{Text: in.Text, Admin: in.Admin.pointer(), Disabled: in.Disabled.pointer()}
		return replyList(ctx, userOf)(s.work.Users(ctx, actor, filter, in.page()))
	})
	handle(s, operation{
		id: "set-user-admin", method: http.MethodPut, path: "/users/{id}/admin", tag: tagAccount,
		summary: text{"Make a user an admin of the workspace, or no longer", "ワークスペース管理者の権限を設定"},
	}, func(ctx context.Context, actor workspace.Actor, in *inAdmin) (*answer[User], error) {
		return reply(userOf)(s.work.SetUserAdmin(ctx, actor, in.ID, in.Body.Admin))
	})
	handle(s, operation{
		id: "disable-user", method: http.MethodPut, path: "/users/{id}/disabled", tag: tagAccount,
		summary: text{"Disable a user, or let them in again", "ユーザーを無効化または再有効化"},
	}, func(ctx context.Context, actor workspace.Actor, in *inDisabled) (*answer[User], error) {
		return reply(userOf)(s.work.DisableUser(ctx, actor, in.ID, in.Body.Disabled))
	})
	handle(s, operation{
		id: "reset-password", method: http.MethodPost, path: "/users/{id}/password-reset", tag: tagAccount,
		summary: text{"Make a one-time link that sets a user's password anew", "パスワード再設定用のワンタイムリンクを発行"}, secret: true,
	}, func(ctx context.Context, actor workspace.Actor, in *InUser) (*answer[InvitationWithSecret], error) {
		return replyInvitation(s.work.ResetPassword(ctx, actor, in.ID))
	})
}
