package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// plan is what a dry run found.
type plan struct {
	workspace.Plan           // zero where something is wrong
	wrong          []rowNote // that keep the campaign from starting
	more           bool      // there may be others like them
	notes          []rowNote // worth a look
	samples        []sample  // the first rows
	failed         bool      // something else is wrong, which the page says above
}

// rowNote is something about a row, counted from 1.
type rowNote struct {
	row  int
	name string
	says string
}

// sample is a row as it would be drawn.
type sample struct {
	row              int
	name             string
	prompt, negative string
}

// Bounds of what a dry run shows.
const (
	maxNotes   = 50
	maxSamples = 5
)

// plan does the dry run. What is wrong with the campaign is part of it, and no
// error.
func (v *visit) plan(d *draft) error {
	var err error
	if d.plan.Plan, err = v.work().PlanBatch(v.ctx(), v.actor, v.project.ID, d.request); err != nil {
		if err := v.wrongRows(d, d.request.Rows, 1); err != nil {
			if !showAgain(err) {
				return err
			}
			v.failure, d.plan.failed = err, true
		}
	}
	v.noteRows(d)
	for i, s := range d.shots()[:min(len(d.request.Rows), maxSamples)] {
		if s.Prompt == "" {
			continue // it is among the wrong ones
		}
		d.plan.samples = append(d.plan.samples, sample{i + 1, s.Name, s.Prompt, s.NegativePrompt})
	}
	return nil
}

// wrongRows finds the rows that the workspace does not take, by asking for halves
// of what is not taken. first is the number of the first of rows.
func (v *visit) wrongRows(d *draft, rows []map[string]string, first int) error {
	if len(d.plan.wrong) >= maxNotes {
		d.plan.more = true
		return nil
	}
	part := d.request
	part.Rows = rows
	_, err := v.work().PlanBatch(v.ctx(), v.actor, v.project.ID, part)
	var e *studio.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e) || e.Field != "rows" || len(rows) == 0:
		return err
	case len(rows) == 1:
		d.plan.wrong = append(d.plan.wrong, rowNote{first, rows[0][workspace.NameField], v.ofOneRow(err)})
		return nil
	}
	half := len(rows) / 2
	if err := v.wrongRows(d, rows[:half], first); err != nil {
		return err
	}
	return v.wrongRows(d, rows[half:], first+half)
}

// ofOneRow is the message about a row that was asked for alone, without its number
// there, which is 1.
func (v *visit) ofOneRow(err error) string {
	message := v.message(err)
	for _, number := range []string{"row 1: ", "1行目："} {
		message = strings.TrimPrefix(message, number)
	}
	return message
}

// noteRows notes what may not be meant: cells that are empty, where the template's
// default steps in, and concepts that some rows name and others do not.
func (v *visit) noteRows(d *draft) {
	shots := d.shots()
	for i, row := range d.request.Rows {
		note := func(says string) {
			if len(d.plan.notes) < maxNotes {
				d.plan.notes = append(d.plan.notes, rowNote{i + 1, row[workspace.NameField], says})
			}
		}
		for _, f := range d.template.Fields() {
			if value, there := d.template.Defaults[f]; d.columns[f] != "" && row[f] == "" && there {
				note(v.say(text{"“{column}” is empty; the default “{value}” is used", "「{column}」が空のため、既定値「{value}」を使用します"}, "column", d.columns[f], "value", value))
			}
		}
		if d.columns[workspace.NameField] != "" && row[workspace.NameField] == "" {
			note(v.say(text{"“{column}” is empty; its pictures have no name", "「{column}」が空のため、画像に名前が付きません"}, "column", d.columns[workspace.NameField]))
		}
		for _, c := range d.concepts {
			drawn := shots[i].ConceptIDs
			if drawn == nil {
				drawn = d.request.ConceptIDs
			}
			if strings.Contains(shots[i].Prompt, c.Placeholder) && !slices.ContainsFunc(d.concepts, func(o studio.Concept) bool {
				return o.Placeholder == c.Placeholder && slices.Contains(drawn, o.ID)
			}) {
				note(v.say(text{"names {word}, which other rows do not: it is not drawn; name the concept in a column of the table",
					"{word}がほかの行にないため反映されません。表に列を追加して、コンセプトを指定してください"}, "word", c.Placeholder))
				break
			}
		}
	}
}

// span says how long a campaign takes.
func (v *visit) span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case seconds <= 0:
		return v.say(text{"not known yet", "未計測"})
	case d < 100*time.Minute:
		return v.left(d)
	}
	minutes := int(d.Minutes()) / 10 * 10
	return v.say(text{"about {h} h {m} min", "約{h}時間{m}分"}, "h", strconv.Itoa(minutes/60), "m", strconv.Itoa(minutes%60))
}

// ready reports whether the campaign can start.
func (p *plan) ready() bool { return !p.failed && len(p.wrong) == 0 }
