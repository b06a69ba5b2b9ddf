package studio

import "time"

// Role is what a member may do in a project. Each role may all that the one
// before it may.
type Role string

// Roles, from the least to the most.
const (
	RoleViewer   Role = "viewer"   // sees
	RoleCreator  Role = "creator"  // gives pictures, learns concepts, draws, submits
	RoleApprover Role = "approver" // decides about submitted pictures, publishes
	RoleAdmin    Role = "admin"    // members, policies, webhooks, withdrawal
)

var roleRank = map[Role]int{RoleViewer: 1, RoleCreator: 2, RoleApprover: 3, RoleAdmin: 4}

// Roles lists all roles, from the least to the most.
func Roles() []Role { return []Role{RoleViewer, RoleCreator, RoleApprover, RoleAdmin} }

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool { return roleRank[r] > 0 }

// AtLeast reports whether r may all that other may. A role that is none may
// nothing.
func (r Role) AtLeast(other Role) bool { return r.Valid() && roleRank[r] >= roleRank[other] }

// CanView reports whether the role may see the project's things.
func (r Role) CanView() bool { return r.AtLeast(RoleViewer) }

// CanCreate reports whether the role may give sources, run jobs, edit and
// submit pictures, and keep templates and cases.
func (r Role) CanCreate() bool { return r.AtLeast(RoleCreator) }

// CanReview reports whether the role may decide about submitted pictures.
func (r Role) CanReview() bool { return r.AtLeast(RoleApprover) }

// CanPublish reports whether the role may publish approved pictures.
func (r Role) CanPublish() bool { return r.AtLeast(RoleApprover) }

// CanWithdraw reports whether the role may withdraw a source, and with it all
// that was made from it.
func (r Role) CanWithdraw() bool { return r.AtLeast(RoleApprover) }

// CanManage reports whether the role may change members, webhooks and the
// project itself.
func (r Role) CanManage() bool { return r.AtLeast(RoleAdmin) }

// Member gives a user a role in a project. A user is at most once a member.
type Member struct {
	ProjectID string
	UserID    string
	Revision  int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Role      Role
}

// Validate returns an Invalid error that names the first field that is wrong.
func (m *Member) Validate() error {
	return firstError(
		checkID("project_id", m.ProjectID),
		checkID("user_id", m.UserID),
		checkOneOf("role", m.Role, Roles()...),
	)
}
