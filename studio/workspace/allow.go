package workspace

import (
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// permission is what a use case asks of whoever wants it.
type permission struct {
	role     studio.Role  // the least role in the project; "" where the use case is not about one
	admin    bool         // an admin of the workspace
	scope    studio.Scope // that a token has to have; "" where no token will do
	system   bool         // the program itself may
	archived bool         // in an archived project too
}

// The permissions. Every use case names one of them.
var (
	maySee        = permission{role: studio.RoleViewer, scope: studio.ScopeRead, system: true, archived: true}
	mayTake       = permission{role: studio.RoleCreator, scope: studio.ScopeRead, system: true, archived: true} // concept files
	mayCreate     = permission{role: studio.RoleCreator, scope: studio.ScopeCreate}
	mayReview     = permission{role: studio.RoleApprover, scope: studio.ScopeReview}
	mayWithdraw   = permission{role: studio.RoleApprover, scope: studio.ScopeReview, archived: true}
	mayManage     = permission{role: studio.RoleAdmin, scope: studio.ScopeAdmin, archived: true}
	mayAsk        = permission{scope: studio.ScopeRead} // anybody who is signed in
	mayOwn        = permission{}                        // one's own account, in a browser's session
	mayAdminister = permission{admin: true, scope: studio.ScopeAdmin}
	mayMaintain   = permission{admin: true, scope: studio.ScopeAdmin, system: true}
)

func errNobody() error {
	return studio.Errorf(studio.Unauthorised, "sign in first", "サインインしてください。")
}

func errNoProject() error {
	return studio.Errorf(studio.NotFound, "there is no such project", "該当するプロジェクトが見つかりません。")
}

func errForbidden() error {
	return studio.Errorf(studio.Forbidden, "your role does not allow this", "この操作を行う権限がありません。")
}

// allow returns nil where the call's actor has the permission, and fills in the
// user as stored, the project and the role. Membership is asked before anything
// else that could tell whether the project exists.
func (c *call) allow(project string, p permission) error {
	if c.actor.system {
		return c.allowSystem(project, p)
	}
	if err := c.signedIn(); err != nil {
		return err
	}
	if p.role != "" {
		if err := c.enter(project); err != nil {
			return err
		}
	}
	if err := c.inScope(p); err != nil {
		return err
	}
	if p.admin && !c.actor.User.Admin || p.role != "" && !c.role.AtLeast(p.role) {
		return errForbidden()
	}
	return c.inUse(p)
}

func (c *call) allowSystem(project string, p permission) (err error) {
	if !p.system {
		return studio.Errorf(studio.Forbidden, "only a person may do this", "この操作はユーザー本人だけが行えます。")
	}
	if p.role == "" {
		return nil
	}
	c.role = studio.RoleAdmin
	c.project, err = c.Project(project)
	return err
}

// signedIn reads the user anew: an Actor may be older than a demotion.
func (c *call) signedIn() error {
	if c.actor.User.ID == "" {
		return errNobody()
	}
	user, err := c.User(c.actor.User.ID)
	if studio.ErrorCode(err) == studio.NotFound || err == nil && user.Disabled() {
		return errNobody()
	}
	c.actor.User = user
	return err
}

// enter finds the project and the actor's role in it.
func (c *call) enter(project string) (err error) {
	if c.actor.ProjectID != "" && c.actor.ProjectID != project {
		return errNoProject()
	}
	if c.project, err = c.Project(project); err != nil {
		return hideMissing(err)
	}
	if c.actor.User.Admin {
		c.role = studio.RoleAdmin
		return nil
	}
	member, err := c.Member(project, c.actor.User.ID)
	c.role = member.Role
	return hideMissing(err)
}

// hideMissing gives a project that is not there and one that is not the actor's
// the same error.
func hideMissing(err error) error {
	if studio.ErrorCode(err) == studio.NotFound {
		return errNoProject()
	}
	return err
}

// inScope asks what the token allows. A browser's session has no scopes.
func (c *call) inScope(p permission) error {
	if c.actor.Scopes == nil {
		return nil
	}
	if p.scope == "" {
		return studio.Errorf(studio.Forbidden, "sign in with a browser to do this; a token does not allow it",
			"この操作はブラウザーでサインインして行ってください。トークンでは行えません。")
	}
	if !slices.Contains(c.actor.Scopes, p.scope) {
		return studio.Errorf(studio.Forbidden, "the token lacks the scope %q", "トークンにスコープ「%s」がありません。", p.scope)
	}
	if p.admin && c.actor.ProjectID != "" {
		return studio.Errorf(studio.Forbidden, "the token is for one project only", "このトークンは特定のプロジェクト専用です。")
	}
	return nil
}

func (c *call) inUse(p permission) error {
	if p.role != "" && !p.archived && c.project.Archived() {
		return studio.Errorf(studio.Conflict, "the project is archived; an admin can bring it back",
			"このプロジェクトはアーカイブされています。管理者が元に戻せます。")
	}
	return nil
}
