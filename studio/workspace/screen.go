package workspace

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ichimai/ichimai/phash"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// markCache keeps what marks look like: they never change.
type markCache struct {
	mu   sync.Mutex
	seen map[string]phash.Mark // by the mark's id
}

// looks returns how the marks look, and forgets those that are no longer there.
func (w *Workspace) looks(ctx context.Context, marks []studio.Mark) ([]phash.Mark, error) {
	w.marks.mu.Lock()
	defer w.marks.mu.Unlock()
	seen, list := make(map[string]phash.Mark, len(marks)), make([]phash.Mark, len(marks))
	for i, m := range marks {
		look, known := w.marks.seen[m.ID]
		if !known {
			p, err := w.stored(ctx, m.Blob)
			if err != nil {
				return nil, fmt.Errorf("read mark %q: %w", m.Name, err)
			}
			if look, err = phash.NewMark(p); err != nil {
				return nil, fmt.Errorf("read mark %q: %w", m.Name, err)
			}
		}
		seen[m.ID], list[i] = look, look
	}
	w.marks.seen = seen
	return list, nil
}

// stored reads a picture that the workspace encoded.
func (w *Workspace) stored(ctx context.Context, blob string) (*picture.Picture, error) {
	data, err := w.files.Get(ctx, blob, maxStored)
	if err != nil {
		return nil, err
	}
	return picture.Decode(bytes.NewReader(data), picture.Limits{})
}

// compareMarks looks for the marks in a picture. Where there are none there is no verdict.
// The error is ctx's, or of what is stored.
func (w *Workspace) compareMarks(ctx context.Context, p *picture.Picture, marks []studio.Mark) (*studio.Verdict, error) {
	if len(marks) == 0 {
		return nil, nil
	}
	looks, err := w.looks(ctx, marks)
	if err != nil {
		return nil, err
	}
	select {
	case decoding <- struct{}{}: // it takes a processor for as long
		defer func() { <-decoding }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	matches, err := phash.Search(ctx, p, looks)
	if err != nil {
		return nil, err
	}
	return markVerdict(marks, matches), nil
}

func markVerdict(marks []studio.Mark, matches []phash.Match) *studio.Verdict {
	highest := 0.0
	v := &studio.Verdict{
		Check: studio.CheckMark, Outcome: studio.OutcomePassed, Value: &highest, Threshold: new(float64(phash.Threshold)), AtMost: true,
		Against: studio.MarksDigest(marks),
	}
	for i, m := range matches {
		highest = max(highest, m.Similarity)
		if m.Found() {
			v.Outcome = studio.OutcomeRefused
			v.Marks = append(v.Marks, studio.FoundMark{
				ID: marks[i].ID, Name: marks[i].Name, Similarity: m.Similarity,
				X: m.Area.Min.X, Y: m.Area.Min.Y, Width: m.Area.Dx(), Height: m.Area.Dy(),
			})
		}
	}
	slices.SortStableFunc(v.Marks, func(a, b studio.FoundMark) int { return cmp.Compare(b.Similarity, a.Similarity) })
	return v
}

// unknown are verdicts of checks that could not be made.
func unknown(why string, checks ...string) []studio.Verdict {
	var list []studio.Verdict
	for _, check := range checks {
		list = append(list, studio.Verdict{Check: check, Outcome: studio.OutcomeUnknown, Why: why})
	}
	return list
}

// ScreenPicture compares a picture of an export with the marks anew, where they have changed
// since it was, and keeps what it finds.
func (w *Workspace) ScreenPicture(ctx context.Context, project, id string) error {
	return w.screen(ctx, w.System(), maySee, project, id)
}

// screen compares a picture that waits for an approval or a publication, or leaves, with the
// marks anew where they have changed since, and keeps what it finds.
func (w *Workspace) screen(ctx context.Context, actor Actor, may permission, project, id string) error {
	var p studio.Picture
	var marks []studio.Mark
	err := w.view(ctx, actor, project, may, func(c *call) (err error) {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		marks, err = c.allMarks()
		return err
	})
	if err != nil || !checkable[p.State] || screened(&p, marks) {
		return err
	}
	drawn, err := w.stored(ctx, p.Blob)
	if err != nil {
		return fmt.Errorf("compare picture with marks: %w", err)
	}
	found, err := w.compareMarks(ctx, drawn, marks)
	if err != nil {
		return fmt.Errorf("compare picture with marks: %w", err)
	}
	checks := slices.DeleteFunc(slices.Clone(p.Checks), func(v studio.Verdict) bool { return v.Check == studio.CheckMark })
	if found != nil {
		checks = append(checks, *found)
	}
	_, err = w.keepChecks(ctx, actor, may, p, checks)
	return err
}

// screened says whether the picture was compared with these marks.
func screened(p *studio.Picture, marks []studio.Mark) bool {
	digest := studio.MarksDigest(marks)
	v := p.Verdict(studio.CheckMark)
	if v == nil {
		return digest == ""
	}
	return v.Outcome != studio.OutcomeUnknown && v.Against == digest
}

// keepChecks writes what checks found of a picture that was read before. An override stays
// where nothing but marks that it was about was found.
func (w *Workspace) keepChecks(ctx context.Context, actor Actor, may permission, before studio.Picture, checks []studio.Verdict) (studio.Picture, error) {
	return w.changePicture(ctx, actor, before.ProjectID, before.ID, may, "picture.check", outcomes(checks), func(_ *call, p *studio.Picture) error {
		if !checkable[p.State] {
			return studio.Errorf(studio.Conflict, "a picture that is %s is not checked", "状態が「%s」の画像はチェックできません。", p.State)
		}
		old := p.Verdict(studio.CheckMark)
		p.Checks = checks
		if now := p.Verdict(studio.CheckMark); old != nil && now != nil && covers(old, now) {
			now.Override = old.Override
		}
		return nil
	})
}

// covers says whether the override of one verdict is about all that another refuses.
func covers(old, now *studio.Verdict) bool {
	if now.Outcome != studio.OutcomeRefused {
		return false
	}
	for _, m := range now.Marks {
		if !slices.ContainsFunc(old.Marks, func(o studio.FoundMark) bool { return o.ID == m.ID }) {
			return false
		}
	}
	return true
}

// outcomes are what the audit record keeps of checks.
func outcomes(checks []studio.Verdict) fields {
	all := fields{}
	for _, v := range checks {
		all[v.Check] = v.Outcome
		if len(v.Marks) > 0 {
			all["marks"] = v.MarkNames()
		}
	}
	return all
}
