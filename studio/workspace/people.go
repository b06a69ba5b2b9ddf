package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
)

// Person is a member with the user behind it, as other members may see it.
type Person struct {
	studio.Member
	Name     string
	Email    string
	Disabled bool
}

// Invite makes a one-time link with which somebody joins: a project with a role,
// which an admin of that project may give, or for the project "" the workspace
// alone, which takes an admin of the workspace. With an e-mail the link makes a
// user of that address and no other; "" leaves it to whoever has the link.
func (w *Workspace) Invite(ctx context.Context, actor Actor, project, email string, role studio.Role) (secret string, invitation studio.Invitation, err error) {
	p := mayManage
	if project == "" {
		p, role = mayAdminister, ""
	}
	err = w.update(ctx, actor, project, p, func(c *call) error {
		invitation = studio.Invitation{
			Kind: studio.InvitationMember, Email: studio.NormalEmail(email), ProjectID: project, Role: role,
		}
		secret, err = c.link(&invitation, InvitationLength)
		return err
	})
	if err != nil {
		return "", studio.Invitation{}, err
	}
	return secret, invitation, nil
}

// Invitations lists a project's links, or for the project "" those of the
// workspace.
func (w *Workspace) Invitations(ctx context.Context, actor Actor, project string, page studio.Page) (list studio.List[studio.Invitation], err error) {
	err = w.view(ctx, actor, project, managing(project), func(c *call) error {
		list, err = c.ListInvitations(project, page)
		return err
	})
	return list, err
}

// managing is the permission to manage a project, or for "" the workspace.
func managing(project string) permission {
	if project == "" {
		return mayAdminister
	}
	return mayManage
}

// RevokeInvitation removes a link before it is used.
func (w *Workspace) RevokeInvitation(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, managing(project), func(c *call) error {
		list := func(p studio.Page) (studio.List[studio.Invitation], error) { return c.ListInvitations(project, p) }
		for i, err := range studio.All(list) {
			if err != nil {
				return err
			}
			if i.ID == id {
				if err := c.DeleteInvitation(id); err != nil {
					return err
				}
				return c.note(Deleted, "invitation.revoke", id, fields{"email": i.Email})
			}
		}
		return studio.Errorf(studio.NotFound, "there is no such link", "該当するリンクが見つかりません。")
	})
}

// Members lists who belongs to a project. Admins of the workspace, who may
// everything everywhere, are listed only where they are members as well.
func (w *Workspace) Members(ctx context.Context, actor Actor, project string, page studio.Page) (list studio.List[Person], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		members, err := c.ListMembers(project, page)
		if err != nil {
			return err
		}
		list.Next = members.Next
		for _, m := range members.Items {
			user, err := c.User(m.UserID)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, Person{Member: m, Name: user.Name, Email: user.Email, Disabled: user.Disabled()})
		}
		return nil
	})
	return list, err
}

// SetRole changes a member's role. A lower one ends the user's sessions, so that
// no page of the old role stays open.
func (w *Workspace) SetRole(ctx context.Context, actor Actor, project, user string, role studio.Role) (m studio.Member, err error) {
	err = w.update(ctx, actor, project, mayManage, func(c *call) error {
		if m, err = c.Member(project, user); err != nil {
			return err
		}
		before := m.Role
		m.Role = role
		if err := c.UpdateMember(&m); err != nil {
			return err
		}
		if !role.AtLeast(before) {
			if err := c.signOutEverywhere(user, false); err != nil {
				return err
			}
		}
		return c.note(Changed, "member.set_role", user, fields{"before": before, "role": role})
	})
	return m, err
}

// RemoveMember takes somebody out of a project and ends their sessions.
func (w *Workspace) RemoveMember(ctx context.Context, actor Actor, project, user string) error {
	return w.update(ctx, actor, project, mayManage, func(c *call) error {
		if err := c.DeleteMember(project, user); err != nil {
			return err
		}
		if err := c.signOutEverywhere(user, false); err != nil {
			return err
		}
		return c.note(Deleted, "member.remove", user, nil)
	})
}

// Users lists everybody who has an account.
func (w *Workspace) Users(ctx context.Context, actor Actor, filter studio.UserFilter, page studio.Page) (list studio.List[studio.User], err error) {
	err = w.view(ctx, actor, "", mayAdminister, func(c *call) error {
		list, err = c.ListUsers(filter, page)
		return err
	})
	return list, err
}

// SetUserAdmin makes somebody an admin of the workspace, or no longer. The last
// one who can sign in stays: that is a Conflict. Being one no longer ends the
// user's sessions.
func (w *Workspace) SetUserAdmin(ctx context.Context, actor Actor, user string, admin bool) (studio.User, error) {
	return w.changeUser(ctx, actor, user, "user.set_admin", fields{"admin": admin}, func(c *call, u *studio.User) error {
		u.Admin = admin
		if admin {
			return nil
		}
		return c.signOutEverywhere(user, false)
	})
}

// DisableUser keeps somebody from signing in, ends their sessions and revokes
// their tokens; or with false lets them in again. The last admin who can sign in
// stays: that is a Conflict.
func (w *Workspace) DisableUser(ctx context.Context, actor Actor, user string, disabled bool) (studio.User, error) {
	return w.changeUser(ctx, actor, user, "user.disable", fields{"disabled": disabled}, func(c *call, u *studio.User) error {
		switch {
		case disabled == u.Disabled():
			return nil
		case !disabled:
			u.DisabledAt = studio.User{}.DisabledAt
			return nil
		}
		u.DisabledAt = c.Now()
		return c.signOutEverywhere(user, true)
	})
}

func (w *Workspace) changeUser(ctx context.Context, actor Actor, id, action string, detail fields, change func(*call, *studio.User) error) (user studio.User, err error) {
	err = w.update(ctx, actor, "", mayAdminister, func(c *call) error {
		if user, err = c.User(id); err != nil {
			return err
		}
		if err := change(c, &user); err != nil {
			return err
		}
		if err := c.UpdateUser(&user); err != nil {
			return err
		}
		if err := c.keepAdmin(); err != nil {
			return err
		}
		return c.note(Changed, action, id, detail)
	})
	return user, err
}

// keepAdmin refuses to leave the workspace without an admin who can sign in.
func (c *call) keepAdmin() error {
	yes, no := true, false
	admins, err := c.ListUsers(studio.UserFilter{Admin: &yes, Disabled: &no}, studio.Page{Limit: 1})
	if err == nil && len(admins.Items) == 0 {
		return studio.Errorf(studio.Conflict, "this is the last admin; make somebody else one first", "最後の管理者です。先に別のユーザーを管理者にしてください。")
	}
	return err
}

// ResetPassword makes a one-time link with which a user sets a new password.
func (w *Workspace) ResetPassword(ctx context.Context, actor Actor, user string) (secret string, invitation studio.Invitation, err error) {
	err = w.update(ctx, actor, "", mayAdminister, func(c *call) error {
		u, err := c.User(user)
		if err != nil {
			return err
		}
		invitation = studio.Invitation{Kind: studio.InvitationReset, Email: u.Email, UserID: u.ID}
		secret, err = c.link(&invitation, ResetLength)
		return err
	})
	if err != nil {
		return "", studio.Invitation{}, err
	}
	return secret, invitation, nil
}
