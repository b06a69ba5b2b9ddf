package weights

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// KeyError lists everything in which a file's keys differ from what a model
// wants, by checkpoint name.
type KeyError struct {
	Path       string // of the file, where the source has one
	Missing    []string
	Unexpected []string
	Wrong      []WrongShape
}

// WrongShape is a tensor whose shape is not the model's.
type WrongShape struct {
	Name      string
	Want, Got []int
}

func (w WrongShape) String() string {
	return fmt.Sprintf("%s is %v, the model wants %v", clip(w.Name), w.Got, w.Want)
}

// maxListed is how many keys of each kind an error's text names.
const maxListed = 20

func (e *KeyError) Error() string {
	wrong := make([]string, len(e.Wrong))
	for i, w := range e.Wrong {
		wrong[i] = w.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s does not fit the model", cmp.Or(e.Path, "the checkpoint"))
	listKeys(&b, "missing", clipAll(e.Missing))
	listKeys(&b, "unexpected", clipAll(e.Unexpected))
	listKeys(&b, "wrongly shaped", wrong)
	return b.String()
}

func listKeys(b *strings.Builder, what string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%d %s:", len(lines), what)
	for _, line := range lines[:min(len(lines), maxListed)] {
		b.WriteString("\n  " + line)
	}
	if more := len(lines) - maxListed; more > 0 {
		fmt.Fprintf(b, "\n  and %d more", more)
	}
}

func clipAll(names []string) []string {
	clipped := make([]string, len(names))
	for i, name := range names {
		clipped[i] = clip(name)
	}
	return clipped
}

// Check compares a source's names and shapes with those that a model wants and
// returns a *KeyError that lists every difference, or nil. Number types may
// differ, as reading converts them. ignore, which may be nil, picks names that
// may be in the file although nobody wants them (position_ids, EMA counters).
func Check(src Source, want []Info, ignore func(name string) bool) error {
	e := &KeyError{Path: sourcePath(src)}
	wanted := make(map[string]bool, len(want))
	for _, w := range want {
		wanted[w.Name] = true
		got, ok := src.Info(w.Name)
		switch {
		case !ok:
			e.Missing = append(e.Missing, w.Name)
		case !slices.Equal(got.Shape, w.Shape):
			e.Wrong = append(e.Wrong, WrongShape{Name: w.Name, Want: w.Shape, Got: got.Shape})
		}
	}
	for _, name := range src.Names() {
		if !wanted[name] && (ignore == nil || !ignore(name)) {
			e.Unexpected = append(e.Unexpected, name)
		}
	}
	if len(e.Missing)+len(e.Unexpected)+len(e.Wrong) == 0 {
		return nil
	}
	slices.Sort(e.Missing)
	slices.SortFunc(e.Wrong, func(a, b WrongShape) int { return strings.Compare(a.Name, b.Name) })
	return e
}

// sourcePath is where a source was opened, empty when it does not say.
func sourcePath(src Source) string {
	if p, ok := src.(interface{ Path() string }); ok {
		return p.Path()
	}
	return ""
}
