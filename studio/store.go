package studio

import (
	"context"
	"time"
)

// Store keeps the studio's nouns. Package storetest holds the tests that every
// store passes.
//
// Errors that a caller may act on are of type *Error: NotFound, Conflict (stale
// revision, taken name, forbidden transition, still in use) and Invalid.
type Store interface {
	// View runs fn on one consistent state of the store. Writing in it fails.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn in a transaction that no other writer shares. It is kept
	// when fn returns nil, and rolled back when fn returns an error or panics;
	// the panic goes on. The Tx is of no use after fn has returned.
	Update(ctx context.Context, fn func(Tx) error) error

	// Close gives back what the store holds.
	Close() error
}

// Tx is a transaction: all nouns, as they are at one moment. Its methods use
// the context that View or Update was given. It is for one goroutine.
//
// A Create method sets ID (where it is empty), Revision, CreatedAt and
// UpdatedAt, validates, and writes. An Update method writes what Revision was
// read at, raises it, and sets UpdatedAt; where the stored revision is another,
// somebody was faster and the error is a Conflict. What identifies a thing (ID,
// ProjectID, CreatedAt, CreatedBy) is never changed by an update. A new picture
// is a draft, a new concept is learning or ready.
//
// Times are cut as Time does when they are stored. JSON comes back without
// insignificant white space, and an empty list, map or object as nil.
type Tx interface {
	Now() time.Time // fixed for the transaction
	NewID() string

	Projects
	Users
	Members
	Sessions
	Tokens
	Invitations
	Sources
	Concepts
	Templates
	Jobs
	Pictures
	Reviews
	Cases
	Trials
	Policies
	Marks
	Audits
	Idempotencies
	Webhooks
	Blobs
}

// Projects keeps projects. They are archived by an update, not deleted.
type Projects interface {
	CreateProject(*Project) error
	Project(id string) (Project, error)
	UpdateProject(*Project) error
	ListProjects(ProjectFilter, Page) (List[Project], error)
}

// Users keeps users. They are disabled by an update, not deleted, so that what
// they did keeps a name. A second user with one address is a Conflict.
type Users interface {
	CreateUser(*User) error
	User(id string) (User, error)
	UserByEmail(email string) (User, error) // compares as NormalEmail does
	UpdateUser(*User) error
	ListUsers(UserFilter, Page) (List[User], error)
}

// Members keeps who belongs to which project. A list of a project's members is
// ordered by user, one of a user's memberships by project, as Page says.
type Members interface {
	CreateMember(*Member) error
	Member(project, user string) (Member, error)
	UpdateMember(*Member) error
	DeleteMember(project, user string) error
	ListMembers(project string, p Page) (List[Member], error)
	ListMemberships(user string, p Page) (List[Member], error)
}

// Sessions keeps who is signed in.
type Sessions interface {
	CreateSession(*Session) error
	SessionByHash(hash string) (Session, error) // expired ones too
	TouchSession(id string, seen, expires time.Time) error
	DeleteSession(id string) error
	DeleteSessionsOf(user string) (int, error)
	DeleteSessionsBefore(t time.Time) (int, error) // that expired before t
	ListSessions(user string, p Page) (List[Session], error)
}

// Tokens keeps API tokens.
type Tokens interface {
	CreateToken(*Token) error
	TokenByHash(hash string) (Token, error) // revoked and expired ones too
	TouchToken(id string, used time.Time) error
	RevokeToken(user, id string) error // at Now; again is no error
	ListTokens(user string, p Page) (List[Token], error)
}

// Invitations keeps one-time links.
type Invitations interface {
	CreateInvitation(*Invitation) error
	InvitationByHash(hash string) (Invitation, error) // used and expired ones too
	UseInvitation(id, user string) error              // at Now; used or expired is Conflict or Expired
	DeleteInvitation(id string) error
	ListInvitations(project string, p Page) (List[Invitation], error) // "" lists those without a project
}

// Sources keeps pictures that were given. One that a concept was learned from
// cannot be deleted: that is a Conflict.
type Sources interface {
	CreateSource(*Source) error
	Source(project, id string) (Source, error)
	UpdateSource(*Source) error
	DeleteSource(project, id string) error
	ListSources(project string, f SourceFilter, p Page) (List[Source], error)
}

// Concepts keeps what was learned. Its sources and its parent have to be of the
// same project. A transition that ConceptState does not allow is a Conflict, as
// is a name and version that is taken, also by an update, and deleting one that
// is in use.
type Concepts interface {
	CreateConcept(*Concept) error
	Concept(project, id string) (Concept, error)
	UpdateConcept(*Concept) error // SourceIDs, Version and ParentID stay
	DeleteConcept(project, id string) error
	ListConcepts(project string, f ConceptFilter, p Page) (List[Concept], error)
}

