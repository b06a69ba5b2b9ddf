package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Bounds of a delivery.
const (
	sendTime    = 15 * time.Second // from resolving to the end of the answer
	dialTime    = 5 * time.Second
	maxResponse = 64 << 10 // bytes that are read of an answer
)

// sender sends deliveries: over TLS, to the public network alone, through no proxy,
// and following no redirect.
type sender struct {
	client *http.Client
	now    func() time.Time
}

func newSender() *sender { return newSenderWith(refuseClosed) }

func newSenderWith(control func(network, address string, c syscall.RawConn) error) *sender {
	dialer := &net.Dialer{Timeout: dialTime, Control: control}
	return &sender{
		now: time.Now,
		client: &http.Client{
			Timeout:       sendTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DialContext:            dialer.DialContext,
				TLSHandshakeTimeout:    dialTime,
				ResponseHeaderTimeout:  sendTime,
				MaxResponseHeaderBytes: maxResponse,
				DisableKeepAlives:      true, // a name is resolved anew each time
				DisableCompression:     true,
			},
		},
	}
}

// send posts a body to a webhook. The status is that of the answer, 0 where none
// came. What was not taken, with a status of 200 to 299, is an error that says why
// without saying what is on the network.
func (s *sender) send(ctx context.Context, hook studio.Webhook, id string, event studio.Event, body []byte) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the address is none")
	}
	if r.URL.Scheme != "https" {
		return 0, errors.New("the address is not https")
	}
	at := s.now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Ichimai")
	r.Header.Set(HeaderDelivery, id)
	r.Header.Set(HeaderEvent, string(event))
	r.Header.Set(HeaderTimestamp, stamp(at))
	r.Header.Set(HeaderSignature, Sign(hook.Secret, at, body))
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, sendError(err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, maxResponse)) // what it says is not ours to judge
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return answer.StatusCode, fmt.Errorf("the host answered %d; redirects are not followed", answer.StatusCode)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return answer.StatusCode, fmt.Errorf("the host answered %d", answer.StatusCode)
	}
	return answer.StatusCode, nil
}

// sendError says why no answer came, as far as a person who set the address may
// know.
func sendError(err error) error {
	var closed *closedError
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &closed):
		return closed
	case errors.As(err, &dns):
		return errors.New("the host's name could not be resolved")
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the host did not answer within %v", sendTime)
	}
	return errors.New("the host could not be reached over TLS")
}
