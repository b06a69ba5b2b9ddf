package workspace

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// useCase says who may, and how to try. A try makes what it needs and has to
// succeed for everybody who may.
type useCase struct {
	role   studio.Role  // in the project, or
	admin  bool         // of the workspace, or with neither anybody who is signed in
	scope  studio.Scope // "" for no token
	system bool
	object bool // names a thing of the project
	try    func(s *scene, a Actor, project string) error
}

const (
	viewer, creator, approver, admin = studio.RoleViewer, studio.RoleCreator, studio.RoleApprover, studio.RoleAdmin
	read, create, review, manage     = studio.ScopeRead, studio.ScopeCreate, studio.ScopeReview, studio.ScopeAdmin
)

// openToAll are the methods that take no actor because they find out who it is.
var openToAll = []string{"FirstLink", "Invitation", "AcceptInvitation", "SignIn", "Authenticate", "AuthenticateToken"}

func second[A, B any](_ A, b B) B        { return b }
func third[A, B, C any](_ A, _ B, c C) C { return c }
func closing(c io.Closer, err error) error {
	if err == nil {
		err = c.Close()
	}
	return err
}

var useCases = map[string]useCase{
	// One's own account.
	"Account":              {scope: read, try: func(s *scene, a Actor, _ string) error { return second(s.Account(s.ctx, a)) }},
	"SignOut":              {try: func(s *scene, a Actor, _ string) error { return s.SignOut(s.ctx, s.withSession(a)) }},
	"SetName":              {try: func(s *scene, a Actor, _ string) error { return second(s.SetName(s.ctx, a, "Hanako")) }},
	"SetLanguage":          {try: func(s *scene, a Actor, _ string) error { return second(s.SetLanguage(s.ctx, a, "ja")) }},
	"AcknowledgeGuideline": {try: func(s *scene, a Actor, _ string) error { return second(s.AcknowledgeGuideline(s.ctx, a, 0)) }},
	"Sessions":             {try: func(s *scene, a Actor, _ string) error { return second(s.Sessions(s.ctx, a, studio.Page{})) }},
	"RevokeSession": {try: func(s *scene, a Actor, _ string) error {
		return s.RevokeSession(s.ctx, a, s.withSession(a).SessionID)
	}},
	"Tokens": {try: func(s *scene, a Actor, _ string) error { return second(s.Tokens(s.ctx, a, studio.Page{})) }},
	"CreateToken": {try: func(s *scene, a Actor, _ string) error {
		return third(s.CreateToken(s.ctx, a, NewToken{Name: "ci", Scopes: []studio.Scope{read}}))
	}},
	"RevokeToken": {try: func(s *scene, a Actor, _ string) error {
		id := "none"
		if s.exists(a) {
			v := studio.Token{UserID: a.User.ID, Name: "ci", Hash: studio.HashSecret(studio.NewSecret()), Scopes: []studio.Scope{read}}
			s.store(func(tx studio.Tx) error { return tx.CreateToken(&v) })
			id = v.ID
		}
		return s.RevokeToken(s.ctx, a, id)
	}},
	"ChangePassword": {try: func(s *scene, a Actor, _ string) error {
		return third(s.ChangePassword(s.ctx, a, password, password, "test"))
	}},

	// People.
	"Invite": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error {
		return third(s.Invite(s.ctx, a, p, "new@example.com", viewer))
	}},
	"Invitations": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error {
		return second(s.Invitations(s.ctx, a, p, studio.Page{}))
	}},
	"RevokeInvitation": {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error {
		_, i, err := s.Invite(s.ctx, s.root, s.project, "", viewer)
		if err != nil {
			s.tb.Fatal(err)
		}
		return s.RevokeInvitation(s.ctx, a, p, i.ID)
	}},
	"Members": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error { return second(s.Members(s.ctx, a, p, studio.Page{})) }},
	"SetRole": {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.SetRole(s.ctx, a, p, s.member(creator).User.ID, viewer))
	}},
	"RemoveMember": {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error {
		return s.RemoveMember(s.ctx, a, p, s.member(creator).User.ID)
	}},
	"Users": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		return second(s.Users(s.ctx, a, studio.UserFilter{}, studio.Page{}))
	}},
	"SetUserAdmin": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		return second(s.SetUserAdmin(s.ctx, a, s.user(false).User.ID, true))
	}},
	"DisableUser": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		return second(s.DisableUser(s.ctx, a, s.user(false).User.ID, true))
	}},
	"ResetPassword": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		return third(s.ResetPassword(s.ctx, a, s.user(false).User.ID))
	}},

	// Projects.
	"CreateProject": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error { return second(s.CreateProject(s.ctx, a, "New", "")) }},
	"Projects": {scope: read, try: func(s *scene, a Actor, _ string) error {
		return second(s.Projects(s.ctx, a, studio.ProjectFilter{}, studio.Page{}))
	}},
	"Project": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error { return third(s.Project(s.ctx, a, p)) }},
	"UpdateProject": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateProject(s.ctx, a, p, 0, "Other name", ""))
	}},
	"ArchiveProject": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error { return second(s.ArchiveProject(s.ctx, a, p, false)) }},

	// Sources.
	"AddSource": {role: creator, scope: create, try: func(s *scene, a Actor, p string) error {
		return second(s.AddSource(s.ctx, a, p, NewSource{Name: "a.png", File: bytes.NewReader(s.png()), Rights: good}))
	}},
	"Sources": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Sources(s.ctx, a, p, studio.SourceFilter{}, studio.Page{}))
	}},
	"Source": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Source(s.ctx, a, p, s.source().ID)) }},
	"UpdateRights": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateRights(s.ctx, a, p, s.source().ID, RightsChange{Rights: good}))
	}},
	"AddConsent": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.AddConsent(s.ctx, a, p, s.source().ID, strings.NewReader("%PDF-1.7")))
	}},
	"WithdrawSource": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.WithdrawSource(s.ctx, a, p, s.source().ID, "revoked"))
	}},

	// Concepts.
	"LearnConcept": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return third(s.LearnConcept(s.ctx, a, p, LearnRequest{Name: "C" + s.png2name(), Placeholder: "<c>", SourceIDs: []string{s.source().ID}}))
	}},
	"DrawScenes": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.DrawScenes(s.ctx, a, p, s.learned().ID, []Scene{{Prompt: "{product} in snow"}}))
	}},
	"Concepts": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Concepts(s.ctx, a, p, studio.ConceptFilter{}, studio.Page{}))
	}},
	"Concept": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Concept(s.ctx, a, p, s.concept("").ID)) }},
	"RenameConcept": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.RenameConcept(s.ctx, a, p, s.concept("").ID, 0, "R"+s.png2name()))
	}},
	"SetFidelity": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.SetFidelity(s.ctx, a, p, s.concept("").ID, 0, 0.3))
	}},
	"DeleteConcept": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteConcept(s.ctx, a, p, s.concept("").ID) }},
	"WithdrawConcept": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.WithdrawConcept(s.ctx, a, p, s.concept("").ID, "bad"))
	}},
	"OpenConcept": {role: creator, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error {
		f, _, err := s.OpenConcept(s.ctx, a, p, s.concept("").ID)
		return closing(f, err)
	}},

	// Drawing and jobs.
	"Generate": {role: creator, scope: create, try: func(s *scene, a Actor, p string) error {
		return second(s.Generate(s.ctx, a, p, GenerateRequest{Prompt: "a table"}))
	}},
	"Batch":     {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Batch(s.ctx, a, p, s.batch())) }},
	"PlanBatch": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.PlanBatch(s.ctx, a, p, s.batch())) }},
	"Export": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Export(s.ctx, a, p, ExportRequest{PictureIDs: []string{s.approved().ID}, Format: "zip"}))
	}},
	"Jobs": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Jobs(s.ctx, a, p, studio.JobFilter{}, studio.Page{}))
	}},
	"Job":       {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Job(s.ctx, a, p, s.generating(1).ID)) }},
	"CancelJob": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.CancelJob(s.ctx, a, p, s.generating(1).ID)) }},
	"RetryJob":  {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.RetryJob(s.ctx, a, p, s.failedJob().ID)) }},
	"DeleteJob": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteJob(s.ctx, a, p, s.failedJob().ID) }},
	"Subscribe": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error { return second(s.Subscribe(s.ctx, a, p)) }},

	// Pictures and their review.
	"Pictures": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Pictures(s.ctx, a, p, studio.PictureFilter{}, studio.Page{}))
	}},
	"Picture":        {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Picture(s.ctx, a, p, s.draft().ID)) }},
	"PictureSources": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.PictureSources(s.ctx, a, p, s.draft().ID)) }},
	"PictureReviews": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.PictureReviews(s.ctx, a, p, s.draft().ID, studio.Page{}))
	}},
	"CountPictures": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error { return second(s.CountPictures(s.ctx, a, p)) }},
	"RenamePicture": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.RenamePicture(s.ctx, a, p, s.draft().ID, 0, "Tanaka"))
	}},
	"Favourite":     {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Favourite(s.ctx, a, p, s.draft().ID, true)) }},
	"DeletePicture": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeletePicture(s.ctx, a, p, s.draft().ID) }},
	"OpenFile": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error {
		f, _, _, err := s.OpenFile(s.ctx, a, p, s.draft().Blob)
		return closing(f, err)
	}},
	"Submit": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Submit(s.ctx, a, p, s.draft().ID)) }},
	"Evaluate": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Evaluate(s.ctx, a, p, EvaluateRequest{PictureIDs: []string{s.draft().ID}, Submit: true}))
	}},
	"TakeBack": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return second(s.TakeBack(s.ctx, a, p, s.submitted().ID)) }},
	"Queue":    {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error { return second(s.Queue(s.ctx, a, p, studio.Page{})) }},
	"Decide": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return third(s.Decide(s.ctx, a, p, s.submitted().ID, studio.DecisionApprove, ""))
	}},
	"CheckAgain": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error { return second(s.CheckAgain(s.ctx, a, p, s.submitted().ID)) }},
	"OverrideMarks": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.OverrideMarks(s.ctx, a, p, s.marked().ID, "ours"))
	}},
	"Publish": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Publish(s.ctx, a, p, s.approved().ID)) }},
	"Unpublish": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Unpublish(s.ctx, a, p, s.published().ID, "wrong colour"))
	}},
	"WithdrawPicture": {role: approver, scope: review, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.WithdrawPicture(s.ctx, a, p, s.draft().ID, "bad"))
	}},

	// Knowledge.
	"Templates": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Templates(s.ctx, a, p, studio.TemplateFilter{}, studio.Page{}))
	}},
	"Template": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Template(s.ctx, a, p, s.template().ID)) }},
	"CreateTemplate": {role: creator, scope: create, try: func(s *scene, a Actor, p string) error {
		return second(s.CreateTemplate(s.ctx, a, p, TemplateText{Name: "T", Prompt: "{product}"}))
	}},
	"UpdateTemplate": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateTemplate(s.ctx, a, p, s.template().ID, 0, TemplateText{Name: "T", Prompt: "{product}"}))
	}},
	"DeleteTemplate": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteTemplate(s.ctx, a, p, s.template().ID) }},
	"RenderTemplate": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error {
		return third(s.RenderTemplate(s.ctx, a, p, s.template().ID, map[string]string{"product": "tea"}))
	}},
	"Cases": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Cases(s.ctx, a, p, studio.CaseFilter{}, studio.Page{}))
	}},
	"Case": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Case(s.ctx, a, p, s.example().ID)) }},
	"CreateCase": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.CreateCase(s.ctx, a, p, NewCase{PictureID: s.draft().ID, Title: "T"}))
	}},
	"UpdateCase": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateCase(s.ctx, a, p, s.example().ID, 0, CaseText{Title: "U"}))
	}},
	"DeleteCase": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteCase(s.ctx, a, p, s.example().ID) }},
	"TemplateFromCase": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.TemplateFromCase(s.ctx, a, p, s.example().ID, "T"))
	}},

	// Trials.
	"Trials": {role: viewer, scope: read, system: true, try: func(s *scene, a Actor, p string) error {
		return second(s.Trials(s.ctx, a, p, studio.TrialFilter{}, studio.Page{}))
	}},
	"Trial": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Trial(s.ctx, a, p, s.trial().ID)) }},
	"CreateTrial": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.CreateTrial(s.ctx, a, p, s.trialText()))
	}},
	"UpdateTrial": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateTrial(s.ctx, a, p, s.trial().ID, 0, s.trialText()))
	}},
	"StartTrial": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.StartTrial(s.ctx, a, p, s.trial().ID, TrialStart{}))
	}},
	"CloseTrial": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.CloseTrial(s.ctx, a, p, s.trial().ID, "worth it"))
	}},
	"DeleteTrial": {role: creator, scope: create, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteTrial(s.ctx, a, p, s.trial().ID) }},
	"TrialReport": {role: viewer, scope: read, system: true, object: true, try: func(s *scene, a Actor, p string) error { return second(s.TrialReport(s.ctx, a, p, s.trial().ID)) }},

	// Rules, record and maintenance.
	"Policy": {scope: read, try: func(s *scene, a Actor, _ string) error { return second(s.Policy(s.ctx, a)) }},
	"UpdatePolicy": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		policy := studio.DefaultPolicy()
		policy.Watermark = false // for which the pictures of others are too small
		return second(s.UpdatePolicy(s.ctx, a, policy))
	}},
	"Marks": {scope: read, try: func(s *scene, a Actor, _ string) error { return second(s.Marks(s.ctx, a, studio.Page{})) }},
	"Mark":  {scope: read, try: func(s *scene, a Actor, _ string) error { return second(s.Mark(s.ctx, a, s.mark().ID)) }},
	"OpenMark": {scope: read, try: func(s *scene, a Actor, _ string) error {
		f, _, err := s.OpenMark(s.ctx, a, s.mark().ID)
		return closing(f, err)
	}},
	"AddMark": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error {
		m, err := s.AddMark(s.ctx, a, NewMark{Name: "Logo", File: bytes.NewReader(encoded(s.tb, emblem(s.next())))})
		if err == nil { // what the others submit need not be compared with it
			s.store(func(tx studio.Tx) error { return tx.DeleteMark(m.ID) })
		}
		return err
	}},
	"RemoveMark": {admin: true, scope: manage, try: func(s *scene, a Actor, _ string) error { return s.RemoveMark(s.ctx, a, s.mark().ID) }},
	"Audit": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error {
		return second(s.Audit(s.ctx, a, studio.AuditFilter{ProjectID: p}, studio.Page{}))
	}},
	"ExportAudit": {admin: true, scope: manage, system: true, try: func(s *scene, a Actor, _ string) error { return second(s.ExportAudit(s.ctx, a, io.Discard)) }},
	"VerifyAudit": {admin: true, scope: manage, system: true, try: func(s *scene, a Actor, _ string) error { return second(s.VerifyAudit(s.ctx, a)) }},
	"Status":      {admin: true, scope: manage, system: true, try: func(s *scene, a Actor, _ string) error { return second(s.Status(s.ctx, a)) }},
	"Sweep":       {admin: true, scope: manage, system: true, try: func(s *scene, a Actor, _ string) error { return second(s.Sweep(s.ctx, a)) }},
	"Backup":      {admin: true, scope: manage, system: true, try: func(s *scene, a Actor, _ string) error { return s.Backup(s.ctx, a, io.Discard) }},

	// Webhooks.
	"Webhooks": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error { return second(s.Webhooks(s.ctx, a, p, studio.Page{})) }},
	"Webhook":  {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error { return second(s.Webhook(s.ctx, a, p, s.webhook().ID)) }},
	"CreateWebhook": {role: admin, scope: manage, try: func(s *scene, a Actor, p string) error {
		s.allowHost()
		return second(s.CreateWebhook(s.ctx, a, p, hook))
	}},
	"UpdateWebhook": {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error {
		return second(s.UpdateWebhook(s.ctx, a, p, s.webhook().ID, 0, hook))
	}},
	"DeleteWebhook": {role: admin, scope: manage, object: true, try: func(s *scene, a Actor, p string) error { return s.DeleteWebhook(s.ctx, a, p, s.webhook().ID) }},
}

