package workspace

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// emblem is a mark that no other n gives: a ring, a bar and dots, on white.
func emblem(n int) *picture.Picture {
	p := picture.Filled(120, 96, 255, 255, 255)
	for i := range p.Width * p.Height {
		x, y := float64(i%p.Width)-60, float64(i/p.Width)-48
		r := math.Hypot(x, y)
		column, row := i%p.Width/10, i/p.Width/8
		dot := (column == 1 || column == 10) && row > 0 && n>>(row-1)&1 == 1
		if r < 34 && r > 24 || math.Abs(y-x/2) < 5 && r < 30 || dot {
			p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = 30, 30, 120
		}
	}
	return p
}

// mark is a protected one.
func (s *scene) mark() studio.Mark {
	s.tb.Helper()
	return keep(s, "mark", func() studio.Mark {
		return must[studio.Mark](s.tb)(s.AddMark(s.ctx, s.root, NewMark{Name: "Circle", Owner: "Rival K.K.", Reason: "trade mark", File: bytes.NewReader(encoded(s.tb, emblem(s.next())))}))
	})
}

// drawing is a draft that shows what is pasted into it.
func (s *scene) drawing(shown ...*picture.Picture) studio.Picture {
	s.tb.Helper()
	n := s.next()
	p := picture.New(256, 256)
	for i := range p.Pix { // a soft ground, another for each
		p.Pix[i] = uint8(120 + 60*math.Sin(float64(i%768)/170+float64(n)) + 40*math.Cos(float64(i/768)/50))
	}
	for k, m := range shown {
		p.Paste(m, 20+100*k, 30+90*k)
	}
	j := s.claim(s.generating(1))
	d := must[studio.Picture](s.tb)(s.PictureDrawn(s.ctx, j.ProjectID, j.ID, Drawn{PNG: encoded(s.tb, p), Seed: 7}))
	must[studio.Job](s.tb)(s.FinishJob(s.ctx, j.ProjectID, j.ID, nil))
	return d
}

// marked is a submitted picture that shows a mark.
func (s *scene) marked() studio.Picture {
	s.tb.Helper()
	return keep(s, "marked", func() studio.Picture {
		m := s.mark()
		return must[studio.Picture](s.tb)(s.Submit(s.ctx, s.creator, s.project, s.drawing(s.look(m)).ID))
	})
}

// look is the picture of a mark as it is kept.
func (s *scene) look(m studio.Mark) *picture.Picture {
	s.tb.Helper()
	f, _, err := s.OpenMark(s.ctx, s.viewer, m.ID)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer f.Close()
	return must[*picture.Picture](s.tb)(picture.Decode(f, picture.Limits{}))
}

func TestAddMark(t *testing.T) {
	s := setup(t)
	add := func(p *picture.Picture, name string) (studio.Mark, error) {
		return s.AddMark(s.ctx, s.root, NewMark{Name: name, Owner: "Rival", File: bytes.NewReader(encoded(t, p))})
	}
	t.Run("OK", func(t *testing.T) {
		m := must[studio.Mark](t)(add(emblem(1), "Ring\n"))
		if m.Name != "Ring" || m.Width >= 120 || m.Height >= 96 || m.CreatedBy != s.root.User.ID || len(m.Hash) != 16 {
			t.Errorf("%+v", m)
		}
		if look := s.look(m); look.Width != m.Width || look.Height != m.Height {
			t.Errorf("kept as %d x %d", look.Width, look.Height)
		}
		wantCode(t, second(add(emblem(1), "again")), studio.Conflict)
		large := must[studio.Mark](t)(add(emblem(2).Resize(900, 720), "large"))
		if max(large.Width, large.Height) > markSide {
			t.Errorf("kept at %d x %d", large.Width, large.Height)
		}
	})
	for name, p := range map[string]*picture.Picture{"ErrPlain": picture.Filled(64, 64, 9, 9, 9), "ErrLong": striped(400, 20), "ErrSmall": emblem(0).Resize(12, 12)} {
		t.Run(name, func(t *testing.T) { wantCode(t, second(add(p, "x")), studio.Invalid) })
	}
	t.Run("ErrInvalid", func(t *testing.T) {
		wantCode(t, second(add(emblem(3), " ")), studio.Invalid)
		for _, file := range []io.Reader{nil, strings.NewReader("GIF89a"), strings.NewReader("")} {
			wantCode(t, second(s.AddMark(s.ctx, s.root, NewMark{Name: "x", File: file})), studio.Invalid)
		}
		wantCode(t, second(s.AddMark(s.ctx, s.root, NewMark{Name: "x", File: bytes.NewReader(make([]byte, 2<<20))})), studio.TooLarge)
	})
	t.Run("ErrTooMany", func(t *testing.T) {
		s.store(func(tx studio.Tx) error {
			for i := range studio.MaxMarks {
				m := studio.Mark{Name: "x", Blob: fmt.Sprintf("%064x", i), Size: 1, Width: 1, Height: 1, Hash: "0000000000000000"}
				if err := tx.CreateMark(&m); err != nil {
					return err
				}
			}
			return nil
		})
		wantCode(t, second(add(emblem(4), "one more")), studio.Invalid)
	})
	s.verify()
}

