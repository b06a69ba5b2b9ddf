package main

import (
	"context"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// settle returns the thing of a list that is the wanted one, and makes it where
// there is none. The request that makes it has a key, so that it is done once
// however often it is sent. Where the studio was stopped in the middle of the
// first, nobody knows whether it was done, which is a Conflict: then it looks
// again, and makes it with a new key.
func settle[T any](ctx context.Context, key string, list func(context.Context, client.Page) (client.List[T], error),
	wanted func(T) bool, make func(context.Context) (T, error)) (T, error) {
	v, found, err := find(ctx, list, wanted)
	if found || err != nil {
		return v, err
	}
	v, err = make(client.WithKey(ctx, key))
	if client.ErrorCode(err) != studio.Conflict {
		return v, err
	}
	if v, found, lost := find(ctx, list, wanted); found || lost != nil {
		return v, lost
	}
	return make(ctx)
}

func find[T any](ctx context.Context, list func(context.Context, client.Page) (client.List[T], error), wanted func(T) bool) (v T, found bool, err error) {
	for v, err := range client.All(ctx, list) {
		if err != nil || wanted(v) {
			return v, err == nil, err
		}
	}
	return v, false, nil
}
