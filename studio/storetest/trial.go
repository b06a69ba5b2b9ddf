package storetest

import (
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func (b *bench) newTrial(project string, sources ...string) studio.Trial {
	v := studio.Trial{
		ProjectID: project, CreatedBy: b.user.ID, Name: "春の試作", ProductLine: "Plush", Audience: "Shops", Goal: "Ten <good> pictures",
		SourceIDs: sources, Prompts: []string{"{product} in snow", "{product} on a table"}, PerPrompt: 4,
		Baseline:    studio.TrialBaseline{Currency: "JPY", CostPerPicture: 30000, DaysPerPicture: 7.5, HoursOfStaff: 2, CostOfHour: 4000},
		Assumptions: studio.DefaultTrialAssumptions(),
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreateTrial(&v) })
	return v
}

func testTrials(t *testing.T, open Open) {
	b := setup(t, open)
	s := b.newSource(b.project.ID)
	v := b.newTrial(b.project.ID, s.ID)
	same(t, v.State, studio.TrialPlanned)
	get := func(tx studio.Tx) (studio.Trial, error) { return tx.Trial(v.ProjectID, v.ID) }
	reread(b, v, get)

	c, tpl, j := b.newConcept(b.project.ID, 1, s.ID), b.newTemplate(b.project.ID), b.newJob(b.project.ID)
	v.SourceIDs, v.ConceptIDs, v.Prompts, v.TemplateID = nil, []string{c.ID}, nil, tpl.ID
	v.Rows = []map[string]string{{"place": "<京都>"}, {"place": "Nara"}}
	v.Baseline.Currency, v.Assumptions.SetupCost = "USD", 12345
	v.State, v.JobIDs, v.Message, v.StartedBy, v.StartedAt = studio.TrialRunning, []string{j.ID}, studio.Words{English: "waiting", Japanese: "待機中"}, b.user.ID, b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateTrial(&v) })
	reread(b, v, get)
	stale := v
	stale.Revision--
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.UpdateTrial(&stale) })
	back := v
	back.State = studio.TrialPlanned
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.UpdateTrial(&back) })
	gone := v
	gone.ConceptIDs = []string{v.ID} // no concept's id
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.UpdateTrial(&gone) })
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.DeleteConcept(c.ProjectID, c.ID) })
	b.refuse(studio.Invalid, func(tx studio.Tx) error {
		w := v
		w.ID, w.State = "", studio.TrialClosed
		return tx.CreateTrial(&w)
	})

	b.write(func(tx studio.Tx) error { return tx.DeleteTemplate(tpl.ProjectID, tpl.ID) })
	v.TemplateID = ""
	reread(b, v, get)
	v.State, v.Conclusion, v.ClosedAt = studio.TrialClosed, "Worth it", b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateTrial(&v) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteTrial(b.other.ID, v.ID) })
	doomed := b.newTrial(b.project.ID, s.ID)
	b.write(func(tx studio.Tx) error { return tx.DeleteTrial(doomed.ProjectID, doomed.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Trial(doomed.ProjectID, doomed.ID); return err })
	reread(b, s, func(tx studio.Tx) (studio.Source, error) { return tx.Source(s.ProjectID, s.ID) })
	other := b.newTrial(b.project.ID)
	b.read(func(tx studio.Tx) error {
		closed, err := tx.ListTrials(b.project.ID, studio.TrialFilter{State: studio.TrialClosed}, studio.Page{})
		same(t, closed.Items, []studio.Trial{v})
		named, err2 := tx.ListTrials(b.project.ID, studio.TrialFilter{Text: "plush"}, studio.Page{})
		same(t, named.Items, []studio.Trial{other, v})
		none, err3 := tx.ListTrials(b.other.ID, studio.TrialFilter{}, studio.Page{})
		same(t, len(none.Items), 0)
		return first(err, err2, err3)
	})
}
