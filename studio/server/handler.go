package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/web"
)

// Handler answers everything: the API below /api/, the pages elsewhere.
func (s *Server) Handler() http.Handler {
	var origins []string
	secure := false
	if s.origin != nil {
		origins, secure = []string{s.origin.String()}, s.origin.Scheme == "https"
	}
	seen := web.Options{
		Workspace: s.work, Log: s.log, Origins: origins, Address: s.address, Secure: secure, Device: s.device,
	}
	pages := web.Handler(seen)
	programs := api.Handler(api.Options{
		Workspace: s.work, Store: s.db, Log: s.log, Version: s.options.Version,
		Origins: origins, Address: s.address, Secure: secure, Report: web.ReportPage(seen),
	})
	mux := http.NewServeMux()
	mux.Handle("/api/", underOneName(programs, secure))
	mux.Handle("/", pages)
	return mux
}

// underOneName hands the API the session's cookie of the pages, whose name over
// HTTPS has a prefix.
func underOneName(next http.Handler, secure bool) http.Handler {
	if !secure {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(web.SecurePrefix + api.SessionCookie); err == nil {
			r = r.Clone(r.Context())
			r.Header.Set("Cookie", (&http.Cookie{Name: api.SessionCookie, Value: c.Value}).String())
		}
		next.ServeHTTP(w, r)
	})
}

// address is where a request comes from: the connection's other end, or, where
// a proxy on this machine stands in front, the one that it saw.
func (s *Server) address(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := remote.Addr().Unmap().WithZone("")
	if s.origin == nil || !address.IsLoopback() {
		return address.String()
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if seen, err := netip.ParseAddr(strings.TrimSpace(chain[len(chain)-1])); err == nil {
		return seen.Unmap().WithZone("").String()
	}
	return address.String()
}