// Templates keeps prompts with fields.
type Templates interface {
	CreateTemplate(*Template) error
	Template(project, id string) (Template, error)
	UpdateTemplate(*Template) error                                // Uses and Approvals stay
	CountTemplate(project, id string, uses, approvals int64) error // adds to both, without a new revision
	DeleteTemplate(project, id string) error                       // pictures keep their prompts and lose the reference
	ListTemplates(project string, f TemplateFilter, p Page) (List[Template], error)
}

// Jobs keeps work and hands it to the queue.
type Jobs interface {
	// Enqueue writes a job with state queued and adds its entry to the queue in
	// the same transaction. A job of revision 0 is created; one that was read is
	// a retry: it has failed, was cancelled, or was running when the program
	// stopped. Progress, error and times start anew.
	Enqueue(*Job) error
	Job(project, id string) (Job, error)
	UpdateJob(*Job) error // Kind, Params and InputBlob stay; Progress is written too
	// SetJobProgress writes the progress of a running job without a new
	// revision; for one in another state it is a Conflict.
	SetJobProgress(project, id string, progress Progress) error
	DeleteJob(project, id string) error // only one that has ended; pictures lose the reference
	ListJobs(project string, f JobFilter, p Page) (List[Job], error)
	ListAllJobs(f JobFilter, p Page) (List[Job], error) // of all projects: for the workers
	// NextJobs returns of each project the oldest queued job of the kinds, the
	// oldest first: those between which a worker chooses. Its cost follows the
	// number of projects, not of jobs.
	NextJobs(kinds ...JobKind) ([]Job, error)
}

// Pictures keeps what was drawn. Its job, template and concepts have to be of
// the same project. A transition that PictureState does not allow is a Conflict.
type Pictures interface {
	CreatePicture(*Picture) error
	Picture(project, id string) (Picture, error)
	UpdatePicture(*Picture) error           // JobID, TemplateID, ConceptIDs, Blob, prompts, seed and size stay
	DeletePicture(project, id string) error // with its reviews; cases lose the reference
	ListPictures(project string, f PictureFilter, p Page) (List[Picture], error)
	CountPictures(project string) (map[PictureState]int64, error)
}

// Reviews keeps decisions, which are never changed.
type Reviews interface {
	CreateReview(*Review) error
	Review(project, id string) (Review, error)
	ListReviews(project string, f ReviewFilter, p Page) (List[Review], error)
}

// Cases keeps good and bad examples.
type Cases interface {
	CreateCase(*Case) error
	Case(project, id string) (Case, error)
	UpdateCase(*Case) error
	DeleteCase(project, id string) error
	ListCases(project string, f CaseFilter, p Page) (List[Case], error)
}

// Trials keeps proofs of concept. Their sources, concepts and template have to be
// of the same project; deleting a template takes it from them. A new trial is
// planned, and a transition that TrialState does not allow is a Conflict.
type Trials interface {
	CreateTrial(*Trial) error
	Trial(project, id string) (Trial, error)
	UpdateTrial(*Trial) error
	DeleteTrial(project, id string) error // what it refers to stays
	ListTrials(project string, f TrialFilter, p Page) (List[Trial], error)
}

// Policies keeps the one policy. A new store has DefaultPolicy at revision 1.
type Policies interface {
	Policy() (Policy, error)
	UpdatePolicy(*Policy) error
}

// Marks keeps the protected marks. The same picture a second time is a Conflict.
type Marks interface {
	CreateMark(*Mark) error
	Mark(id string) (Mark, error)
	DeleteMark(id string) error // verdicts keep its name
	ListMarks(Page) (List[Mark], error)
}

// Audits keeps the record of what was done.
type Audits interface {
	// AppendAudit sets At to Now, chains the entry behind the head, and writes both.
	AppendAudit(*AuditEntry) error
	AuditHead() (AuditHead, error)
	// ListAudit returns entries newest first; a page's After is a Seq in decimal.
	ListAudit(AuditFilter, Page) (List[AuditEntry], error)
	// AuditFrom returns up to limit entries with Seq from at least first, oldest first.
	AuditFrom(first int64, limit int) ([]AuditEntry, error)
}

// Idempotencies keeps requests that carried a key.
type Idempotencies interface {
	// ClaimIdempotency stores the record and returns true; or, where the user
	// has used the key before and that has not expired, fills in what is stored
	// and returns false. One that was used for another request is a Conflict.
	ClaimIdempotency(*Idempotency) (bool, error)
	FinishIdempotency(*Idempotency) error     // Status, ContentType, Body
	DeleteIdempotency(user, key string) error // where the request failed and may be tried again
	DeleteIdempotencyBefore(t time.Time) (int, error)
}

// Webhooks keeps addresses that are told of events.
type Webhooks interface {
	CreateWebhook(*Webhook) error
	Webhook(project, id string) (Webhook, error)
	UpdateWebhook(*Webhook) error
	DeleteWebhook(project, id string) error
	ListWebhooks(project string, p Page) (List[Webhook], error)
}

// Blobs answers what the sweeper of files asks.
type Blobs interface {
	// BlobReferenced reports whether any noun of any project refers to a blob.
	BlobReferenced(blob string) (bool, error)
}
