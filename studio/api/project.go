package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Project is the frame of one piece of work.
type Project struct {
	ID          string    `json:"id"`
	Revision    int64     `json:"revision"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	CreatedBy   string    `json:"created_by,omitempty" doc:"User"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	ArchivedAt  time.Time `json:"archived_at,omitzero" doc:"Absent while it is in use"`
}

func projectOf(p studio.Project) Project {
	return Project{
		ID: p.ID, Revision: p.Revision, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, CreatedBy: p.CreatedBy,
		Name: p.Name, Description: p.Description, ArchivedAt: p.ArchivedAt,
	}
}

// ProjectWithRole is a project and what the asker may do in it.
type ProjectWithRole struct {
	Project
	Role studio.Role `json:"role" enum:"viewer,creator,approver,admin" doc:"Mine"`
}

type inProjects struct {
	Paged
	Text     string `query:"text" maxLength:"4000" doc:"Part of the name"`
	Archived flag   `query:"archived" enum:"true,false"`
	User     string `query:"user" maxLength:"64" doc:"Those of which this user is a member"`
}

type inNewProject struct {
	Body struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
	}
}

type inProjectText struct {
	InProject
	Body struct {
		Revision    int64  `json:"revision" doc:"As it was read; a stale one is a conflict"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
	}
}

type inArchived struct {
	InProject
	Body struct {
		Archived bool `json:"archived"`
	}
}

func (s *server) projects() {
	handle(s, operation{
		id: "list-projects", method: http.MethodGet, path: "/projects", tag: tagProjects,
		summary: text{"List projects", "プロジェクトの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjects) (*listing[Project], error) {
		filter := studio.ProjectFilter{Text: in.Text, Archived: in.Archived.pointer(), UserID: in.User}
		return replyList(ctx, projectOf)(s.work.Projects(ctx, actor, filter, in.page()))
	})
	handle(s, operation{
		id: "create-project", method: http.MethodPost, path: "/projects", tag: tagProjects, status: http.StatusCreated,
		summary: text{"Create a project", "プロジェクトを作成"},
	}, func(ctx context.Context, actor workspace.Actor, in *inNewProject) (*answer[Project], error) {
		return reply(projectOf)(s.work.CreateProject(ctx, actor, in.Body.Name, in.Body.Description))
	})
	handle(s, operation{
		id: "get-project", method: http.MethodGet, path: "/projects/{project}", tag: tagProjects,
		summary: text{"Get a project", "プロジェクトを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProject) (*answer[ProjectWithRole], error) {
		p, role, err := s.work.Project(ctx, actor, in.Project)
		return reply(func(p studio.Project) ProjectWithRole { return ProjectWithRole{projectOf(p), role} })(p, err)
	})
	handle(s, operation{
		id: "update-project", method: http.MethodPut, path: "/projects/{project}", tag: tagProjects,
		summary: text{"Change a project's name and description", "プロジェクトの名前と説明を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjectText) (*answer[Project], error) {
		return reply(projectOf)(s.work.UpdateProject(ctx, actor, in.Project, in.Body.Revision, in.Body.Name, in.Body.Description))
	})
	handle(s, operation{
		id: "archive-project", method: http.MethodPut, path: "/projects/{project}/archived", tag: tagProjects,
		summary: text{"Put a project away, or take it out again", "プロジェクトをアーカイブまたは再開"},
	}, func(ctx context.Context, actor workspace.Actor, in *inArchived) (*answer[Project], error) {
		return reply(projectOf)(s.work.ArchiveProject(ctx, actor, in.Project, in.Body.Archived))
	})
}
