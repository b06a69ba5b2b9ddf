package web

import "net/http"

// Bounds of what a form may carry, in bytes.
const (
	smallForm = 1 << 20
	textForm  = 4 << 20 // with a guideline in both languages
)

// routes are all addresses. "open" ones are for everybody, "own" ones for who is
// signed in, "in" ones for members of the project that the path names. A form
// that is not taken shows its page again, which is the last argument.
func (s *server) routes() http.Handler {
	m := &mux{server: s, ServeMux: http.NewServeMux()}
	m.Handle("GET /static/{name}", s.plain(serveStatic()))
	m.signing()
	m.account()
	m.projects()
	m.makings()
	m.campaigns()
	m.trials()
	m.reviews()
	m.knowledge()
	m.administration()
	m.Handle("/", s.handle(anybody, smallForm, func(v *visit) error { return errNoPage }, nil))
	return m
}

type mux struct {
	*server
	*http.ServeMux
}

func (m *mux) open(path string, page action) { m.Handle("GET "+path, m.handle(anybody, 0, page, nil)) }
func (m *mux) own(path string, page action)  { m.Handle("GET "+path, m.handle(somebody, 0, page, nil)) }
func (m *mux) in(path string, page action) {
	m.Handle("GET /p/{project}"+path, m.handle(member, 0, page, nil))
}
func (m *mux) openForm(path string, do, again action) {
	m.Handle("POST "+path, m.handle(anybody, smallForm, do, again))
}
func (m *mux) ownForm(path string, do, again action) {
	m.Handle("POST "+path, m.handle(somebody, textForm, do, again))
}
func (m *mux) inForm(path string, do, again action) {
	m.Handle("POST /p/{project}"+path, m.handle(member, smallForm, do, again))
}
func (m *mux) upload(path string, limit int64, do, again action) {
	m.Handle("POST /p/{project}"+path, m.handle(member, limit, do, again))
}

func (m *mux) signing() {
	m.open("/{$}", home)
	m.open("/signin", signInPage)
	m.openForm("/signin", signIn, signInPage)
	m.ownForm("/signout", signOut, nil)
	m.open("/join/{secret}", joinPage)
	m.openForm("/join/{secret}", join, joinPage)
	m.openForm("/language", setLanguage, nil)
	m.own("/guideline", guidelinePage)
	m.ownForm("/guideline", acknowledge, guidelinePage)
}

func (m *mux) account() {
	m.own("/account", accountPage)
	m.ownForm("/account/name", setName, accountPage)
	m.ownForm("/account/password", changePassword, accountPage)
	m.ownForm("/account/sessions/{id}/end", endSession, accountPage)
	m.ownForm("/account/tokens", createToken, accountPage)
	m.ownForm("/account/tokens/{id}/revoke", revokeToken, accountPage)
}

func (m *mux) projects() {
	m.own("/projects", projectsPage)
	m.ownForm("/projects", createProject, projectsPage)
	m.in("", overviewPage)
	m.in("/members", membersPage)
	m.inForm("/members/invite", invite, membersPage)
	m.inForm("/members/{user}/role", setRole, membersPage)
	m.inForm("/members/{user}/remove", removeMember, membersPage)
	m.inForm("/invitations/{id}/revoke", revokeInvitation, membersPage)
	m.inForm("/settings", updateProject, membersPage)
	m.inForm("/archive", archiveProject, membersPage)
	m.in("/files/{blob}", serveBlob)
}

