package api

import (
	"context"
	"net/url"
	"strconv"

	"github.com/ichimai/ichimai/studio"
)

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Give it to after for the next page; absent on the last"`
}

// Paged are the query parameters of every list.
type Paged struct {
	After string `query:"after" maxLength:"200" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"0" maximum:"200" doc:"Entries wanted; 0 is 50"`
}

func (p Paged) page() studio.Page { return studio.Page{After: p.After, Limit: p.Limit} }

// answer is an operation's output with a body.
type answer[T any] struct{ Body T }

// listing is the output of an operation that lists.
type listing[T any] struct {
	Link string `header:"Link" doc:"Leads to the next page (RFC 8288)"`
	Body Page[T]
}

// nothing is the output of an operation that has nothing to say but that it was done.
type nothing struct{}

// reply makes an output of what a use case returned.
func reply[S, T any](view func(S) T) func(S, error) (*answer[T], error) {
	return func(v S, err error) (*answer[T], error) {
		if err != nil {
			return nil, err
		}
		return &answer[T]{Body: view(v)}, nil
	}
}

// done is reply where there is nothing to show.
func done(err error) (*nothing, error) {
	if err != nil {
		return nil, err
	}
	return &nothing{}, nil
}

// replyList makes an output of a page of a list.
func replyList[S, T any](ctx context.Context, view func(S) T) func(studio.List[S], error) (*listing[T], error) {
	return func(l studio.List[S], err error) (*listing[T], error) {
		if err != nil {
			return nil, err
		}
		out := &listing[T]{Body: Page[T]{Items: each(l.Items, view), Next: l.Next}}
		if l.Next != "" {
			out.Link = nextLink(visitOf(ctx).request.URL, l.Next)
		}
		return out, nil
	}
}

// nextLink is the request's own address with another after.
func nextLink(u *url.URL, after string) string {
	q := u.Query()
	q.Set("after", after)
	next := url.URL{Path: u.Path, RawQuery: q.Encode()}
	return "<" + next.String() + `>; rel="next"`
}

// each views every entry of a list, which is never nil.
func each[S, T any](list []S, view func(S) T) []T {
	out := make([]T, 0, len(list))
	for _, v := range list {
		out = append(out, view(v))
	}
	return out
}

// flag is a query parameter that is true, false or not given.
type flag string

func (f flag) pointer() *bool {
	if v, err := strconv.ParseBool(string(f)); err == nil {
		return &v
	}
	return nil
}
