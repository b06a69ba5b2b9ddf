package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// TrialText is what a person plans of a trial.
type TrialText struct {
	Name        string
	ProductLine string
	Audience    string
	Goal        string
	SourceIDs   []string
	ConceptIDs  []string // empty: one is learned from the sources
	Prompts     []string // with {product}; or
	TemplateID  string   // with Rows
	Rows        []map[string]string
	PerPrompt   int                     // pictures of each prompt or row; 0 is 1
	Baseline    studio.TrialBaseline    // its currency "" is studio.DefaultCurrency
	Assumptions studio.TrialAssumptions // zero is studio.DefaultTrialAssumptions
}

// Trials lists a project's trials.
func (w *Workspace) Trials(ctx context.Context, actor Actor, project string, filter studio.TrialFilter, page studio.Page) (list studio.List[studio.Trial], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListTrials(project, filter, page)
		return err
	})
	return list, err
}

// Trial returns one trial.
func (w *Workspace) Trial(ctx context.Context, actor Actor, project, id string) (t studio.Trial, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		t, err = c.Tx.Trial(project, id)
		return err
	})
	return t, err
}

// CreateTrial plans a trial. It need not be complete.
func (w *Workspace) CreateTrial(ctx context.Context, actor Actor, project string, text TrialText) (t studio.Trial, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		t = studio.Trial{ProjectID: project, CreatedBy: c.actor.User.ID, State: studio.TrialPlanned}
		text.into(&t)
		if err := c.Tx.CreateTrial(&t); err != nil {
			return err
		}
		return c.note(Created, "trial.create", t.ID, fields{"name": t.Name})
	})
	return t, err
}

func (text TrialText) into(t *studio.Trial) {
	t.Name, t.ProductLine = oneLine(text.Name, studio.MaxName), oneLine(text.ProductLine, studio.MaxName)
	t.Audience, t.Goal = text.Audience, text.Goal
	t.SourceIDs, t.ConceptIDs, t.Prompts = text.SourceIDs, text.ConceptIDs, text.Prompts
	t.TemplateID, t.Rows, t.PerPrompt = text.TemplateID, text.Rows, cmp.Or(text.PerPrompt, 1)
	t.Baseline, t.Assumptions = text.Baseline, text.Assumptions
	t.Baseline.Currency = cmp.Or(t.Baseline.Currency, studio.DefaultCurrency)
	if t.Assumptions == (studio.TrialAssumptions{}) {
		t.Assumptions = studio.DefaultTrialAssumptions()
	}
}

// UpdateTrial changes a trial's plan. Once it has started, what is drawn and of
// what stays: a change to it is a Conflict, while names, baseline and assumptions
// may be put right until it is closed.
func (w *Workspace) UpdateTrial(ctx context.Context, actor Actor, project, id string, revision int64, text TrialText) (t studio.Trial, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if t, err = c.Tx.Trial(project, id); err != nil {
			return err
		}
		if err := asRead(revision, t.Revision); err != nil {
			return err
		}
		before := t
		text.into(&t)
		if t.State == studio.TrialClosed {
			return errTrialClosed()
		}
		if t.State != studio.TrialPlanned && !samePlan(&before, &t) {
			return studio.Errorf(studio.Conflict, "the trial has started; its photos and prompts stay as they are", "トライアルは開始されているため、写真とプロンプトは変更できません。")
		}
		if err := c.Tx.UpdateTrial(&t); err != nil {
			return err
		}
		return c.note(Changed, "trial.update", id, fields{"name": t.Name})
	})
	return t, err
}

func errTrialClosed() error {
	return studio.Errorf(studio.Conflict, "the trial is closed", "トライアルは終了しています。")
}

func samePlan(a, b *studio.Trial) bool {
	same := func(x, y map[string]string) bool {
		return len(x) == len(y) && !slices.ContainsFunc(keys(x), func(k string) bool { v, ok := y[k]; return !ok || v != x[k] })
	}
	return slices.Equal(a.SourceIDs, b.SourceIDs) && slices.Equal(a.ConceptIDs, b.ConceptIDs) && slices.Equal(a.Prompts, b.Prompts) &&
		a.TemplateID == b.TemplateID && slices.EqualFunc(a.Rows, b.Rows, same) && a.PerPrompt == b.PerPrompt
}

func keys(m map[string]string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	return list
}

// DeleteTrial removes a trial; its jobs, concepts and pictures stay. One that has
// started takes an admin of the project, because its report goes with it, and one
// that is running is a Conflict: close it first.
func (w *Workspace) DeleteTrial(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		t, err := c.Tx.Trial(project, id)
		if err != nil {
			return err
		}
		if t.State != studio.TrialPlanned && !c.role.AtLeast(studio.RoleAdmin) {
			return studio.Errorf(studio.Forbidden, "the trial has started; only an admin of the project can delete it", "トライアルは開始されているため、削除できるのはプロジェクトの管理者だけです。")
		}
		if t.State == studio.TrialRunning {
			return studio.Errorf(studio.Conflict, "the trial is running; close it first", "トライアルは実行中です。先に終了してください。")
		}
		if err := c.Tx.DeleteTrial(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "trial.delete", id, fields{"name": t.Name, "state": t.State, "conclusion": t.Conclusion, "jobs": t.JobIDs})
	})
}

// CloseTrial ends a trial, whatever its state, with what is concluded from it.
// Its pictures and jobs stay as they are.
func (w *Workspace) CloseTrial(ctx context.Context, actor Actor, project, id, conclusion string) (t studio.Trial, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if t, err = c.Tx.Trial(project, id); err != nil {
			return err
		}
		if t.State == studio.TrialClosed {
			return errTrialClosed()
		}
		t.State, t.Conclusion, t.ClosedAt = studio.TrialClosed, strings.TrimSpace(conclusion), c.Now()
		if err := c.Tx.UpdateTrial(&t); err != nil {
			return err
		}
		return c.note(Changed, "trial.close", id, nil)
	})
	return t, err
}
