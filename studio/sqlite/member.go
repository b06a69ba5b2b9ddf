package sqlite

import "github.com/ichimai/ichimai/studio"

func memberOf(r memberRow) studio.Member { return studio.Member(r) }

// CreateMember is studio.Members's.
func (t *tx) CreateMember(m *studio.Member) error {
	t.begin(&m.Revision, &m.CreatedAt, &m.UpdatedAt)
	if err := m.Validate(); err != nil {
		return err
	}
	return ofMember.fail("create", t.q.createMember(t.ctx, createMemberParams(*m)))
}

// Member is studio.Members's.
func (t *tx) Member(project, user string) (studio.Member, error) {
	r, err := t.q.getMember(t.ctx, getMemberParams{ProjectID: project, UserID: user})
	return memberOf(r), ofMember.fail("read", err)
}

// UpdateMember is studio.Members's.
func (t *tx) UpdateMember(m *studio.Member) error {
	if err := m.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateMember(t.ctx, updateMemberParams{
		UpdatedAt: t.now, Role: m.Role, ProjectID: m.ProjectID, UserID: m.UserID, Revision: m.Revision,
	})
	return t.revised(ofMember, n, err, &m.Revision, &m.UpdatedAt, func() error {
		_, err := t.Member(m.ProjectID, m.UserID)
		return err
	})
}

// DeleteMember is studio.Members's.
func (t *tx) DeleteMember(project, user string) error {
	n, err := t.q.deleteMember(t.ctx, deleteMemberParams{ProjectID: project, UserID: user})
	return ofMember.found("delete", n, err)
}

// ListMembers is studio.Members's.
func (t *tx) ListMembers(project string, p studio.Page) (studio.List[studio.Member], error) {
	rows, err := t.q.listMembers(t.ctx, listMembersParams{ProjectID: project, After: after(p), Size: size(p)})
	return page(ofMember, rows, err, p, memberOf, func(v studio.Member) string { return v.UserID })
}

// ListMemberships is studio.Members's.
func (t *tx) ListMemberships(user string, p studio.Page) (studio.List[studio.Member], error) {
	rows, err := t.q.listMemberships(t.ctx, listMembershipsParams{UserID: user, After: after(p), Size: size(p)})
	return page(ofMember, rows, err, p, memberOf, func(v studio.Member) string { return v.ProjectID })
}
