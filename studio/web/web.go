package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Options set what the pages take from outside.
type Options struct {
	Workspace *workspace.Workspace // needed
	Log       *slog.Logger         // nil discards
	Clock     studio.Clock         // nil is studio.SystemClock
	IDs       studio.IDs           // of requests; nil is studio.NewUUIDs(Clock, nil)
	Zone      *time.Location       // in which times are shown; nil is the machine's own
	MaxUpload int64                // bytes of a picture; 0 is workspace.DefaultMaxUpload
	PerHost   api.Rate             // requests of one address by nobody who is signed in; zero is 50 a second, 400 at once
	PerUser   api.Rate             // requests of one user; zero is 50 a second, 400 at once

	// Origins are those of the pages, such as "https://studio.example.com". Where
	// there are none it is the host that the request names; a proxy in front needs
	// them.
	Origins []string

	// Address returns a request's network address. Nil is that of the connection's
	// other end; a proxy in front needs another.
	Address func(*http.Request) string

	// Secure says that the pages are reached over HTTPS alone: cookies then have
	// the prefix __Host- and are sent over nothing else.
	Secure bool

	// Device says what computes, for the page of the studio's state. Nil leaves it
	// out.
	Device func() Device
}

// Device is what computes and with which model.
type Device struct {
	Name  string // "" before the model was opened
	Model string
}

// server is the handler's state.
type server struct {
	Options
	zone   *time.Location
	byHost *api.Limiter
	byUser *api.Limiter
}

// Handler returns the pages. It panics where the workspace is missing.
func Handler(o Options) http.Handler { return newServer(o).routes() }

func newServer(o Options) *server {
	if o.Workspace == nil {
		panic("web: a workspace is needed")
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
	if o.Address == nil {
		o.Address = remoteAddress
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = workspace.DefaultMaxUpload
	}
	if o.PerHost == (api.Rate{}) {
		o.PerHost = api.Rate{PerSecond: 50, Burst: 400}
	}
	if o.PerUser == (api.Rate{}) {
		o.PerUser = api.Rate{PerSecond: 50, Burst: 400}
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	return &server{Options: o, zone: o.Zone, byHost: api.NewLimiter(o.PerHost, o.Clock), byUser: api.NewLimiter(o.PerUser, o.Clock)}
}
