package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Member is a user's role in a project.
type Member struct {
	UserID    string      `json:"user_id"`
	Role      studio.Role `json:"role" enum:"viewer,creator,approver,admin"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
}

func memberOf(m studio.Member) Member {
	return Member{UserID: m.UserID, Role: m.Role, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
}

// Person is a member with the user behind it.
type Person struct {
	Member
	Name     string `json:"name"`
	Email    string `json:"email"`
	Disabled bool   `json:"disabled"`
}

func personOf(p workspace.Person) Person {
	return Person{Member: memberOf(p.Member), Name: p.Name, Email: p.Email, Disabled: p.Disabled}
}

type InMember struct {
	InProject
	User string `path:"user" maxLength:"64" doc:"Id of the user"`
}

type inRole struct {
	InMember
	Body struct {
		Role studio.Role `json:"role" enum:"viewer,creator,approver,admin"`
	}
}

func (s *server) members() {
	handle(s, operation{
		id: "list-members", method: http.MethodGet, path: "/projects/{project}/members", tag: tagProjects,
		summary: text{"List a project's members", "プロジェクトのメンバーの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjectPaged) (*listing[Person], error) {
		return replyList(ctx, personOf)(s.work.Members(ctx, actor, in.Project, in.page()))
	})
	handle(s, operation{
		id: "set-role", method: http.MethodPut, path: "/projects/{project}/members/{user}", tag: tagProjects,
		summary: text{"Give a user a role in a project", "プロジェクトでの役割を設定"},
	}, func(ctx context.Context, actor workspace.Actor, in *inRole) (*answer[Member], error) {
		return reply(memberOf)(s.work.SetRole(ctx, actor, in.Project, in.User, in.Body.Role))
	})
	handle(s, operation{
		id: "remove-member", method: http.MethodDelete, path: "/projects/{project}/members/{user}", tag: tagProjects,
		summary: text{"Remove a member from a project", "プロジェクトからメンバーを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InMember) (*nothing, error) {
		return done(s.work.RemoveMember(ctx, actor, in.Project, in.User))
	})
}
