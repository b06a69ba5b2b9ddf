package sqlite

import (
	"time"

	"github.com/ichimai/ichimai/studio"
)

// after is the id that a page's entries lie below: ids are ASCII, and "~" is
// above all of them.
func after(p studio.Page) string {
	if p.After == "" {
		return "~"
	}
	return p.After
}

// size is one more than the page holds, which tells whether there is another.
func size(p studio.Page) int64 { return int64(p.Size()) + 1 }

// choice is a filter of a boolean: -1 picks both.
func choice(b *bool) int64 {
	switch {
	case b == nil:
		return -1
	case *b:
		return 1
	}
	return 0
}

// before is a bound in time: the zero time bounds nothing.
func before(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// page turns rows into a page of the domain's type.
func page[Row, T any](of noun, rows []Row, err error, p studio.Page, convert func(Row) T, key func(T) string) (studio.List[T], error) {
	if err != nil {
		return studio.List[T]{}, of.fail("list", err)
	}
	items := make([]T, len(rows))
	for i, row := range rows {
		items[i] = convert(row)
	}
	return studio.NewList(items, p, key), nil
}
