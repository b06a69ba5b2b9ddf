package storetest

import (
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func (b *bench) newMark(digit string) studio.Mark {
	m := studio.Mark{
		CreatedBy: b.user.ID, Name: "丸に <一>", Owner: "Example K.K.", Reason: "a rival's", Blob: blob(digit),
		Size: 1234, Width: 320, Height: 120, Hash: "0123456789abcdef",
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreateMark(&m) })
	return m
}

func testMarks(t *testing.T, open Open) {
	b := setup(t, open)
	first, second := b.newMark("a"), b.newMark("b")
	reread(b, first, func(tx studio.Tx) (studio.Mark, error) { return tx.Mark(first.ID) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListMarks(studio.Page{})
		same(t, list.Items, []studio.Mark{second, first})
		walk(t, "marks", 2, tx.ListMarks)
		return err
	})
	for digit, want := range map[string]bool{"a": true, "b": true, "d": false} {
		b.read(func(tx studio.Tx) error {
			got, err := tx.BlobReferenced(blob(digit))
			same(t, got, want)
			return err
		})
	}
	t.Run("ErrConflict", func(t *testing.T) {
		again := first
		again.ID = ""
		b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.CreateMark(&again) })
	})
	t.Run("ErrInvalid", func(t *testing.T) {
		for field, change := range map[string]func(*studio.Mark){
			"name": func(m *studio.Mark) { m.Name = " " }, "hash": func(m *studio.Mark) { m.Hash = "0123456789ABCDEF" },
			"blob": func(m *studio.Mark) { m.Blob = "x" }, "width": func(m *studio.Mark) { m.Width = 0 },
		} {
			m := first
			m.ID, m.Blob = "", blob("c")
			change(&m)
			b.refuse(studio.Invalid, func(tx studio.Tx) error { return tx.CreateMark(&m) })
			if err := m.Validate(); err == nil {
				t.Errorf("a wrong %s is taken", field)
			}
		}
	})
	b.write(func(tx studio.Tx) error { return tx.DeleteMark(first.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteMark(first.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Mark(first.ID); return err })
}

// testVerdicts keeps what checks found of a picture.
func testVerdicts(t *testing.T, open Open) {
	b := setup(t, open)
	m := b.newMark("a")
	p := b.newPicture(b.project.ID, nil)
	p.State, p.SubmittedBy = studio.PictureSubmitted, b.user.ID
	p.Checks = []studio.Verdict{
		{Check: studio.CheckPrompt, Outcome: studio.OutcomeRefused, Value: ptr(0.0), Threshold: ptr(0.6), GoodRefused: ptr(0.07), BadPassed: ptr(0.01)},
		{Check: studio.CheckCopying, Outcome: studio.OutcomeUnknown, Why: studio.WhyNoJudge, AtMost: true},
		{Check: studio.CheckMark, Outcome: studio.OutcomeRefused, Against: studio.MarksDigest([]studio.Mark{m}),
			Marks:    []studio.FoundMark{{ID: m.ID, Name: m.Name, Similarity: 0.93, X: 1, Y: 2, Width: 30, Height: 12}},
			Override: &studio.Override{By: b.user.ID, At: b.now, Reason: "our own \"mark\""}},
	}
	b.write(func(tx studio.Tx) error { return tx.UpdatePicture(&p) })
	get := func(tx studio.Tx) (studio.Picture, error) { return tx.Picture(p.ProjectID, p.ID) }
	reread(b, p, get)
	for _, wrong := range []studio.Verdict{
		{Check: "taste", Outcome: studio.OutcomePassed}, {Check: studio.CheckPrompt, Outcome: "perhaps"},
		{Check: studio.CheckMark, Outcome: studio.OutcomeRefused, Override: &studio.Override{By: b.user.ID}},
	} {
		w := p
		w.Checks = []studio.Verdict{wrong}
		b.refuse(studio.Invalid, func(tx studio.Tx) error { return tx.UpdatePicture(&w) })
	}
	p.Checks = nil
	b.write(func(tx studio.Tx) error { return tx.UpdatePicture(&p) })
	reread(b, p, get)
}
