package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// testPages reads a list while it grows: every entry that was there comes once.
func testPages(t *testing.T, open Open) {
	b := setup(t, open)
	want := []string{}
	for range 7 {
		s := b.newSource(b.project.ID)
		want = append([]string{s.ID}, want...)
	}
	b.newSource(b.other.ID)
	var got []string
	for page := (studio.Page{Limit: 3}); ; {
		b.read(func(tx studio.Tx) error {
			list, err := tx.ListSources(b.project.ID, studio.SourceFilter{}, page)
			if len(list.Items) > 3 {
				t.Errorf("a page of 3 has %d entries", len(list.Items))
			}
			got = append(got, ids(list, func(s studio.Source) string { return s.ID })...)
			page.After = list.Next
			return err
		})
		if page.After == "" {
			break
		}
		b.newSource(b.project.ID)
	}
	same(t, got, want)
	b.write(func(tx studio.Tx) error {
		for i := range studio.MaxLimit + 1 {
			if err := tx.CreateTemplate(&studio.Template{ProjectID: b.project.ID, Name: fmt.Sprint(i), Prompt: "x"}); err != nil {
				return err
			}
		}
		return nil
	})
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListTemplates(b.project.ID, studio.TemplateFilter{}, studio.Page{Limit: 1 << 30})
		same(t, len(list.Items), studio.MaxLimit)
		n := 0
		for _, err := range studio.All(func(p studio.Page) (studio.List[studio.Template], error) {
			return tx.ListTemplates(b.project.ID, studio.TemplateFilter{}, p)
		}) {
			if err != nil {
				return err
			}
			n++
		}
		same(t, n, studio.MaxLimit+1)
		return err
	})
}

// testIsolation asks for everything of one project through another's id.
func testIsolation(t *testing.T, open Open) {
	b := setup(t, open)
	f := newForeign(b)
	for _, tries := range []map[string]func(studio.Tx) error{f.things(), f.parts()} {
		for name, through := range tries {
			if err := b.Update(context.Background(), through); studio.ErrorCode(err) != studio.NotFound {
				t.Errorf("%s through another project: %v, want not_found", name, err)
			}
		}
	}
	b.read(func(tx studio.Tx) error {
		sources, err := tx.ListSources(f.other, studio.SourceFilter{}, studio.Page{})
		pictures, err2 := tx.ListPictures(f.other, studio.PictureFilter{ConceptID: f.c.ID}, studio.Page{})
		same(t, len(sources.Items)+len(pictures.Items), 0)
		return first(err, err2)
	})
}

// foreign are things of one project as somebody of another would name them.
type foreign struct {
	b     *bench
	other string
	s     studio.Source
	j     studio.Job
	tpl   studio.Template
	c     studio.Concept
	p     studio.Picture
	tr    studio.Trial
	cs    studio.Case
	w     studio.Webhook
	r     studio.Review
}

func newForeign(b *bench) *foreign {
	mine, other := b.project.ID, b.other.ID
	f := &foreign{b: b, other: other, s: b.newSource(mine), j: b.newJob(mine), tpl: b.newTemplate(mine)}
	f.c, f.p, f.tr = b.newConcept(mine, 1, f.s.ID), b.newPicture(mine, nil), b.newTrial(mine, f.s.ID)
	f.cs = studio.Case{ProjectID: mine, Title: "x"}
	f.w = studio.Webhook{ProjectID: mine, URL: "https://a.example/", Secret: studio.NewSecret(), Events: studio.Events()}
	f.r = studio.Review{ProjectID: mine, PictureID: f.p.ID, By: b.user.ID, Decision: studio.DecisionApprove}
	b.write(func(tx studio.Tx) error {
		return first(tx.CreateCase(&f.cs), tx.CreateWebhook(&f.w), tx.CreateReview(&f.r))
	})
	for _, project := range []*string{&f.s.ProjectID, &f.j.ProjectID, &f.tpl.ProjectID, &f.c.ProjectID, &f.p.ProjectID, &f.tr.ProjectID, &f.cs.ProjectID, &f.w.ProjectID} {
		*project = other
	}
	f.j.State = studio.JobRunning
	return f
}