// png2name is a name that no other call gives.
func (s *scene) png2name() string { return studio.HashSecret(string(s.png()))[:12] }

func (s *scene) batch() BatchRequest {
	return BatchRequest{TemplateID: s.template().ID, Rows: []map[string]string{{"product": "tea", "name": "Sato"}}}
}

func (s *scene) learned() studio.Job {
	return keep(s, "learned", func() studio.Job {
		_, j := s.learning("")
		s.learn(j)
		return j
	})
}

func (s *scene) failedJob() studio.Job {
	return keep(s, "failed", func() studio.Job {
		return must[studio.Job](s.tb)(s.FailJob(s.ctx, s.project, s.generating(1).ID, studio.SameWords("no device")))
	})
}

// withSession gives an actor who has one a session of their own.
func (s *scene) withSession(a Actor) Actor {
	if !s.exists(a) {
		return a
	}
	b := studio.Session{UserID: a.User.ID, Hash: studio.HashSecret(studio.NewSecret()), ExpiresAt: s.clock.Now().Add(SessionLength)}
	s.store(func(tx studio.Tx) error { return tx.CreateSession(&b) })
	a.SessionID = b.ID
	return a
}

func (s *scene) exists(a Actor) bool {
	return s.db.View(s.ctx, func(tx studio.Tx) error { return second(tx.User(a.User.ID)) }) == nil
}

