package studio

import "time"

// InvitationKind is what a one-time link does.
type InvitationKind string

// Kinds of one-time links.
const (
	InvitationFirst  InvitationKind = "first_admin" // makes the workspace's first admin
	InvitationMember InvitationKind = "member"      // makes a user and gives a role
	InvitationReset  InvitationKind = "reset"       // sets a user's password anew
)

// Invitation is a link that works once. Hash is that of [HashSecret].
type Invitation struct {
	ID        string
	CreatedAt time.Time
	Kind      InvitationKind
	Hash      string `json:"-"`
	Email     string // of whom it is for; "" where anyone who has the link may use it
	ProjectID string // "" for the workspace alone
	Role      Role   // in that project; "" without one
	UserID    string // whose password a reset sets
	CreatedBy string // user; "" for the program's first link
	ExpiresAt time.Time
	UsedAt    time.Time // zero while it can be used
	UsedBy    string
}

// Validate returns an Invalid error that names the first field that is wrong.
func (i *Invitation) Validate() error {
	if i.Email != "" {
		if err := checkEmail("email", i.Email); err != nil {
			return err
		}
	}
	if i.ProjectID != "" {
		if err := checkOneOf("role", i.Role, Roles()...); err != nil {
			return err
		}
	}
	if i.Kind == InvitationReset {
		if err := checkID("user_id", i.UserID); err != nil {
			return err
		}
	}
	return firstError(
		checkOneOf("kind", i.Kind, InvitationFirst, InvitationMember, InvitationReset),
		checkHash("hash", i.Hash),
		checkIDOrNone("project_id", i.ProjectID),
		checkIDOrNone("user_id", i.UserID),
		checkIDOrNone("created_by", i.CreatedBy),
		checkExpiry("expires_at", i.ExpiresAt),
	)
}

// Usable returns nil, or the Conflict or Expired error to show whoever opened
// the link.
func (i *Invitation) Usable(now time.Time) error {
	if !i.UsedAt.IsZero() {
		return Errorf(Conflict, "this link was already used", "このリンクはすでに使用されています。")
	}
	if !now.Before(i.ExpiresAt) {
		return Errorf(Expired, "this link has expired; ask for a new one", "このリンクの有効期限が切れています。新しいリンクを依頼してください。")
	}
	return nil
}
