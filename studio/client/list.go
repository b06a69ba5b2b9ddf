package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// Page asks for a part of a list.
type Page struct {
	After string // Next of the page before; "" for the first
	Limit int    // entries wanted; 0 leaves it to the studio
}

// List is a page of a list, newest first.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // Page.After of the next; "" where this is the last
}

func (p Page) into(query url.Values) url.Values {
	if query == nil {
		query = url.Values{}
	}
	if p.After != "" {
		query.Set("after", p.After)
	}
	if p.Limit > 0 {
		query.Set("limit", strconv.Itoa(p.Limit))
	}
	return query
}

// All calls list for page after page and yields every entry, until one fails.
//
//	for picture, err := range client.All(ctx, project.Pictures) { ... }
func All[T any](ctx context.Context, list func(context.Context, Page) (List[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p := (Page{}); ; {
			part, err := list(ctx, p)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, v := range part.Items {
				if !yield(v, nil) {
					return
				}
			}
			if p.After = part.Next; p.After == "" {
				return
			}
		}
	}
}