// trier is an actor with what the test knows of it.
type trier struct {
	name   string
	actor  Actor
	role   studio.Role // in the project; "" for a stranger
	admin  bool
	nobody bool
	bound  bool // to another project
}

func (s *scene) triers() []trier {
	other := s.newProject()
	outsider := s.join(s.user(false), other, admin)
	off := s.member(admin)
	s.store(func(tx studio.Tx) error {
		u, err := tx.User(off.User.ID)
		u.DisabledAt = tx.Now()
		off.User = u
		if err != nil {
			return err
		}
		return tx.UpdateUser(&u)
	})
	gone := Actor{User: studio.User{ID: s.NewID()}}
	list := []trier{
		{name: "nobody", nobody: true}, {name: "disabled", actor: off, nobody: true}, {name: "deleted", actor: gone, nobody: true},
		{name: "system", actor: s.System()},
		{name: "stranger", actor: s.user(false)}, {name: "guest of another project", actor: outsider},
		{name: "viewer", actor: s.viewer, role: viewer}, {name: "creator", actor: s.creator, role: creator},
		{name: "approver", actor: s.approver, role: approver}, {name: "admin", actor: s.admin, role: admin},
		{name: "workspace admin", actor: s.root, role: admin, admin: true},
	}
	for _, base := range list[4:] {
		for _, scopes := range [][]studio.Scope{{}, {read}, {create}, {review}, {manage}} {
			t := base
			t.actor.Scopes = scopes
			t.name += " with a token"
			if len(scopes) > 0 {
				t.name += " to " + string(scopes[0])
			}
			list = append(list, t)
		}
	}
	bound := trier{name: "workspace admin bound to another project", actor: s.root, admin: true, bound: true}
	bound.actor.ProjectID, bound.actor.Scopes = other, studio.Scopes()
	return append(list, bound)
}

