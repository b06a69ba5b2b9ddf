package web

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// visit is one request: who asks, for what, in which language.
type visit struct {
	server  *server
	w       http.ResponseWriter
	r       *http.Request
	id      string // of the request, for the log
	address string
	lang    lang
	now     time.Time

	actor   workspace.Actor // zero until somebody is signed in
	session string          // its secret
	project studio.Project  // where the page is of one
	role    studio.Role     // in it
	waiting int             // pictures that wait for a decision, for the navigation

	section section // of the navigation
	title   string
	failure error // why the form was not taken; the page shows it
}

func (v *visit) ctx() context.Context { return v.r.Context() }

func (v *visit) work() *workspace.Workspace { return v.server.Workspace }

// say returns a text in the visitor's language.
func (v *visit) say(t text, pairs ...string) string { return t.in(v.lang, pairs...) }

// signedIn reports whether it is known who asks.
func (v *visit) signedIn() bool { return v.session != "" }

// path is the address of something of the project.
func (v *visit) path(parts ...string) string {
	var b strings.Builder
	b.WriteString("/p/" + v.project.ID)
	for _, p := range parts {
		b.WriteString("/" + p)
	}
	return b.String()
}

// url is path for an attribute.
func (v *visit) url(parts ...string) templ.SafeURL { return templ.SafeURL(v.path(parts...)) }

// file is the address of a blob of the project.
func (v *visit) file(blob string) string { return v.path("files", blob) }

// was is what a field holds: what was sent, where the form was not taken, else
// the value.
func (v *visit) was(field, value string) string {
	if v.failure != nil && v.r.Form.Has(field) {
		return v.r.Form.Get(field)
	}
	return value
}

// had reports whether a checkbox or option is chosen, as was does.
func (v *visit) had(field, option string, chosen bool) bool {
	if v.failure == nil {
		return chosen
	}
	for _, sent := range v.r.Form[field] {
		if sent == option {
			return true
		}
	}
	return false
}

// field is what the form or the query holds, without outer spaces.
func (v *visit) field(name string) string { return strings.TrimSpace(v.r.FormValue(name)) }

// fragment reports whether htmx asks for a part of a page.
func (v *visit) fragment() bool { return v.r.Header.Get("HX-Request") == "true" }

// redirect leads on after a form was taken. done names the notice that the next
// page shows, or is "".
func (v *visit) redirect(path, done string) error {
	if done != "" {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + "done=" + url.QueryEscape(done)
	}
	if v.fragment() {
		v.w.Header().Set("HX-Redirect", path)
		v.w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// show answers with a page in the studio's frame, whose navigation says how many
// pictures wait for a decision.
func (v *visit) show(title text, content templ.Component, pairs ...string) error {
	if v.project.ID != "" {
		counts, err := v.work().CountPictures(v.ctx(), v.actor, v.project.ID)
		if err != nil {
			return err
		}
		v.waiting = int(counts[studio.PictureSubmitted])
	}
	v.title = v.say(title, pairs...)
	return v.render(frame(v, content))
}

// render answers with a component. Nothing is sent before all of it is there.
func (v *visit) render(c templ.Component) error {
	var page bytes.Buffer
	if err := c.Render(v.ctx(), &page); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", string(v.lang))
	v.w.WriteHeader(statusOf(v.failure))
	_, err := page.WriteTo(v.w)
	return ignoreGone(v, err)
}

// message is what to show of an error.
func (v *visit) message(err error) string { return studio.ErrorMessage(err, string(v.lang)) }

// pageOf reads which part of a list is asked for.
func (v *visit) pageOf(limit int) studio.Page {
	return studio.Page{After: v.r.URL.Query().Get("after"), Limit: limit}
}

// next is the address of the same list's next part.
func (v *visit) next(after string) templ.SafeURL {
	q := v.r.URL.Query()
	q.Del("done")
	q.Set("after", after)
	return templ.SafeURL(v.r.URL.Path + "?" + q.Encode())
}

// here is the address of this page, to come back to after the language was
// switched. A form's own address, which cannot be opened, gives way to where the
// form was.
func (v *visit) here() string {
	if v.r.Method == http.MethodGet {
		return v.r.URL.RequestURI()
	}
	return cmp.Or(v.backPath(), "/")
}

// backPath is the page of our own that the request came from, or "".
func (v *visit) backPath() string {
	u, err := url.Parse(v.r.Referer())
	if err != nil || u.Host != v.r.Host {
		return ""
	}
	return localPath(u.RequestURI())
}

// localPath lets an address through only where it cannot lead to another site.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return ""
	}
	return path
}
