package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// peopleView is everybody who has an account, and the open invitations.
type peopleView struct {
	users       studio.List[studio.User]
	invitations []studio.Invitation
	link        string // that was just made
}

func peoplePage(v *visit) error { return showPeople(v, "") }

func showPeople(v *visit, link string) error {
	users, err := v.work().Users(v.ctx(), v.actor, studio.UserFilter{Text: v.r.URL.Query().Get("q")}, v.pageOf(0))
	if err != nil {
		return err
	}
	list, err := v.work().Invitations(v.ctx(), v.actor, "", studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	v.section = sectionPeople
	return v.show(text{"People", "ユーザー"}, people(v, peopleView{users, v.open(list.Items), link}))
}

func invitePerson(v *visit) error {
	secret, _, err := v.work().Invite(v.ctx(), v.actor, "", v.field("email"), "")
	if err != nil {
		return err
	}
	return showPeople(v, v.joinLink(secret))
}

func setAdmin(v *visit) error {
	if _, err := v.work().SetUserAdmin(v.ctx(), v.actor, v.r.PathValue("user"), v.field("admin") == "yes"); err != nil {
		return err
	}
	return v.redirect("/admin/people", "saved")
}

func disablePerson(v *visit) error {
	if _, err := v.work().DisableUser(v.ctx(), v.actor, v.r.PathValue("user"), v.field("disable") == "yes"); err != nil {
		return err
	}
	return v.redirect("/admin/people", "saved")
}

func resetPassword(v *visit) error {
	secret, _, err := v.work().ResetPassword(v.ctx(), v.actor, v.r.PathValue("user"))
	if err != nil {
		return err
	}
	return showPeople(v, v.joinLink(secret))
}

func revokeAnyInvitation(v *visit) error {
	if err := v.work().RevokeInvitation(v.ctx(), v.actor, "", v.r.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/admin/people", "revoked")
}

// forAdmins refuses everybody else a page whose content all may read but which
// only admins can use.
func (v *visit) forAdmins() error {
	if !v.actor.User.Admin {
		return errorOf(studio.Forbidden, text{"This page is for admins of the studio.", "このページはスタジオの管理者専用です。"})
	}
	return nil
}

func policyPage(v *visit) error {
	if err := v.forAdmins(); err != nil {
		return err
	}
	p, err := v.work().Policy(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	marks, err := v.allMarks()
	if err != nil {
		return err
	}
	v.section = sectionPolicy
	return v.show(text{"Rules", "ポリシー"}, policyContent(v, policyView{p, marks}))
}

func updatePolicy(v *visit) error {
	p := studio.Policy{
		BlockedWords: v.lines("blocked_words"), WebhookHosts: v.lines("webhook_hosts"),
		FourEyes: v.ticked("four_eyes"), Watermark: v.ticked("watermark"), ExportFormats: []string{},
		GuidelineEnglish: unixLines(v.field("guideline_english")), GuidelineJapanese: unixLines(v.field("guideline_japanese")),
	}
	for _, f := range studio.ExportFormats() {
		if slices.Contains(v.r.PostForm["export_formats"], f) {
			p.ExportFormats = append(p.ExportFormats, f)
		}
	}
	days, err := v.whole("retention_days", 0)
	if err != nil {
		return err
	}
	if p.Revision, err = v.whole("revision", 0); err != nil {
		return err
	}
	p.RetentionDays = int(days)
	if _, err := v.work().UpdatePolicy(v.ctx(), v.actor, p); err != nil {
		return err
	}
	return v.redirect("/admin/policy", "saved")
}

// unixLines undoes what browsers do to line ends, so that a text that nobody
// changed is not a new one.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// auditView is a part of the record.
type auditView struct {
	list     studio.List[studio.AuditEntry]
	users    map[string]string
	projects map[string]string
	verified *studio.AuditHead // after verifying
}

func auditPage(v *visit) error { return showAudit(v, nil) }

func showAudit(v *visit, verified *studio.AuditHead) (err error) {
	q := v.r.URL.Query()
	a := auditView{verified: verified, users: map[string]string{"system": v.say(text{"the studio", "スタジオ"})}, projects: map[string]string{}}
	filter := studio.AuditFilter{ProjectID: q.Get("project"), Actor: q.Get("actor"), Action: q.Get("action"), Object: q.Get("object")}
	if a.list, err = v.work().Audit(v.ctx(), v.actor, filter, v.pageOf(50)); err != nil {
		return err
	}
	users := func(p studio.Page) (studio.List[studio.User], error) {
		return v.work().Users(v.ctx(), v.actor, studio.UserFilter{}, p)
	}
	for u, err := range studio.All(users) {
		if err != nil {
			return err
		}
		a.users[u.ID] = u.Name
	}
	projects := func(p studio.Page) (studio.List[studio.Project], error) {
		return v.work().Projects(v.ctx(), v.actor, studio.ProjectFilter{}, p)
	}
	for p, err := range studio.All(projects) {
		if err != nil {
			return err
		}
		a.projects[p.ID] = p.Name
	}
	v.section = sectionAudit
	return v.show(text{"Audit", "監査ログ"}, auditList(v, a))
}

// exportAudit hands the whole record out as lines of JSON.
func exportAudit(v *visit) error {
	var all bytes.Buffer
	if _, err := v.work().ExportAudit(v.ctx(), v.actor, &all); err != nil {
		return err
	}
	v.attach(fmt.Sprintf("audit-%s.jsonl", v.now.In(v.server.zone).Format("20060102-1504")), "application/jsonl")
	_, err := all.WriteTo(v.w)
	return ignoreGone(v, err)
}

func (v *visit) attach(name, kind string) {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func verifyAudit(v *visit) error {
	head, err := v.work().VerifyAudit(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return showAudit(v, &head)
}

// statusView is how the studio stands.
type statusView struct {
	status workspace.Status
	device Device
}

func statusPage(v *visit) (err error) {
	s := statusView{}
	if s.status, err = v.work().Status(v.ctx(), v.actor); err != nil {
		return err
	}
	if v.server.Device != nil {
		s.device = v.server.Device()
	}
	v.section = sectionStatus
	return v.show(text{"Status", "稼働状況"}, statusContent(v, s))
}

// backup hands out the whole workspace as an archive. Once it has begun only a
// connection that breaks can tell that something went wrong.
func backup(v *visit) error {
	if err := v.forAdmins(); err != nil {
		return err
	}
	v.attach(fmt.Sprintf("ichimai-studio-%s.tar", v.now.In(v.server.zone).Format("20060102-1504")), "application/x-tar")
	out := &began{ResponseWriter: v.w}
	err := v.work().Backup(v.ctx(), v.actor, out)
	if err != nil && out.began {
		v.server.Log.ErrorContext(v.ctx(), "backup broke off", "error", err, "request", v.id)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		v.w.Header().Del("Content-Disposition")
	}
	return err
}

// began remembers whether anything was written.
type began struct {
	http.ResponseWriter
	began bool
}

// Write notes that something was.
func (b *began) Write(p []byte) (int, error) {
	b.began = true
	return b.ResponseWriter.Write(p)
}

func sweep(v *visit) error {
	if _, err := v.work().Sweep(v.ctx(), v.actor); err != nil {
		return err
	}
	return v.redirect("/admin/status", "swept")
}
