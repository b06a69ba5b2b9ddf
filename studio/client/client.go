package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Options set what a Client takes from outside. The zero value is ready for use.
type Options struct {
	HTTP     *http.Client                                     // nil is http.DefaultClient
	Language string                                           // of messages: "en" or "ja"; "" is the user's own
	Tries    int                                              // of one call, with the first; 0 is 4
	Wait     func(ctx context.Context, d time.Duration) error // between tries; nil sleeps
	NewKey   func() string                                    // an Idempotency-Key; nil is a random one
}

// Client speaks to one studio as one user. It may be used by many goroutines at
// once.
type Client struct {
	base  *url.URL
	token string
	o     Options
}

// New returns a client of the studio at an address such as
// "https://studio.example.com", with an API token. Nothing is sent yet.
func New(address, token string, o Options) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("studio's address: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("studio's address %q does not start with https:// and a host", address)
	}
	if strings.TrimSpace(token) == "" {
		return nil, errors.New("an API token is needed; make one in the studio under your account")
	}
	base.Path, base.RawPath, base.RawQuery, base.Fragment = strings.TrimRight(base.Path, "/"), "", "", ""
	if o.HTTP == nil {
		o.HTTP = http.DefaultClient
	}
	if o.Tries <= 0 {
		o.Tries = 4
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	if o.NewKey == nil {
		o.NewKey = studio.NewSecret
	}
	return &Client{base: base, token: token, o: o}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Me returns who the token acts for.
func (c *Client) Me(ctx context.Context) (Identity, error) {
	return get[Identity](ctx, c, "/session", nil)
}