// NewID is one of the scene's ids.
func (s *scene) NewID() string { return s.ids.NewID() }

// want is the code that the rules give, said independently of allow.
func (u useCase) want(t trier) studio.Code {
	if t.actor.IsSystem() {
		if u.system {
			return ""
		}
		return studio.Forbidden
	}
	inScope := t.actor.Scopes == nil || u.scope != "" && slices.Contains(t.actor.Scopes, u.scope)
	switch {
	case t.nobody:
		return studio.Unauthorised
	case u.role != "" && (t.role == "" || t.bound):
		return studio.NotFound
	case !inScope, u.admin && (!t.admin || t.bound), u.role != "" && !t.role.AtLeast(u.role):
		return studio.Forbidden
	}
	return ""
}

// TestWhoMayDoWhat tries every exported method as everybody. A method without an
// entry fails.
func TestWhoMayDoWhat(t *testing.T) {
	methods := reflect.TypeFor[*Workspace]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		_, listed := useCases[name]
		if exempt := slices.Contains(openToAll, name) || slices.Contains(WorkerSide(), name); exempt == listed {
			t.Errorf("%s: say in useCases who may", name)
		}
	}
	s := setup(t)
	triers := s.triers()
	s.kept = map[string]any{}
	for name, u := range useCases {
		t.Run(name, func(t *testing.T) {
			if _, ok := methods.MethodByName(name); !ok {
				t.Fatal("there is no such method")
			}
			for _, who := range triers {
				want := u.want(who)
				if got := studio.ErrorCode(u.try(s, who.actor, s.project)); got != want {
					t.Errorf("%s: code %q, want %q", who.name, got, want)
				}
				if want == "" {
					clear(s.kept) // what was refused has changed nothing, so the next uses the same things
				}
			}
		})
	}
	s.verify()
}

