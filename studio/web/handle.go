package web

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
)

// action answers a visit, or says why not.
type action func(*visit) error

// audience is for whom an address is.
type audience int

const (
	anybody  audience = iota
	somebody          // who is signed in
	member            // of the project that the path names
)

// formMemory is how much of an upload is held in memory; the rest waits in
// temporary files.
const formMemory = 8 << 20

// plain gives a handler the headers of every answer and nothing else.
func (s *server) plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), s.IDs.NewID(), s.Secure)
		next.ServeHTTP(w, r)
	})
}

// handle makes an action a handler. limit bounds the body of a form, again shows
// a form's page where the form is not taken.
func (s *server) handle(whom audience, limit int64, do, again action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &meter{ResponseWriter: w}
		v := &visit{server: s, w: out, r: r, id: s.IDs.NewID(), address: s.Address(r), now: s.Clock(), lang: chooseLang(r)}
		setHeaders(out.Header(), v.id, s.Secure)
		defer v.log(out, time.Now())
		defer v.recover(out)
		err := v.authenticate()
		if wait := v.limit(); wait > 0 {
			v.tooMany(wait)
			return
		}
		if err == nil {
			err = v.enter(whom)
		}
		if err != nil {
			v.fail(err)
			return
		}
		v.serve(limit, do, again)
	})
}

// serve runs the action; a form first has to be one of ours.
func (v *visit) serve(limit int64, do, again action) {
	if v.r.Method == http.MethodPost {
		if err := v.readForm(limit); err != nil {
			v.fail(err)
			return
		}
	}
	err := do(v)
	if err == nil {
		return
	}
	if again == nil || !showAgain(err) {
		v.fail(err)
		return
	}
	v.failure = err
	if err := again(v); err != nil {
		v.fail(err)
	}
}

// showAgain reports whether what was wrong belongs beside the form.
func showAgain(err error) bool {
	switch studio.ErrorCode(err) {
	case studio.NotFound, studio.Internal:
		return false
	}
	return true
}

// limit takes a request of the user or, where nobody is signed in, of the address: many
// people may sit behind one. It returns how long to wait where there is none left.
func (v *visit) limit() time.Duration {
	if v.signedIn() {
		return v.server.byUser.Take(v.actor.User.ID)
	}
	return v.server.byHost.Take(api.AddressKey(v.address))
}

// enter lets in for whom the address is, and loads the project.
func (v *visit) enter(whom audience) error {
	if whom == anybody {
		return nil
	}
	if !v.signedIn() {
		return errSignIn
	}
	if whom == somebody {
		return nil
	}
	var err error
	v.project, v.role, err = v.work().Project(v.ctx(), v.actor, v.r.PathValue("project"))
	return err
}

// authenticate reads the session's cookie. One that is no longer good is the
// same as none.
func (v *visit) authenticate() error {
	c, err := v.r.Cookie(v.server.sessionCookie())
	if err != nil {
		return nil
	}
	actor, err := v.work().Authenticate(v.ctx(), c.Value, v.address)
	switch studio.ErrorCode(err) {
	case "":
		v.actor, v.session, v.lang = actor, c.Value, lang(actor.User.Language)
		return nil
	case studio.Unauthorised, studio.Expired:
		return nil
	}
	return err
}

// readForm bounds and reads a form, and wants it to come from our own page.
func (v *visit) readForm(limit int64) error {
	if err := v.checkOrigin(); err != nil {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	err := v.r.ParseForm() // by itself: ParseMultipartForm forgets its error
	if multi := v.r.ParseMultipartForm(formMemory); err == nil && !errors.Is(multi, http.ErrNotMultipart) {
		err = multi
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errorOf(studio.TooLarge, text{"What you sent is too large.", "送信されたデータが大きすぎます。"})
	case err != nil:
		return errorOf(studio.Invalid, text{"The form could not be read. Please send it again.", "フォームを読み取れませんでした。もう一度送信してください。"})
	}
	if v.signedIn() {
		return v.checkCSRF()
	}
	return nil
}

// tooMany asks the browser to wait.
func (v *visit) tooMany(wait time.Duration) {
	v.w.Header().Set("Retry-After", itoa(int64(wait/time.Second)+1))
	v.fail(errTooMany)
}

func (v *visit) recover(out *meter) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason == http.ErrAbortHandler {
		panic(reason)
	}
	v.server.Log.ErrorContext(v.ctx(), "panic", "reason", reason, "route", v.r.Pattern, "request", v.id, "stack", string(debug.Stack()))
	if out.status == 0 {
		v.fail(errors.New("panic"))
	}
}

// log writes one line. The route stands for the path, and neither query nor form
// is written, so no secret gets into the log.
func (v *visit) log(out *meter, start time.Time) {
	v.server.Log.InfoContext(v.ctx(), "page", "request", v.id, "method", v.r.Method, "route", v.r.Pattern, "status", out.status,
		"bytes", out.bytes, "took", time.Since(start), "user", v.actor.User.ID, "address", v.address)
}

// meter remembers what was answered.
type meter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the first status.
func (m *meter) WriteHeader(status int) {
	if m.status == 0 && status >= 200 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (m *meter) Write(p []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(p)
	m.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// ignoreGone drops the error of a reader that has left.
func ignoreGone(v *visit, err error) error {
	if err != nil && (v.ctx().Err() != nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}
