package api

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Invitation is a link that works once.
type Invitation struct {
	ID        string                `json:"id"`
	CreatedAt time.Time             `json:"created_at"`
	Kind      studio.InvitationKind `json:"kind" enum:"first_admin,member,reset"`
	Email     string                `json:"email,omitempty" doc:"Of whom it is for; absent where anyone who has the link may use it"`
	ProjectID string                `json:"project_id,omitempty"`
	Role      studio.Role           `json:"role,omitempty" enum:"viewer,creator,approver,admin"`
	ExpiresAt time.Time             `json:"expires_at"`
	UsedAt    time.Time             `json:"used_at,omitzero"`
}

func invitationOf(i studio.Invitation) Invitation {
	return Invitation{
		ID: i.ID, CreatedAt: i.CreatedAt, Kind: i.Kind, Email: i.Email, ProjectID: i.ProjectID, Role: i.Role,
		ExpiresAt: i.ExpiresAt, UsedAt: i.UsedAt,
	}
}

// InvitationWithSecret is a new invitation; the secret is shown only now.
type InvitationWithSecret struct {
	Invitation
	Secret string `json:"secret" doc:"Shown only now; whoever has it can use the invitation"`
}

func replyInvitation(secret string, i studio.Invitation, err error) (*answer[InvitationWithSecret], error) {
	if err != nil {
		return nil, err
	}
	return &answer[InvitationWithSecret]{Body: InvitationWithSecret{Invitation: invitationOf(i), Secret: secret}}, nil
}

type inSecret struct {
	Body struct {
		Secret string `json:"secret" maxLength:"200"`
	}
}

type inRegistration struct {
	Agent string `header:"User-Agent"`
	Body  struct {
		Secret   string `json:"secret" maxLength:"200"`
		Email    string `json:"email,omitempty" maxLength:"254" doc:"Taken from the invitation where that names one"`
		Name     string `json:"name,omitempty"`
		Password string `json:"password" maxLength:"1000"`
		Language string `json:"language,omitempty" doc:"en or ja"`
	}
}

// InvitationRequest is whom to invite and as what.
type InvitationRequest struct {
	Email string      `json:"email" maxLength:"254"`
	Role  studio.Role `json:"role,omitempty" enum:"viewer,creator,approver,admin" doc:"In the project; none for the workspace alone"`
}

type inInvite struct{ Body InvitationRequest }

type inInviteMember struct {
	InProject
	Body InvitationRequest
}

type inInvitation struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the invitation"`
}

type inProjectPaged struct {
	InProject
	Paged
}

func (s *server) invitations() {
	s.openInvitations()
	handle(s, operation{
		id: "invite", method: http.MethodPost, path: "/invitations", tag: tagAccount, secret: true,
		summary: text{"Invite somebody to the workspace", "ワークスペースに招待"},
	}, func(ctx context.Context, actor workspace.Actor, in *inInvite) (*answer[InvitationWithSecret], error) {
		return replyInvitation(s.work.Invite(ctx, actor, "", in.Body.Email, in.Body.Role))
	})
	handle(s, operation{
		id: "list-invitations", method: http.MethodGet, path: "/invitations", tag: tagAccount,
		summary: text{"List invitations to the workspace", "ワークスペースへの招待の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *Paged) (*listing[Invitation], error) {
		return replyList(ctx, invitationOf)(s.work.Invitations(ctx, actor, "", in.page()))
	})
	handle(s, operation{
		id: "revoke-invitation", method: http.MethodDelete, path: "/invitations/{id}", tag: tagAccount,
		summary: text{"Take back an invitation to the workspace", "ワークスペースへの招待を取り消し"},
	}, func(ctx context.Context, actor workspace.Actor, in *inInvitation) (*nothing, error) {
		return done(s.work.RevokeInvitation(ctx, actor, "", in.ID))
	})
	handle(s, operation{
		id: "invite-member", method: http.MethodPost, path: "/projects/{project}/invitations", tag: tagProjects, secret: true,
		summary: text{"Invite somebody to a project", "プロジェクトに招待"},
	}, func(ctx context.Context, actor workspace.Actor, in *inInviteMember) (*answer[InvitationWithSecret], error) {
		return replyInvitation(s.work.Invite(ctx, actor, in.Project, in.Body.Email, in.Body.Role))
	})
	handle(s, operation{
		id: "list-project-invitations", method: http.MethodGet, path: "/projects/{project}/invitations", tag: tagProjects,
		summary: text{"List a project's invitations", "プロジェクトへの招待の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjectPaged) (*listing[Invitation], error) {
		return replyList(ctx, invitationOf)(s.work.Invitations(ctx, actor, in.Project, in.page()))
	})
	handle(s, operation{
		id: "revoke-project-invitation", method: http.MethodDelete, path: "/projects/{project}/invitations/{id}", tag: tagProjects,
		summary: text{"Take back an invitation to a project", "プロジェクトへの招待を取り消し"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.RevokeInvitation(ctx, actor, in.Project, in.ID))
	})
}

// openInvitations are the operations of whoever has a link. The secret goes in
// the body: addresses end up in logs and histories.
func (s *server) openInvitations() {
	handle(s, operation{
		id: "open-invitation", method: http.MethodPost, path: "/invitations/open", tag: tagAccount, public: true,
		summary: text{"See what an invitation is for", "招待の内容を確認"},
	}, func(ctx context.Context, _ workspace.Actor, in *inSecret) (*answer[Invitation], error) {
		return reply(invitationOf)(s.work.Invitation(ctx, in.Body.Secret))
	})
	handle(s, operation{
		id: "accept-invitation", method: http.MethodPost, path: "/invitations/accept", tag: tagAccount, public: true,
		summary: text{"Accept an invitation and sign in", "招待を承諾してサインイン"},
	}, func(ctx context.Context, _ workspace.Actor, in *inRegistration) (*signedIn, error) {
		r := workspace.Registration{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Language: in.Body.Language}
		return s.replySignedIn(s.work.AcceptInvitation(ctx, in.Body.Secret, r, agentOf(in.Agent), visitOf(ctx).address))
	})
}

// cutText brings a text that nobody typed into the form in which texts are
// kept.
func cutText(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	for utf8.RuneCountInString(s) > limit {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
