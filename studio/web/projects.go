package web

import (
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func projectsPage(v *visit) error {
	list, err := v.work().Projects(v.ctx(), v.actor, studio.ProjectFilter{Text: v.r.URL.Query().Get("q")}, v.pageOf(0))
	if err != nil {
		return err
	}
	ask, err := v.guidelineOpen()
	if err != nil {
		return err
	}
	// What is in use comes first.
	slices.SortStableFunc(list.Items, func(a, b studio.Project) int {
		switch {
		case a.Archived() == b.Archived():
			return 0
		case b.Archived():
			return -1
		}
		return 1
	})
	v.section = "projects"
	return v.show(text{"Projects", "プロジェクト"}, projects(v, list, ask))
}

func createProject(v *visit) error {
	p, err := v.work().CreateProject(v.ctx(), v.actor, v.field("name"), v.field("description"))
	if err != nil {
		return err
	}
	return v.redirect("/p/"+p.ID, "created")
}

// overview is a project at a glance.
type overview struct {
	counts   map[studio.PictureState]int64
	concepts []studio.Concept
	pictures []studio.Picture
	jobs     []studio.Job
	ask      bool // the guideline is to be accepted first
}

func overviewPage(v *visit) (err error) {
	o := overview{}
	if o.counts, err = v.work().CountPictures(v.ctx(), v.actor, v.project.ID); err != nil {
		return err
	}
	concepts, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{State: studio.ConceptReady}, studio.Page{Limit: 4})
	if err != nil {
		return err
	}
	pictures, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{}, studio.Page{Limit: 8})
	if err != nil {
		return err
	}
	if o.ask, err = v.guidelineOpen(); err != nil {
		return err
	}
	if o.jobs, err = v.openJobs(); err != nil {
		return err
	}
	o.concepts, o.pictures = concepts.Items, pictures.Items
	v.section = sectionOverview
	return v.show(text{"Overview", "概要"}, overviewContent(v, o))
}

// openJobs are the project's jobs that have not ended, those that run first.
func (v *visit) openJobs() ([]studio.Job, error) {
	var open []studio.Job
	for _, state := range []studio.JobState{studio.JobRunning, studio.JobQueued} {
		list, err := v.work().Jobs(v.ctx(), v.actor, v.project.ID, studio.JobFilter{State: state}, studio.Page{})
		if err != nil {
			return nil, err
		}
		open = append(open, list.Items...)
	}
	return open, nil
}

// membership is what the page of a project's members shows.
type membership struct {
	people      []workspace.Person
	invitations []studio.Invitation
	link        string // of an invitation that was just made
}

func membersPage(v *visit) error { return showMembers(v, "") }

func showMembers(v *visit, link string) error {
	people, err := v.work().Members(v.ctx(), v.actor, v.project.ID, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	m := membership{people: people.Items, link: link}
	if v.role.CanManage() {
		list, err := v.work().Invitations(v.ctx(), v.actor, v.project.ID, studio.Page{Limit: studio.MaxLimit})
		if err != nil {
			return err
		}
		m.invitations = v.open(list.Items)
	}
	v.section = sectionMembers
	return v.show(text{"Members", "メンバー"}, members(v, m))
}

// open leaves the links that can still be used.
func (v *visit) open(all []studio.Invitation) []studio.Invitation {
	var list []studio.Invitation
	for _, i := range all {
		if i.Usable(v.now) == nil {
			list = append(list, i)
		}
	}
	return list
}

// joinLink is the whole address of a one-time link.
func (v *visit) joinLink(secret string) string {
	scheme := "http"
	if v.server.Secure || v.r.TLS != nil {
		scheme = "https"
	}
	origin := scheme + "://" + v.r.Host
	if len(v.server.Origins) > 0 {
		origin = v.server.Origins[0]
	}
	return origin + "/join/" + secret
}

func invite(v *visit) error {
	secret, _, err := v.work().Invite(v.ctx(), v.actor, v.project.ID, v.field("email"), studio.Role(v.field("role")))
	if err != nil {
		return err
	}
	return showMembers(v, v.joinLink(secret))
}

func setRole(v *visit) error {
	_, err := v.work().SetRole(v.ctx(), v.actor, v.project.ID, v.r.PathValue("user"), studio.Role(v.field("role")))
	if err != nil {
		return err
	}
	return v.redirect(v.path("members"), "saved")
}

func removeMember(v *visit) error {
	if err := v.work().RemoveMember(v.ctx(), v.actor, v.project.ID, v.r.PathValue("user")); err != nil {
		return err
	}
	return v.redirect(v.path("members"), "removed")
}

func revokeInvitation(v *visit) error {
	if err := v.work().RevokeInvitation(v.ctx(), v.actor, v.project.ID, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.redirect(v.path("members"), "revoked")
}

func updateProject(v *visit) error {
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	if _, err := v.work().UpdateProject(v.ctx(), v.actor, v.project.ID, revision, v.field("name"), v.field("description")); err != nil {
		return err
	}
	return v.redirect(v.path("members"), "saved")
}

func archiveProject(v *visit) error {
	archive := v.field("archive") == "yes"
	if _, err := v.work().ArchiveProject(v.ctx(), v.actor, v.project.ID, archive); err != nil {
		return err
	}
	if archive {
		return v.redirect(v.path("members"), "archived")
	}
	return v.redirect(v.path("members"), "restored")
}
