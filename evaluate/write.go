package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
)

// ReportOptions are how results are shown.
type ReportOptions struct {
	Lang string // en or ja
	// PictureBytes is the most that the report's pictures take.
	PictureBytes int64
	// Report, if set, is told of the rows whose sets of pictures are compared with the
	// real ones, which takes seconds each the first time.
	Report func(row string)
}

// Written are the files of the results.
type Written struct {
	Report, CSV, Summary string
	Sentences            []string // what was found, in the chosen language
}

// Names of the results' files.
const (
	ReportFile  = "report.html"
	ScoresFile  = "scores.csv"
	SummaryFile = "summary.json"
)

// Write makes the results from what a folder holds, whole or in part: see [Run]. The
// error is a *[NothingError] where there is nothing, and a *[ChangedError] where what is
// there is of another protocol.
func Write(ctx context.Context, p *Protocol, dir string, o ReportOptions) (Written, error) {
	x, err := readIndex(dir)
	if err != nil {
		return Written{}, err
	}
	if x.Protocol != p.hash() {
		return Written{}, &ChangedError{Path: p.path, Dir: dir}
	}
	s, err := summarise(ctx, newData(p, dir, x), o)
	if err != nil {
		return Written{}, fmt.Errorf("summarise %s: %w", dir, err)
	}
	made := Written{filepath.Join(dir, ReportFile), filepath.Join(dir, ScoresFile), filepath.Join(dir, SummaryFile), s.out.Sentences[o.Lang]}
	table, err := s.scoresCSV()
	if err != nil {
		return made, err
	}
	page, err := s.report(words{o.Lang}, o.PictureBytes)
	if err != nil {
		return made, fmt.Errorf("write report: %w", err)
	}
	return made, firstError(writeFile(made.CSV, table), writeJSON(made.Summary, s.out), writeFile(made.Report, page))
}

// ChangedError says that a folder holds the results of another protocol.
type ChangedError struct{ Path, Dir string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s has changed since %s was made; run it without --report-only, which takes what is still right and makes the rest", e.Path, e.Dir)
}
