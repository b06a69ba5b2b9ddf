package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Options set what the API takes from outside.
type Options struct {
	Workspace *workspace.Workspace // needed
	Store     studio.Store         // needed; keeps the answers to requests with an Idempotency-Key
	Log       *slog.Logger         // nil discards
	Clock     studio.Clock         // nil is studio.SystemClock
	IDs       studio.IDs           // of requests; nil is studio.NewUUIDs(Clock, nil)
	Version   string               // of the program, for the document

	// Origins are those of the studio's pages, such as
	// "https://studio.example.com". Where there are none it is the host that the
	// request names; a proxy in front needs them.
	Origins []string

	// Address returns a request's network address, for limits and the log. Nil
	// is that of the connection's other end; a proxy in front needs another.
	Address func(*http.Request) string

	// Secure marks cookies as to be sent over HTTPS alone.
	Secure bool

	// Report makes the report on a trial as one HTML file. Nil refuses to.
	Report ReportPage

	PerAddress Rate          // of requests by nobody who is signed in; zero is 100 a second, 400 at once
	PerActor   Rate          // of each user's requests; zero is 30 a second, 120 at once
	MaxUpload  int64         // bytes of a file; 0 is workspace.DefaultMaxUpload
	Heartbeat  time.Duration // between signs of life on a stream of events; 0 is 15 seconds
}

func (o Options) withDefaults() Options {
	if o.Workspace == nil || o.Store == nil {
		panic("api: a workspace and a store are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = studio.SystemClock
	}
	if o.IDs == nil {
		o.IDs = studio.NewUUIDs(o.Clock, nil)
	}
	if o.Version == "" {
		o.Version = "1"
	}
	if o.Address == nil {
		o.Address = remoteAddress
	}
	if o.PerAddress == (Rate{}) {
		o.PerAddress = Rate{PerSecond: 100, Burst: 400}
	}
	if o.PerActor == (Rate{}) {
		o.PerActor = Rate{PerSecond: 30, Burst: 120}
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = workspace.DefaultMaxUpload
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	return o
}

// server is the handler's state.
type server struct {
	Options
	work      *workspace.Workspace
	api       huma.API
	byAddress *Limiter
	byActor   *Limiter
}

// Handler returns the API. It answers whatever lies below /api/, and is to be
// given whole paths. It panics where something needed is missing.
func Handler(o Options) http.Handler {
	_, handler := newServer(o)
	return handler
}

func newServer(o Options) (*server, http.Handler) {
	o = o.withDefaults()
	s := &server{
		Options: o, work: o.Workspace,
		byAddress: NewLimiter(o.PerAddress, o.Clock), byActor: NewLimiter(o.PerActor, o.Clock),
	}
	r := chi.NewRouter()
	r.Use(s.begin, middleware.GetHead)
	r.NotFound(s.limitAddress(func(w http.ResponseWriter, r *http.Request) {
		s.refuseStatus(w, r, http.StatusNotFound, noSuchPath)
	}))
	r.MethodNotAllowed(s.limitAddress(func(w http.ResponseWriter, r *http.Request) {
		s.refuseStatus(w, r, http.StatusMethodNotAllowed, noSuchMethod)
	}))
	s.api = humachi.New(r, s.config())
	s.api.UseMiddleware(enter, s.authenticate, s.bound, s.readBody, s.once)
	s.register()
	s.finishDocument()
	s.serveDocument(r)
	return s, r
}

var (
	noSuchPath   = text{"there is nothing at this address; /api/docs lists what there is", "このアドレスには何もありません。/api/docsをご覧ください。"}
	noSuchMethod = text{"this address does not take this method; /api/docs lists what there is", "このアドレスではこのメソッドを使用できません。/api/docsをご覧ください。"}
)

// register puts every noun's operations into the router.
func (s *server) register() {
	for _, noun := range []func(){
		s.sessions, s.invitations, s.account, s.tokens, s.users,
		s.projects, s.members, s.events, s.files,
		s.sources, s.concepts, s.drawings, s.jobs, s.pictures, s.reviews,
		s.templates, s.cases, s.trials, s.reportPages, s.webhooks, s.policy, s.marks, s.audit, s.maintenance,
	} {
		noun()
	}
}

// enter tells the visit what the router made of the request.
func enter(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	v.request, v.writer = humachi.Unwrap(ctx)
	next(ctx)
}
