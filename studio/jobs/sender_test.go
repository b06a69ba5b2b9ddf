package jobs

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

const secret = "a secret of at least thirty-two characters"

// host is a server of this machine and a sender that may reach it.
func host(t *testing.T, answer http.HandlerFunc) (*sender, studio.Webhook) {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	s := newSenderWith(func(string, string, syscall.RawConn) error { return nil })
	trust(s, server)
	return s, studio.Webhook{URL: server.URL + "/hook", Secret: secret}
}

func trust(s *sender, server *httptest.Server) {
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	s.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
}

func TestSend(t *testing.T) {
	body := []byte(`{"id":"7-hook"}`)
	t.Run("OK", func(t *testing.T) {
		var got []byte
		s, hook := host(t, func(w http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			if err := CheckSignature(secret, r.Header, got, time.Now(), time.Minute); err != nil {
				t.Error(err)
			}
			if r.Header.Get(HeaderDelivery) != "7-hook" || r.Header.Get(HeaderEvent) != "job.ended" || r.Method != "POST" || r.URL.Path != "/hook" {
				t.Errorf("%s %s with %v", r.Method, r.URL, r.Header)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		status, err := s.send(context.Background(), hook, "7-hook", studio.EventJobEnded, body)
		if err != nil || status != 204 || string(got) != string(body) {
			t.Errorf("status %d of %q: %v", status, got, err)
		}
	})
	t.Run("ErrStatus", func(t *testing.T) {
		s, hook := host(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		if status, err := s.send(context.Background(), hook, "1", studio.EventJobEnded, body); status != 500 || err == nil {
			t.Errorf("status %d: %v", status, err)
		}
	})
	t.Run("ErrRedirect", func(t *testing.T) {
		followed := false
		s, hook := host(t, func(w http.ResponseWriter, r *http.Request) {
			if followed = r.URL.Path == "/inside"; !followed {
				http.Redirect(w, r, "/inside", http.StatusTemporaryRedirect)
			}
		})
		if status, err := s.send(context.Background(), hook, "1", studio.EventJobEnded, body); status != 307 || err == nil || followed {
			t.Errorf("status %d, followed %v: %v", status, followed, err)
		}
	})
	t.Run("ErrPlainHTTP", func(t *testing.T) {
		s, hook := host(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
		hook.URL = strings.Replace(hook.URL, "https:", "http:", 1)
		if _, err := s.send(context.Background(), hook, "1", studio.EventJobEnded, body); err == nil {
			t.Error("there was no error")
		}
	})
	t.Run("ErrUntrusted", func(t *testing.T) {
		s, hook := host(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
		s.client.Transport.(*http.Transport).TLSClientConfig = nil
		if _, err := s.send(context.Background(), hook, "1", studio.EventJobEnded, body); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("ErrEnds", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		s, hook := host(t, func(_ http.ResponseWriter, r *http.Request) { cancel() })
		if _, err := s.send(ctx, hook, "1", studio.EventJobEnded, body); err == nil {
			t.Error("there was no error")
		}
	})
}

// TestSendNowhereInside sends by the sender as it is: a name that resolves to this
// machine is refused when it is dialled.
func TestSendNowhereInside(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	defer server.Close()
	s := newSender()
	trust(s, server)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for _, address := range []string{server.URL, "https://localhost" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port, "https://0" + port} {
		var closed *closedError
		_, err := s.send(context.Background(), studio.Webhook{URL: address, Secret: secret}, "1", studio.EventJobEnded, []byte("{}"))
		if !errors.As(err, &closed) && address != "https://0"+port {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			t.Errorf("%s was reached", address)
		}
	}
}

func TestPauseAfter(t *testing.T) {
	want := []time.Duration{10 * time.Second, 40 * time.Second, 160 * time.Second, 640 * time.Second, 2560 * time.Second, 10240 * time.Second, longPause, longPause}
	for i, w := range want {
		if got := pauseAfter(i + 1); got != w {
			t.Errorf("after %d tries: %v, want %v", i+1, got, w)
		}
	}
}
