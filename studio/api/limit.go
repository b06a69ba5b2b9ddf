package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

var tooMany = text{
	"too many requests; please wait a moment",
	"リクエストが多すぎます。しばらく待ってからもう一度お試しください。",
}

// limitAddress lets each address ask only so often.
func (s *server) limitAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := s.byAddress.Take(AddressKey(visitOf(r.Context()).address)); wait > 0 {
			s.refuseRate(w, r, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitActor lets each user ask only so often, however many addresses and
// tokens they have.
func (s *server) limitActor(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	if id := v.actor.User.ID; id != "" {
		if wait := s.byActor.Take(id); wait > 0 {
			s.refuseRate(v.writer, v.request, wait)
			return
		}
	}
	next(ctx)
}

func (s *server) refuseRate(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	setRetryAfter(w.Header(), wait)
	s.refuse(w, r, tooMany.error(RateLimited))
}