// things are tries to reach them.
func (f *foreign) things() map[string]func(studio.Tx) error {
	return map[string]func(studio.Tx) error{
		"Source":         func(tx studio.Tx) error { _, err := tx.Source(f.other, f.s.ID); return err },
		"UpdateSource":   func(tx studio.Tx) error { return tx.UpdateSource(&f.s) },
		"DeleteSource":   func(tx studio.Tx) error { return tx.DeleteSource(f.other, f.s.ID) },
		"Concept":        func(tx studio.Tx) error { _, err := tx.Concept(f.other, f.c.ID); return err },
		"UpdateConcept":  func(tx studio.Tx) error { return tx.UpdateConcept(&f.c) },
		"DeleteConcept":  func(tx studio.Tx) error { return tx.DeleteConcept(f.other, f.c.ID) },
		"Template":       func(tx studio.Tx) error { _, err := tx.Template(f.other, f.tpl.ID); return err },
		"UpdateTemplate": func(tx studio.Tx) error { return tx.UpdateTemplate(&f.tpl) },
		"CountTemplate":  func(tx studio.Tx) error { return tx.CountTemplate(f.other, f.tpl.ID, 1, 0) },
		"DeleteTemplate": func(tx studio.Tx) error { return tx.DeleteTemplate(f.other, f.tpl.ID) },
		"Job":            func(tx studio.Tx) error { _, err := tx.Job(f.other, f.j.ID); return err },
		"UpdateJob":      func(tx studio.Tx) error { return tx.UpdateJob(&f.j) },
		"Enqueue":        func(tx studio.Tx) error { return tx.Enqueue(&f.j) },
		"SetJobProgress": func(tx studio.Tx) error { return tx.SetJobProgress(f.other, f.j.ID, studio.Progress{}) },
		"DeleteJob":      func(tx studio.Tx) error { return tx.DeleteJob(f.other, f.j.ID) },
		"Picture":        func(tx studio.Tx) error { _, err := tx.Picture(f.other, f.p.ID); return err },
		"UpdatePicture":  func(tx studio.Tx) error { return tx.UpdatePicture(&f.p) },
		"DeletePicture":  func(tx studio.Tx) error { return tx.DeletePicture(f.other, f.p.ID) },
		"Review":         func(tx studio.Tx) error { _, err := tx.Review(f.other, f.r.ID); return err },
		"Case":           func(tx studio.Tx) error { _, err := tx.Case(f.other, f.cs.ID); return err },
		"UpdateCase":     func(tx studio.Tx) error { return tx.UpdateCase(&f.cs) },
		"DeleteCase":     func(tx studio.Tx) error { return tx.DeleteCase(f.other, f.cs.ID) },
		"Webhook":        func(tx studio.Tx) error { _, err := tx.Webhook(f.other, f.w.ID); return err },
		"UpdateWebhook":  func(tx studio.Tx) error { return tx.UpdateWebhook(&f.w) },
		"DeleteWebhook":  func(tx studio.Tx) error { return tx.DeleteWebhook(f.other, f.w.ID) },
		"Trial":          func(tx studio.Tx) error { _, err := tx.Trial(f.other, f.tr.ID); return err },
		"UpdateTrial":    func(tx studio.Tx) error { return tx.UpdateTrial(&f.tr) },
	}
}

