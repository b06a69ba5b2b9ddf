package sqlite

import "github.com/ichimai/ichimai/studio"

// CreateInvitation is studio.Invitations's.
func (t *tx) CreateInvitation(i *studio.Invitation) error {
	t.identify(&i.ID, &i.CreatedAt)
	if err := i.Validate(); err != nil {
		return err
	}
	return ofInvitation.fail("create", t.q.createInvitation(t.ctx, createInvitationParams(*i)))
}

// InvitationByHash is studio.Invitations's.
func (t *tx) InvitationByHash(hash string) (studio.Invitation, error) {
	r, err := t.q.getInvitationByHash(t.ctx, hash)
	return studio.Invitation(r), ofInvitation.fail("read", err)
}

// UseInvitation is studio.Invitations's.
func (t *tx) UseInvitation(id, user string) error {
	r, err := t.q.getInvitation(t.ctx, id)
	if err != nil {
		return ofInvitation.fail("read", err)
	}
	i := studio.Invitation(r)
	if err := i.Usable(t.now); err != nil {
		return err
	}
	return ofInvitation.fail("update", t.q.useInvitation(t.ctx, useInvitationParams{UsedAt: t.now, UsedBy: user, ID: id}))
}

// DeleteInvitation is studio.Invitations's.
func (t *tx) DeleteInvitation(id string) error {
	n, err := t.q.deleteInvitation(t.ctx, id)
	return ofInvitation.found("delete", n, err)
}

// ListInvitations is studio.Invitations's.
func (t *tx) ListInvitations(project string, p studio.Page) (studio.List[studio.Invitation], error) {
	rows, err := t.q.listInvitations(t.ctx, listInvitationsParams{ProjectID: project, After: after(p), Size: size(p)})
	convert := func(r listInvitationsRow) studio.Invitation { return studio.Invitation(r) }
	return page(ofInvitation, rows, err, p, convert, func(v studio.Invitation) string { return v.ID })
}
