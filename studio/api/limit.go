package api

import (
	"net/http"
	"time"
)

var tooMany = text{
	"too many requests; please wait a moment",
	"リクエストが多すぎます。しばらく待ってからもう一度お試しください。",
}

// limitAddress lets each address ask only so often, where no operation finds out who asks.
func (s *server) limitAddress(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if wait := s.takeAddress(visitOf(r.Context())); wait > 0 {
			s.refuseRate(w, r, wait)
			return
		}
		next(w, r)
	}
}

func (s *server) takeAddress(v *visit) time.Duration { return s.byAddress.Take(AddressKey(v.address)) }

// limit lets each user ask only so often, however many addresses and tokens they have, and
// each address where nobody is known, such as with a token that is none: many people may sit
// behind one address.
func (s *server) limit(v *visit) (wait time.Duration) {
	if id := v.actor.User.ID; id != "" {
		return s.byActor.Take(id)
	}
	return s.takeAddress(v)
}

func (s *server) refuseRate(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	setRetryAfter(w.Header(), wait)
	s.refuse(w, r, tooMany.error(RateLimited))
}