// parts are tries to make things of the other project of them.
func (f *foreign) parts() map[string]func(studio.Tx) error {
	return map[string]func(studio.Tx) error{
		"TrialOfForeignSource": func(tx studio.Tx) error {
			return tx.CreateTrial(&studio.Trial{ProjectID: f.other, Name: "x", SourceIDs: []string{f.s.ID}, PerPrompt: 1, Baseline: f.tr.Baseline, Assumptions: f.tr.Assumptions})
		},
		"TrialOfForeignConcept": func(tx studio.Tx) error {
			return tx.CreateTrial(&studio.Trial{ProjectID: f.other, Name: "x", ConceptIDs: []string{f.c.ID}, PerPrompt: 1, Baseline: f.tr.Baseline, Assumptions: f.tr.Assumptions})
		},
		"TrialOfForeignTemplate": func(tx studio.Tx) error {
			return tx.CreateTrial(&studio.Trial{ProjectID: f.other, Name: "x", TemplateID: f.tpl.ID, PerPrompt: 1, Baseline: f.tr.Baseline, Assumptions: f.tr.Assumptions})
		},
		"ConceptOfForeignSource": func(tx studio.Tx) error {
			return tx.CreateConcept(&studio.Concept{ProjectID: f.other, Name: "x", Placeholder: "<x>", Version: 1, SourceIDs: []string{f.s.ID}})
		},
		"ConceptOfForeignParent": func(tx studio.Tx) error {
			return tx.CreateConcept(&studio.Concept{ProjectID: f.other, Name: "x", Placeholder: "<x>", Version: 1, ParentID: f.c.ID})
		},
		"PictureOfForeignJob": func(tx studio.Tx) error {
			v := f.b.sample()
			v.ProjectID, v.JobID = f.other, f.j.ID
			return tx.CreatePicture(&v)
		},
		"PictureOfForeignTemplate": func(tx studio.Tx) error {
			v := f.b.sample()
			v.ProjectID, v.TemplateID = f.other, f.tpl.ID
			return tx.CreatePicture(&v)
		},
		"PictureOfForeignConcept": func(tx studio.Tx) error {
			v := f.b.sample()
			v.ProjectID, v.ConceptIDs = f.other, []string{f.c.ID}
			return tx.CreatePicture(&v)
		},
		"CaseOfForeignPicture": func(tx studio.Tx) error {
			return tx.CreateCase(&studio.Case{ProjectID: f.other, Title: "x", PictureID: f.p.ID})
		},
		"TemplateOfForeignCase": func(tx studio.Tx) error {
			return tx.CreateTemplate(&studio.Template{ProjectID: f.other, Name: "x", Prompt: "x", CaseID: f.cs.ID})
		},
	}
}

// testWithdrawal goes from a source to all that was made of it.
func testWithdrawal(t *testing.T, open Open) {
	b := setup(t, open)
	s := b.newSource(b.project.ID)
	c := b.newConcept(b.project.ID, 1, s.ID)
	p := b.newPicture(b.project.ID, func(p *studio.Picture) { p.ConceptIDs = []string{c.ID} })
	b.newPicture(b.project.ID, nil)
	b.write(func(tx studio.Tx) error {
		concepts, err := tx.ListConcepts(b.project.ID, studio.ConceptFilter{SourceID: s.ID}, studio.Page{})
		if err != nil {
			return err
		}
		pictures, err := tx.ListPictures(b.project.ID, studio.PictureFilter{ConceptID: concepts.Items[0].ID}, studio.Page{})
		if err != nil {
			return err
		}
		same(t, ids(pictures, func(p studio.Picture) string { return p.ID }), []string{p.ID})
		v := pictures.Items[0]
		v.State, v.WithdrawnAt, v.WithdrawnWhy = studio.PictureWithdrawn, tx.Now(), "consent revoked"
		return tx.UpdatePicture(&v)
	})
	b.read(func(tx studio.Tx) error {
		v, err := tx.Picture(p.ProjectID, p.ID)
		same(t, v.State, studio.PictureWithdrawn)
		return err
	})
}

func testRollBack(t *testing.T, open Open) {
	b := setup(t, open)
	fault := errors.New("fault")
	var lost, panicked studio.Project
	err := b.Update(context.Background(), func(tx studio.Tx) error {
		lost = studio.Project{Name: "lost"}
		if err := first(tx.CreateProject(&lost), tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "x"})); err != nil {
			t.Error(err)
		}
		return fault
	})
	if !errors.Is(err, fault) {
		t.Errorf("the error of the function became %v", err)
	}
	func() {
		defer func() {
			if recover() != fault {
				t.Error("the panic did not go on")
			}
		}()
		b.Update(context.Background(), func(tx studio.Tx) error {
			panicked = studio.Project{Name: "lost"}
			if err := tx.CreateProject(&panicked); err != nil {
				t.Error(err)
			}
			panic(fault)
		})
	}()
	b.read(func(tx studio.Tx) error {
		for _, id := range []string{lost.ID, panicked.ID} {
			if _, err := tx.Project(id); studio.ErrorCode(err) != studio.NotFound {
				t.Errorf("what was rolled back is there: %v", err)
			}
		}
		head, err := tx.AuditHead()
		same(t, head, studio.AuditHead{Hash: studio.AuditGenesis})
		return err
	})
	b.write(func(tx studio.Tx) error { return tx.CreateProject(&studio.Project{Name: "after"}) })
	if err := b.View(context.Background(), func(tx studio.Tx) error { return tx.CreateProject(&studio.Project{Name: "x"}) }); err == nil {
		t.Error("a view wrote")
	}
}

