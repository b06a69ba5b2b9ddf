package studio

// Bounds of a page's size.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Page asks for a part of a list. Lists are ordered by id, newest first, so
// what is created between two calls neither repeats nor hides an entry.
type Page struct {
	After string // Next of the page before; "" for the first
	Limit int    // entries wanted; 0 means DefaultLimit, and MaxLimit is the most
}

// Size returns the number of entries that the page may have.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

// List is a page of a list.
type List[T any] struct {
	Items []T
	Next  string // Page.After of the next page; "" where this is the last
}

// NewList cuts items, of which a store read one more than the page holds, to
// the page's size. key gives an entry's place in the order.
func NewList[T any](items []T, p Page, key func(T) string) List[T] {
	if len(items) <= p.Size() {
		return List[T]{Items: items}
	}
	items = items[:p.Size()]
	return List[T]{Items: items, Next: key(items[len(items)-1])}
}

// All calls list for page after page and yields every entry, until one fails.
//
//	for picture, err := range studio.All(func(p studio.Page) (studio.List[studio.Picture], error) {
//		return tx.ListPictures(project, studio.PictureFilter{}, p)
//	}) { ... }
func All[T any](list func(Page) (List[T], error)) func(yield func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for p := (Page{Limit: MaxLimit}); ; {
			part, err := list(p)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range part.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.After = part.Next; p.After == "" {
				return
			}
		}
	}
}
