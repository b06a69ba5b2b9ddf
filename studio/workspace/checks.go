package workspace

import (
	"context"
	"fmt"
	"maps"

	"github.com/ichimai/ichimai/studio"
)

// Checker runs the automatic checks that need models, on a picture as PNG and
// the given pictures, as PNG, that its concepts were learned from.
type Checker interface {
	Check(ctx context.Context, picture []byte, sources [][]byte, prompt string) (Checks, error)
}

// Checks are the outcomes by name: "subject", "prompt", "sharpness", "copying"
// from a Checker, and "blocked_words" of the workspace itself. A picture's Scores
// keep them as [CheckValue] and [CheckPassed] name them.
type Checks map[string]Outcome

// Outcome is that of one check. A value that is not known, such as that of
// blocked words, is 0.
type Outcome struct {
	Value  float64
	Passed bool
}

// CheckValue is the score under which a check's value is kept.
func CheckValue(check string) string { return "check_" + check }

// CheckPassed is the score, 1 or 0, under which it is kept whether it passed.
func CheckPassed(check string) string { return "check_" + check + "_passed" }

// into adds the outcomes to scores.
func (c Checks) into(scores map[string]float64) map[string]float64 {
	all := map[string]float64{}
	maps.Copy(all, scores)
	for name, o := range c {
		all[CheckValue(name)], all[CheckPassed(name)] = o.Value, 0
		if o.Passed {
			all[CheckPassed(name)] = 1
		}
	}
	return all
}

// maxCheckSources is how many given pictures a check compares with.
const maxCheckSources = 8

// check runs the Checker, where there is one, on a picture.
func (w *Workspace) check(ctx context.Context, p studio.Picture, sources []studio.Source) (Checks, error) {
	checks := Checks{}
	if w.checks == nil {
		return checks, nil
	}
	png, err := w.files.Get(ctx, p.Blob, maxStored)
	if err != nil {
		return nil, fmt.Errorf("check picture: %w", err)
	}
	var given [][]byte
	for _, s := range sources[:min(len(sources), maxCheckSources)] {
		data, err := w.files.Get(ctx, s.Blob, maxStored)
		if err != nil {
			return nil, fmt.Errorf("check picture: %w", err)
		}
		given = append(given, data)
	}
	found, err := w.checks.Check(ctx, png, given, p.Prompt)
	if err != nil {
		return nil, fmt.Errorf("check picture: %w", err)
	}
	maps.Copy(checks, found)
	return checks, nil
}
