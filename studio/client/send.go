package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// call is a request that can be sent more than once.
type call struct {
	method, path string
	query        url.Values
	contentType  string
	body         []byte
	header       http.Header
	key          string // Idempotency-Key
}

// maxAnswer bounds an answer that is read into memory, in bytes.
const maxAnswer = 64 << 20

// get asks for JSON.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (v T, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: path, query: query}, &v)
	return v, err
}

// post sends JSON and gets JSON.
func post[T any](ctx context.Context, c *Client, path string, in any) (v T, err error) {
	return send[T](ctx, c, http.MethodPost, path, in)
}

func send[T any](ctx context.Context, c *Client, method, path string, in any) (v T, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return v, fmt.Errorf("encode request: %w", err)
	}
	err = c.do(ctx, call{method: method, path: path, contentType: "application/json", body: body, key: c.key(ctx)}, &v)
	return v, err
}

// do sends a call until it is answered, and decodes the answer into v.
func (c *Client) do(ctx context.Context, k call, v any) error {
	response, err := c.answer(ctx, k)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: read answer: %w", k.method, k.path, err)
	}
	if v == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w", k.method, k.path, err)
	}
	return nil
}

// answer sends a call until it is answered well or cannot be helped. The
// answer's body is to be closed.
func (c *Client) answer(ctx context.Context, k call) (*http.Response, error) {
	for try := 1; ; try++ {
		response, err := c.try(ctx, k)
		if err == nil {
			return response, nil
		}
		wait, again := retry(err, try)
		if !again || try >= c.o.Tries || ctx.Err() != nil {
			return nil, err
		}
		if stopped := c.o.Wait(ctx, wait); stopped != nil {
			return nil, errors.Join(stopped, err)
		}
	}
}

// retry says whether another try may help, and after how long.
func retry(err error, try int) (time.Duration, bool) {
	wait := 200 * time.Millisecond << min(try-1, 6)
	var refused *Error
	if !errors.As(err, &refused) {
		return wait, true // the network's fault
	}
	switch {
	case refused.Status == http.StatusTooManyRequests, refused.Status == http.StatusServiceUnavailable,
		refused.Status == http.StatusBadGateway, refused.Status == http.StatusGatewayTimeout:
	case refused.Code == studio.Conflict && refused.RetryAfter > 0: // the first try still runs
	default:
		return 0, false
	}
	return max(wait, refused.RetryAfter), true
}

// try sends a call once.
func (c *Client) try(ctx context.Context, k call) (*http.Response, error) {
	target := *c.base
	target.Path, target.RawQuery = c.base.Path+"/api/v1"+k.path, k.query.Encode()
	var body io.Reader = http.NoBody
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	request, err := http.NewRequestWithContext(ctx, k.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	c.setHeaders(request.Header, k)
	response, err := c.o.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read answer: %w", k.method, k.path, err)
	}
	return nil, fmt.Errorf("%s %s: %w", k.method, k.path, refusal(response, answer))
}

func (c *Client) setHeaders(h http.Header, k call) {
	for name, values := range k.header {
		h[name] = values
	}
	h.Set("Authorization", "Bearer "+c.token)
	if k.contentType != "" {
		h.Set("Content-Type", k.contentType)
	}
	if k.key != "" {
		h.Set("Idempotency-Key", k.key)
	}
	if c.o.Language != "" {
		h.Set("Accept-Language", c.o.Language)
	}
}
