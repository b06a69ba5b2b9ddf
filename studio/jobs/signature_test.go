package jobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func TestSign(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	// echo -n '1800000000.{"id":"1"}' | openssl dgst -sha256 -hmac secret
	const want = "v1=2c569bb21eb28d328381bd12465ed2de5a805b1890bb26238d53ab3b433cf2ca"
	if got := Sign("secret", at, []byte(`{"id":"1"}`)); got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestCheckSignature(t *testing.T) {
	at, body := time.Unix(1_800_000_000, 0), []byte(`{"id":"1"}`)
	good := func() http.Header {
		return http.Header{HeaderTimestamp: {stamp(at)}, HeaderSignature: {Sign("secret", at, body)}}
	}
	tests := []struct {
		name   string
		change func(http.Header) (secret, body string, now time.Time)
		want   studio.Code
	}{
		{"OK", func(http.Header) (string, string, time.Time) { return "secret", string(body), at.Add(time.Minute) }, ""},
		{"ErrBody", func(http.Header) (string, string, time.Time) { return "secret", string(body) + " ", at }, studio.Unauthorised},
		{"ErrSecret", func(http.Header) (string, string, time.Time) { return "Secret", string(body), at }, studio.Unauthorised},
		{"ErrTime", func(h http.Header) (string, string, time.Time) {
			h.Set(HeaderTimestamp, stamp(at.Add(time.Second)))
			return "secret", string(body), at
		}, studio.Unauthorised},
		{"ErrNoTime", func(h http.Header) (string, string, time.Time) {
			h.Del(HeaderTimestamp)
			return "secret", string(body), at
		}, studio.Unauthorised},
		{"ErrVersion", func(h http.Header) (string, string, time.Time) {
			h.Set(HeaderSignature, strings.TrimPrefix(h.Get(HeaderSignature), signatureVersion))
			return "secret", string(body), at
		}, studio.Unauthorised},
		{"ErrOld", func(http.Header) (string, string, time.Time) { return "secret", string(body), at.Add(time.Hour) }, studio.Expired},
		{"ErrEarly", func(http.Header) (string, string, time.Time) { return "secret", string(body), at.Add(-time.Hour) }, studio.Expired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := good()
			secret, body, now := tt.change(h)
			if err := CheckSignature(secret, h, []byte(body), now, 5*time.Minute); studio.ErrorCode(err) != tt.want {
				t.Errorf("code %q of %v, want %q", studio.ErrorCode(err), err, tt.want)
			}
		})
	}
}
