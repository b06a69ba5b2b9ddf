package api

import (
	"context"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func TestReportPage(t *testing.T) {
	const address = "/api/v1/projects/p/trials/t/report.html"
	t.Run("OK", func(t *testing.T) {
		b := setup(t, func(o *Options) {
			o.Report = func(_ context.Context, actor workspace.Actor, project, trial, language string) ([]byte, error) {
				return []byte(strings.Join([]string{actor.User.Email, project, trial, language}, " ")), nil
			}
		})
		w := b.call("GET", address, nil, "Accept-Language", "ja")
		if w.Code != 200 || w.Body.String() != "admin@example.com p t ja" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if h := w.Header(); !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("a browser may show it in the studio's origin: %v", h)
		}
	})
	t.Run("ErrNobody", func(t *testing.T) {
		b := setup(t, func(o *Options) {
			o.Report = func(context.Context, workspace.Actor, string, string, string) ([]byte, error) { return nil, nil }
		})
		if w := b.send(b.request("GET", address, nil)); w.Code != 401 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("ErrRefused", func(t *testing.T) {
		b := setup(t, func(o *Options) {
			o.Report = func(context.Context, workspace.Actor, string, string, string) ([]byte, error) {
				return nil, studio.Errorf(studio.NotFound, "none", "なし")
			}
		})
		if w := b.call("GET", address, nil); w.Code != 404 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("ErrNoPages", func(t *testing.T) {
		b := setup(t)
		if w := b.call("GET", address, nil); w.Code != 409 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
