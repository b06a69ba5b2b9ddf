package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// Checker runs the automatic checks that need models. It may be called from several
// goroutines at once.
type Checker interface {
	// Check returns a verdict for each of studio's checks subject, prompt, sharpness and
	// copying that can be asked of the picture; one that could not be made has its reason.
	Check(ctx context.Context, r CheckRequest) ([]studio.Verdict, error)
}

// CheckRequest is a picture to check, with what it is compared with.
type CheckRequest struct {
	Picture  *picture.Picture
	Prompt   string             // as it was drawn
	Concepts []CheckedConcept   // that the prompt names
	Sources  []*picture.Picture // given pictures that the concepts were learned from; none leaves subject and copying out
}

// CheckedConcept is a concept by its file.
type CheckedConcept struct {
	Blob string // SHA-256 of File
	File []byte // safetensors
}

// DefaultCheckTime is how long the automatic checks of a picture may take while a person
// waits. What is not done by then is unknown, which an approver sees and can have made
// again.
const DefaultCheckTime = 20 * time.Second

// Bounds of the given pictures that a check compares with.
const (
	maxCheckSources = 8
	checkSide       = 1024 // pixels of the longer side, to which larger ones are scaled down: towers see less
)

// checked is what the checks of a picture go by.
type checked struct {
	picture  studio.Picture
	sources  []studio.Source
	concepts []studio.Concept
	marks    []studio.Mark
	policy   studio.Policy
}

// checked reads what a picture is checked by.
func (c *call) checked(p studio.Picture) (k checked, err error) {
	k.picture = p
	if k.policy, err = c.Policy(); err != nil {
		return k, err
	}
	if k.sources, err = c.sourcesOf(p.ConceptIDs...); err != nil {
		return k, err
	}
	for _, id := range p.ConceptIDs {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return k, err
		}
		k.concepts = append(k.concepts, v)
	}
	k.marks, err = c.allMarks()
	return k, err
}

// check runs all automatic checks within a time. That one of them fails is no error:
// its verdict says so, and the log why.
func (w *Workspace) check(ctx context.Context, k checked, within time.Duration) ([]studio.Verdict, error) {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	drawn, err := w.stored(ctx, k.picture.Blob)
	if err != nil {
		return nil, fmt.Errorf("check picture: %w", err)
	}
	marked, err := w.compareMarks(limited, drawn, k.marks)
	if err != nil {
		w.missed(ctx, k, "marks", err)
		marked = &unknown(whyNot(err), studio.CheckMark)[0]
	}
	holds, err := w.compareWatermark(limited, drawn, k)
	if err != nil {
		w.missed(ctx, k, "watermark", err)
		holds = &unknown(whyNot(err), studio.CheckWatermark)[0]
	}
	checks, err := w.judge(limited, k, drawn)
	if err != nil {
		w.missed(ctx, k, "judge", err)
		checks = unknown(whyNot(err), k.judged()...)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("check picture: %w", err)
	}
	checks = append(checks, wordsVerdict(blockedWords(k.picture.Prompt, k.policy.BlockedWords)))
	for _, v := range []*studio.Verdict{marked, holds} {
		if v != nil {
			checks = append(checks, *v)
		}
	}
	return checks, nil
}

// wordsVerdict is the check of a prompt in which blocked words were found, or none.
func wordsVerdict(found []string) studio.Verdict {
	v := studio.Verdict{Check: studio.CheckBlockedWords, Outcome: studio.OutcomePassed, Words: found}
	if len(found) > 0 {
		v.Outcome = studio.OutcomeRefused
	}
	return v
}

func (w *Workspace) missed(ctx context.Context, k checked, what string, err error) {
	w.log.ErrorContext(ctx, "automatic check failed", "check", what, "picture", k.picture.ID, "error", err)
}

// whyNot is the reason to give for a check that failed.
func whyNot(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return studio.WhyTooLong
	}
	return studio.WhyFailed
}

// judged are the checks of a Checker that can be asked of the picture.
func (k *checked) judged() []string {
	if len(k.sources) == 0 {
		return []string{studio.CheckPrompt, studio.CheckSharpness}
	}
	return []string{studio.CheckSubject, studio.CheckPrompt, studio.CheckSharpness, studio.CheckCopying}
}

// judge asks the Checker, if there is one.
func (w *Workspace) judge(ctx context.Context, k checked, drawn *picture.Picture) ([]studio.Verdict, error) {
	if w.checks == nil {
		return nil, nil
	}
	r := CheckRequest{Picture: drawn, Prompt: k.picture.Prompt}
	for _, s := range k.sources[:min(len(k.sources), maxCheckSources)] {
		p, err := w.stored(ctx, s.Blob)
		if err != nil {
			return nil, fmt.Errorf("read given picture %q: %w", s.Name, err)
		}
		if max(p.Width, p.Height) > checkSide {
			p = p.Fit(checkSide, checkSide)
		}
		r.Sources = append(r.Sources, p)
	}
	for _, c := range k.concepts {
		file, err := w.files.Get(ctx, c.Blob, maxStored)
		if err != nil {
			return nil, fmt.Errorf("read concept %q: %w", c.Name, err)
		}
		r.Concepts = append(r.Concepts, CheckedConcept{Blob: c.Blob, File: file})
	}
	checks, err := w.checks.Check(ctx, r)
	if err != nil {
		return nil, err
	}
	// A copy, so that what the Checker keeps is not shared.
	return slices.Clone(checks), nil
}

// checkable are the states in which an approver may have the checks made again.
var checkable = map[studio.PictureState]bool{studio.PictureSubmitted: true, studio.PictureApproved: true, studio.PicturePublished: true}

// CheckAgain runs the automatic checks of a submitted, approved or published picture anew,
// such as when one of them was unknown or there are other protected marks now.
func (w *Workspace) CheckAgain(ctx context.Context, actor Actor, project, id string) (p studio.Picture, err error) {
	var k checked
	err = w.view(ctx, actor, project, mayReview, func(c *call) error {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		k, err = c.checked(p)
		return err
	})
	if err != nil {
		return studio.Picture{}, err
	}
	checks, err := w.check(ctx, k, w.checkTime)
	if err != nil {
		return studio.Picture{}, err
	}
	return w.keepChecks(ctx, actor, mayReview, p, checks)
}
