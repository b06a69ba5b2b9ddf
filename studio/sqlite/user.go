package sqlite

import "github.com/ichimai/ichimai/studio"

func userOf(r userRow) studio.User { return studio.User(r) }

// CreateUser is studio.Users's.
func (t *tx) CreateUser(u *studio.User) error {
	t.identify(&u.ID, &u.CreatedAt)
	t.begin(&u.Revision, &u.CreatedAt, &u.UpdatedAt)
	if err := u.Validate(); err != nil {
		return err
	}
	return ofUser.fail("create", t.q.createUser(t.ctx, createUserParams(*u)))
}

// User is studio.Users's.
func (t *tx) User(id string) (studio.User, error) {
	r, err := t.q.getUser(t.ctx, id)
	return userOf(r), ofUser.fail("read", err)
}

// UserByEmail is studio.Users's.
func (t *tx) UserByEmail(email string) (studio.User, error) {
	r, err := t.q.getUserByEmail(t.ctx, studio.NormalEmail(email))
	return userOf(r), ofUser.fail("read", err)
}

// UpdateUser is studio.Users's.
func (t *tx) UpdateUser(u *studio.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateUser(t.ctx, updateUserParams{
		UpdatedAt: t.now, Email: u.Email, Name: u.Name, PasswordHash: u.PasswordHash, Language: u.Language,
		Admin: u.Admin, GuidelineVersion: u.GuidelineVersion, GuidelineAcceptedAt: u.GuidelineAcceptedAt,
		DisabledAt: u.DisabledAt, ID: u.ID, Revision: u.Revision,
	})
	return t.revised(ofUser, n, err, &u.Revision, &u.UpdatedAt, func() error {
		_, err := t.User(u.ID)
		return err
	})
}

// ListUsers is studio.Users's.
func (t *tx) ListUsers(f studio.UserFilter, p studio.Page) (studio.List[studio.User], error) {
	rows, err := t.q.listUsers(t.ctx, listUsersParams{
		After: after(p), Text: f.Text, Admin: choice(f.Admin), Disabled: choice(f.Disabled), Size: size(p),
	})
	return page(ofUser, rows, err, p, userOf, func(v studio.User) string { return v.ID })
}