// striped has columns of dark and light.
func striped(width, height int) *picture.Picture {
	p := picture.Filled(width, height, 255, 255, 255)
	for i := range width * height {
		if i%width/8%2 == 0 {
			p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = 0, 0, 0
		}
	}
	return p
}

// TestMarkedPicture goes from a submitted picture with a mark in it to its publication.
func TestMarkedPicture(t *testing.T) {
	s := setup(t)
	p := s.marked()
	v := p.Verdict(studio.CheckMark)
	if v == nil || v.Outcome != studio.OutcomeRefused || len(v.Marks) != 1 || v.Marks[0].Name != "Circle" || v.Marks[0].Similarity < 0.9 {
		t.Fatalf("%+v", v)
	}
	if m := v.Marks[0]; m.X < 10 || m.X > 30 || m.Y < 20 || m.Y > 40 {
		t.Errorf("found at (%d, %d) %d x %d", m.X, m.Y, m.Width, m.Height)
	}
	approve := func(a Actor) error { return s.decide(a, p.ID, studio.DecisionApprove, "fine") }
	override := func(a Actor, reason string) error { return second(s.OverrideMarks(s.ctx, a, s.project, p.ID, reason)) }
	wantCode(t, approve(s.approver), studio.Forbidden)
	wantCode(t, override(s.creator, "ours"), studio.Forbidden)
	wantCode(t, override(s.approver, " "), studio.Invalid)
	wantCode(t, override(s.approver, "the owner agreed"), "")
	wantCode(t, approve(s.approver), "")
	published := must[studio.Picture](t)(s.Publish(s.ctx, s.approver, s.project, p.ID))
	if o := published.Verdict(studio.CheckMark).Override; o == nil || o.By != s.approver.User.ID || o.Reason != "the owner agreed" || !o.At.Equal(studio.Time(s.clock.Now())) {
		t.Errorf("%+v", o)
	}
	again := must[studio.Picture](t)(s.CheckAgain(s.ctx, s.approver, s.project, p.ID))
	if again.Verdict(studio.CheckMark).Override == nil {
		t.Error("the override is lost though nothing else was found")
	}
	entries := must[studio.List[studio.AuditEntry]](t)(s.Audit(s.ctx, s.root, studio.AuditFilter{Action: "picture.override"}, studio.Page{}))
	if len(entries.Items) != 1 || !strings.Contains(string(entries.Items[0].Detail), "Circle") || !strings.Contains(string(entries.Items[0].Detail), "the owner agreed") {
		t.Errorf("%+v", entries.Items)
	}
	s.verify()
}

// TestFourEyesAndMarks has whoever submitted a picture try to allow its mark.
func TestFourEyesAndMarks(t *testing.T) {
	s := setup(t)
	p := s.drawing(s.look(s.mark()))
	must[studio.Picture](t)(s.Submit(s.ctx, s.approver, s.project, p.ID))
	wantCode(t, second(s.OverrideMarks(s.ctx, s.approver, s.project, p.ID, "ours")), studio.Forbidden)
	wantCode(t, second(s.OverrideMarks(s.ctx, s.admin, s.project, p.ID, "ours")), "")
	wantCode(t, second(s.OverrideMarks(s.ctx, s.admin, s.project, s.submitted().ID, "ours")), studio.Conflict)
}

