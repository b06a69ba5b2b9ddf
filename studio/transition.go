package studio

import "slices"

// transitions lists for each state those that may follow it.
type transitions[S ~string] map[S][]S

// allow reports whether a thing in one state may pass to another, or stay.
func (t transitions[S]) allow(from, to S) bool {
	return from == to || slices.Contains(t[from], to)
}

// check is allow as a Conflict; thing is what it is of, in both languages.
func (t transitions[S]) check(english, japanese string, from, to S) error {
	if t.allow(from, to) {
		return nil
	}
	return Errorf(Conflict, "%[1]s that is %[3]s cannot become %[4]s", "%[2]sの状態を%[3]sから%[4]sに変更することはできません。",
		english, japanese, from, to)
}