func testRevisions(t *testing.T, open Open) {
	b := setup(t, open)
	one, two := b.newSource(b.project.ID), studio.Source{}
	b.read(func(tx studio.Tx) (err error) { two, err = tx.Source(one.ProjectID, one.ID); return err })
	one.Name, two.Name = "first", "second"
	b.write(func(tx studio.Tx) error { return tx.UpdateSource(&one) })
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.UpdateSource(&two) })
	reread(b, one, func(tx studio.Tx) (studio.Source, error) { return tx.Source(one.ProjectID, one.ID) })
}

// testWriters counts up from 32 goroutines at once, beside readers, and chains
// an audit entry each time.
func testWriters(t *testing.T, open Open) {
	b := setup(t, open)
	tpl := b.newTemplate(b.project.ID)
	const writers, updates = 32, 50
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range updates {
				if err := b.Update(context.Background(), func(tx studio.Tx) error { return countUp(tx, tpl) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.read(func(tx studio.Tx) error {
		v, err := tx.Template(tpl.ProjectID, tpl.ID)
		same(t, v.Revision, int64(1+writers*updates))
		head, err2 := tx.AuditHead()
		same(t, head.Seq, int64(writers*updates))
		_, err3 := studio.VerifyAudit(studio.ReadAudits(tx), &head)
		return first(err, err2, err3)
	})
}

func countUp(tx studio.Tx, tpl studio.Template) error {
	v, err := tx.Template(tpl.ProjectID, tpl.ID)
	if err != nil {
		return err
	}
	v.Name = fmt.Sprint(v.Revision)
	return first(tx.UpdateTemplate(&v), tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "template.update", Object: v.ID}))
}

func testAudit(t *testing.T, open Open) {
	b := setup(t, open)
	var all []studio.AuditEntry
	b.write(func(tx studio.Tx) error {
		for i := range 5 {
			e := studio.AuditEntry{
				At: b.now.Add(time.Hour), Actor: b.user.ID, ProjectID: b.project.ID, Action: "picture.approve",
				Object: fmt.Sprint(i), Detail: object(`{ "why": "<良い>" }`),
			}
			if err := tx.AppendAudit(&e); err != nil {
				return err
			}
			all = append(all, e)
		}
		return tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "sweep"})
	})
	same(t, all[0].At, b.now)
	same(t, string(all[0].Detail), `{"why":"<良い>"}`)
	var file bytes.Buffer
	b.read(func(tx studio.Tx) error {
		head, err := tx.AuditHead()
		from, err2 := tx.AuditFrom(2, 2)
		same(t, from, all[1:3])
		list, err3 := tx.ListAudit(studio.AuditFilter{ProjectID: b.project.ID, Actor: b.user.ID}, studio.Page{Limit: 2})
		same(t, list.Items, []studio.AuditEntry{all[4], all[3]})
		next, err4 := tx.ListAudit(studio.AuditFilter{Action: "picture.approve"}, studio.Page{After: list.Next})
		same(t, next.Items, []studio.AuditEntry{all[2], all[1], all[0]})
		_, err5 := studio.VerifyAudit(studio.ReadAudits(tx), &head)
		written, err6 := studio.WriteAudit(&file, studio.ReadAudits(tx))
		same(t, written, head)
		_, err7 := studio.VerifyAuditFile(&file, &head)
		return first(err, err2, err3, err4, err5, err6, err7)
	})
}

// testTimes stores times that integers of a coarse or heuristic form lose.
func testTimes(t *testing.T, open Open) {
	b := setup(t, open)
	for _, at := range []time.Time{
		{}, time.Unix(0, 0).UTC(), time.Date(1950, 2, 3, 4, 5, 6, 7e6, time.UTC), time.Date(2001, 9, 9, 0, 0, 0, 123e6, time.UTC),
		time.Date(2030, 1, 1, 0, 0, 0, 999e6, time.FixedZone("JST", 9*3600)), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		s := b.newSource(b.project.ID)
		s.Rights.Expires = at.Add(400 * time.Microsecond)
		if at.IsZero() {
			s.Rights.Expires = at
		}
		b.write(func(tx studio.Tx) error { return tx.UpdateSource(&s) })
		b.read(func(tx studio.Tx) error {
			got, err := tx.Source(s.ProjectID, s.ID)
			if got.Rights.Expires != studio.Time(at) {
				t.Errorf("%v came back as %v", at, got.Rights.Expires)
			}
			return err
		})
	}
}