// TestMarksChangeLater adds marks after pictures were submitted and approved.
func TestMarksChangeLater(t *testing.T) {
	s := setup(t)
	logo := encoded(t, emblem(7))
	waiting, approved := s.drawing(emblem(7)), s.drawing(emblem(7))
	for _, p := range []studio.Picture{waiting, approved} {
		must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	}
	wantCode(t, s.decide(s.approver, approved.ID, studio.DecisionApprove, ""), "")
	m := must[studio.Mark](t)(s.AddMark(s.ctx, s.root, NewMark{Name: "Late", File: bytes.NewReader(logo)}))
	wantCode(t, s.decide(s.approver, waiting.ID, studio.DecisionApprove, ""), studio.Forbidden)
	wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, approved.ID)), studio.Forbidden)
	seen := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, approved.ID))
	if v := seen.Verdict(studio.CheckMark); v == nil || v.MarkNames() != "Late" {
		t.Errorf("what was found is not kept: %+v", v)
	}
	wantCode(t, second(s.Export(s.ctx, s.creator, s.project, ExportRequest{PictureIDs: []string{approved.ID}, Format: "zip"})), studio.Forbidden)
	wantCode(t, s.RemoveMark(s.ctx, s.root, m.ID), "")
	wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, approved.ID)), "")
	wantCode(t, s.decide(s.approver, waiting.ID, studio.DecisionApprove, ""), "")
}

// TestMarkBeforeExport has pictures leave that nothing has compared with the marks as they
// are: the job looks, and names those that it keeps back.
func TestMarkBeforeExport(t *testing.T) {
	s := setup(t)
	const ok = studio.DecisionApprove
	clean, bad := s.drawing(), s.drawing(emblem(9))
	for _, p := range []studio.Picture{clean, bad} {
		must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
		wantCode(t, s.decide(s.approver, p.ID, ok, ""), "")
	}
	must[studio.Picture](t)(s.RenamePicture(s.ctx, s.creator, s.project, bad.ID, 0, "Shop 7"))
	export := func(ids ...string) (studio.Job, error) {
		return s.Export(s.ctx, s.creator, s.project, ExportRequest{PictureIDs: ids, Format: "zip"})
	}
	screen := func(j studio.Job, ids ...string) error {
		s.claim(j)
		for _, id := range ids {
			wantCode(t, s.ScreenPicture(s.ctx, s.project, id), "")
		}
		return s.CheckExport(s.ctx, s.project, j.ID)
	}
	j := must[studio.Job](t)(export(clean.ID, bad.ID))
	must[studio.Mark](t)(s.AddMark(s.ctx, s.root, NewMark{Name: "Nine", File: bytes.NewReader(encoded(t, emblem(9)))}))
	err := screen(j, clean.ID, bad.ID)
	wantCode(t, err, studio.Forbidden)
	if err == nil || !strings.Contains(err.Error(), "Shop 7 (Nine)") || strings.Contains(err.Error(), clean.ID) {
		t.Errorf("it says %v", err)
	}
	wantCode(t, second(export(clean.ID, bad.ID)), studio.Forbidden) // known by now
	wantCode(t, screen(must[studio.Job](t)(export(clean.ID)), clean.ID), "")
	must[studio.Picture](t)(s.OverrideMarks(s.ctx, s.approver, s.project, bad.ID, "the owner agreed"))
	wantCode(t, screen(must[studio.Job](t)(export(bad.ID)), bad.ID), "")
}

// TestOverrideIsOfItsMarks finds another mark after the first was allowed.
func TestOverrideIsOfItsMarks(t *testing.T) {
	s := setup(t)
	other := striped(90, 60)
	for i := range 90 * 30 { // half of it plain
		p := 3 * (90*15 + i)
		other.Pix[p], other.Pix[p+1], other.Pix[p+2] = 255, 255, 255
	}
	p := s.drawing(s.look(s.mark()), other)
	must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	wantCode(t, second(s.OverrideMarks(s.ctx, s.approver, s.project, p.ID, "ours")), "")
	must[studio.Mark](t)(s.AddMark(s.ctx, s.root, NewMark{Name: "Stripes", File: bytes.NewReader(encoded(t, other))}))
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), studio.Forbidden)
}

// TestUnfinishedMarks holds back a picture that was not compared with the marks.
func TestUnfinishedMarks(t *testing.T) {
	s := setup(t)
	s.mark()
	p := s.drawing()
	s.checkTime = 1
	submitted := must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	if v := submitted.Verdict(studio.CheckMark); v == nil || v.Outcome != studio.OutcomeUnknown || submitted.CheckMarks() == nil {
		t.Fatalf("%+v", v)
	}
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), "") // compared now
}