func (m *mux) makings() {
	m.in("/start", startPage)
	m.upload("/start", uploads*m.MaxUpload+smallForm, start, startPage)
	m.inForm("/start/known", startKnown, startKnownPage)
	m.in("/start/{concept}", appearPage)
	m.in("/start/{concept}/now", appearNow)
	m.in("/start/{concept}/preview", servePreview)
	m.inForm("/start/{concept}/scenes", drawScenes, appearPage)
	m.in("/photos", photosPage)
	m.in("/photos/{source}", photoPage)
	m.inForm("/photos/{source}/rights", updateRights, photoPage)
	m.upload("/photos/{source}/consent", maxConsent+smallForm, addConsent, photoPage)
	m.in("/photos/{source}/consent", serveConsent)
	m.in("/photos/{source}/withdraw", withdrawPhotoPage)
	m.inForm("/photos/{source}/withdraw", withdrawPhoto, withdrawPhotoPage)
	m.in("/concepts", conceptsPage)
	m.in("/concepts/{concept}", conceptPage)
	m.in("/concepts/{concept}/now", conceptNow)
	m.in("/concepts/{concept}/file", serveConcept)
	m.inForm("/concepts/{concept}/dial", drawDial, conceptPage)
	m.inForm("/concepts/{concept}/fidelity", setFidelity, conceptPage)
	m.inForm("/concepts/{concept}/name", renameConcept, conceptPage)
	m.inForm("/concepts/{concept}/learn", learnAgain, conceptPage)
	m.inForm("/concepts/{concept}/withdraw", withdrawConcept, conceptPage)
	m.inForm("/concepts/{concept}/delete", deleteConcept, conceptPage)
	m.in("/create", createPage)
	m.in("/create/now", createNow)
	m.inForm("/create", create, createPage)
	m.inForm("/create/check", checkDrawn, createPage)
	m.inForm("/jobs/{job}/cancel", cancelJob, createPage)
	m.inForm("/jobs/{job}/retry", retryJob, createPage)
	m.in("/pictures", picturesPage)
	m.in("/pictures/{picture}", picturePage)
	m.in("/pictures/{picture}/file", servePicture)
	m.inForm("/pictures/{picture}/favourite", favourite, picturePage)
	m.inForm("/pictures/{picture}/name", renamePicture, picturePage)
	m.inForm("/pictures/{picture}/vary", vary, picturePage)
	m.inForm("/pictures/{picture}/submit", submit, picturePage)
	m.inForm("/pictures/{picture}/takeback", takeBack, picturePage)
	m.inForm("/pictures/{picture}/delete", deletePicture, picturePage)
	m.in("/compare", comparePage)
}

func (m *mux) reviews() {
	m.in("/review", reviewPage)
	m.in("/review/{picture}", reviewOnePage)
	m.inForm("/review/{picture}/decide", decide, reviewOnePage)
	m.inForm("/review/{picture}/check", checkAgain, reviewOnePage)
	m.inForm("/review/{picture}/override", overrideMarks, reviewOnePage)
	m.inForm("/review/{picture}/publish", publish, reviewOnePage)
	m.inForm("/review/{picture}/unpublish", unpublish, reviewOnePage)
	m.inForm("/review/{picture}/withdraw", withdrawPicture, reviewOnePage)
}

func (m *mux) knowledge() {
	m.in("/knowledge", knowledgePage)
	m.inForm("/pictures/{picture}/case", createCase, picturePage)
	m.in("/cases/{case}", casePage)
	m.inForm("/cases/{case}", updateCase, casePage)
	m.inForm("/cases/{case}/template", templateFromCase, casePage)
	m.inForm("/cases/{case}/delete", deleteCase, casePage)
	m.in("/templates/new", newTemplatePage)
	m.inForm("/templates", createTemplate, newTemplatePage)
	m.in("/templates/{template}", templatePage)
	m.inForm("/templates/{template}", updateTemplate, templatePage)
	m.inForm("/templates/{template}/delete", deleteTemplate, templatePage)
}

func (m *mux) administration() {
	m.own("/admin/people", peoplePage)
	m.ownForm("/admin/people/invite", invitePerson, peoplePage)
	m.ownForm("/admin/people/{user}/admin", setAdmin, peoplePage)
	m.ownForm("/admin/people/{user}/disable", disablePerson, peoplePage)
	m.ownForm("/admin/people/{user}/reset", resetPassword, peoplePage)
	m.ownForm("/admin/invitations/{id}/revoke", revokeAnyInvitation, peoplePage)
	m.own("/admin/policy", policyPage)
	m.ownForm("/admin/policy", updatePolicy, policyPage)
	m.Handle("POST /admin/policy/marks", m.handle(somebody, m.MaxUpload+smallForm, addMark, policyPage))
	m.own("/admin/policy/marks/{mark}/file", serveMark)
	m.ownForm("/admin/policy/marks/{mark}/remove", removeMark, policyPage)
	m.own("/admin/audit", auditPage)
	m.own("/admin/audit/export", exportAudit)
	m.ownForm("/admin/audit/verify", verifyAudit, auditPage)
	m.own("/admin/status", statusPage)
	m.ownForm("/admin/status/backup", backup, statusPage)
	m.ownForm("/admin/status/sweep", sweep, statusPage)
}