// TestOtherProjectsThings asks for the things of one project through another of
// which the actor is an admin too.
func TestOtherProjectsThings(t *testing.T) {
	s := setup(t)
	other := s.newProject()
	both := s.join(s.join(s.user(false), s.project, admin), other, admin)
	for name, u := range useCases {
		if u.role == "" {
			continue
		}
		want := studio.Code("")
		if u.object {
			want = studio.NotFound
		}
		for who, a := range map[string]Actor{"member of both": both, "workspace admin": s.root} {
			if got := studio.ErrorCode(u.try(s, a, other)); got != want {
				t.Errorf("%s as %s: code %q, want %q", name, who, got, want)
			}
		}
		if got := studio.ErrorCode(u.try(s, s.root, "../"+s.project)); got != studio.NotFound {
			t.Errorf("%s: a project that is none gives %q", name, got)
		}
	}
}

// TestWorkspaceForms tries the forms of use cases that are for a project or, with
// "", for the workspace.
func TestWorkspaceForms(t *testing.T) {
	s := setup(t)
	forms := map[string]func(Actor) error{
		"Invite":           func(a Actor) error { return third(s.Invite(s.ctx, a, "", "", "")) },
		"Invitations":      func(a Actor) error { return second(s.Invitations(s.ctx, a, "", studio.Page{})) },
		"Audit":            func(a Actor) error { return second(s.Audit(s.ctx, a, studio.AuditFilter{}, studio.Page{})) },
		"RevokeInvitation": func(a Actor) error { return s.RevokeInvitation(s.ctx, a, "", must[string](t)(s.openLink())) },
	}
	for name, try := range forms {
		t.Run(name, func(t *testing.T) {
			wantCode(t, try(Actor{}), studio.Unauthorised)
			wantCode(t, try(s.admin), studio.Forbidden)
			wantCode(t, try(s.root), "")
		})
	}
}

func (s *scene) openLink() (string, error) {
	_, i, err := s.Invite(s.ctx, s.root, "", "", "")
	return i.ID, err
}

func TestArchivedProject(t *testing.T) {
	s := setup(t)
	source := s.source()
	must[studio.Project](t)(s.ArchiveProject(s.ctx, s.admin, s.project, true))
	t.Run("OK", func(t *testing.T) {
		wantCode(t, second(s.Source(s.ctx, s.viewer, s.project, source.ID)), "")
		wantCode(t, second(s.WithdrawSource(s.ctx, s.approver, s.project, source.ID, "revoked")), "")
	})
	t.Run("ErrConflict", func(t *testing.T) {
		wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "a table"})), studio.Conflict)
		wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, s.NewID())), studio.Conflict)
	})
}
