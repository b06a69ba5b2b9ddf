package client

import "context"

type keyOfContext struct{}

// WithKey gives the next call its Idempotency-Key, in place of a new one: a
// request with the same key, body and token is done once, however often and from
// however many processes it is sent within a day. Every call needs a key of its
// own; a context with one is for one call.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyOfContext{}, key)
}

// key is the Idempotency-Key of a call.
func (c *Client) key(ctx context.Context) string {
	if key, given := ctx.Value(keyOfContext{}).(string); given {
		return key
	}
	return c.o.NewKey()
}
