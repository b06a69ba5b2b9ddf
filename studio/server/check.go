package server

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Bounds of the automatic checks.
const (
	// maxCopying is from where a picture looks like a copy of a given one: cropped
	// by a tenth, a copy still has 0.8 (see measure.Copying).
	maxCopying = 0.8
	// minSharp is below what a blur of three pixels leaves of an edge (see
	// measure.Sharpness).
	minSharp = 0.2
	// minSide is the side from which a picture has a sharpness.
	minSide = 5
)

// byPixels are the automatic checks that need no model: is it sharp, and is it
// no copy of a given picture.
type byPixels struct{}

// Check is workspace.Checker's.
func (byPixels) Check(_ context.Context, png []byte, sources [][]byte, _ string) (workspace.Checks, error) {
	drawn, err := picture.Decode(bytes.NewReader(png), picture.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	checks := workspace.Checks{}
	if drawn.Width >= minSide && drawn.Height >= minSide {
		sharp, err := measure.Sharpness(drawn)
		if err != nil {
			return nil, fmt.Errorf("check sharpness: %w", err)
		}
		checks["sharpness"] = workspace.Outcome{Value: sharp, Passed: sharp >= minSharp}
	}
	var given []*picture.Picture
	for _, source := range sources {
		p, err := picture.Decode(bytes.NewReader(source), picture.Limits{})
		if err != nil {
			return nil, fmt.Errorf("read a given picture: %w", err)
		}
		given = append(given, p)
	}
	if len(given) > 0 {
		match, err := measure.Copying(given, drawn)
		if err != nil {
			return nil, fmt.Errorf("check for copying: %w", err)
		}
		checks["copying"] = workspace.Outcome{Value: match.Value, Passed: match.Value < maxCopying}
	}
	return checks, nil
}
