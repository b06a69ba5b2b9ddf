package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func (b *bench) newSource(project string) studio.Source {
	s := studio.Source{
		ProjectID: project, CreatedBy: b.user.ID, Name: "mug.jpg", Blob: blob("1"), ThumbBlob: blob("2"),
		Size: 1234, Width: 640, Height: 480,
		Rights: studio.Rights{
			Owner: "ACME", Licence: "own work", ConsentBlob: blob("3"), Territory: "JP",
			Expires: b.now.Add(24 * time.Hour), ConfirmedBy: b.user.ID, ConfirmedAt: b.now,
		},
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreateSource(&s) })
	return s
}

func (b *bench) newConcept(project string, version int, sources ...string) studio.Concept {
	c := studio.Concept{
		ProjectID: project, CreatedBy: b.user.ID, Name: "Mug", Placeholder: "<mug>", Version: version, SourceIDs: sources,
		Method: "encoder", ModelHash: "abc", Fidelity: 0.7, Alpha: 0.25, Scores: map[string]float64{"subject": 0.81},
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreateConcept(&c) })
	return c
}

func (b *bench) newTemplate(project string) studio.Template {
	v := studio.Template{
		ProjectID: project, CreatedBy: b.user.ID, Name: "Table", Prompt: "{product} on a table in {place}", NegativePrompt: "blur",
		Defaults: map[string]string{"place": "<Kyoto>"}, Settings: object(`{"steps":20}`),
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreateTemplate(&v) })
	return v
}

func (b *bench) newJob(project string) studio.Job {
	j := studio.Job{ProjectID: project, CreatedBy: b.user.ID, Kind: studio.JobGenerate, Params: object(`{"count":4}`), InputBlob: blob("4")}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.Enqueue(&j) })
	return j
}

func (b *bench) newPicture(project string, change func(*studio.Picture)) studio.Picture {
	v := studio.Picture{
		ProjectID: project, CreatedBy: b.user.ID, Name: "Sato", Blob: blob("5"), ThumbBlob: blob("6"), Size: 99,
		Prompt: "a <mug> & a 本", NegativePrompt: "blur", Seed: -5, Width: 512, Height: 512,
		Settings: object(`{"sampler":"ddim"}`), Scores: map[string]float64{"prompt": 0.3}, State: studio.PictureDraft,
	}
	if change != nil {
		change(&v)
	}
	b.t.Helper()
	b.write(func(tx studio.Tx) error { return tx.CreatePicture(&v) })
	return v
}

func testSources(t *testing.T, open Open) {
	b := setup(t, open)
	s := b.newSource(b.project.ID)
	get := func(tx studio.Tx) (studio.Source, error) { return tx.Source(s.ProjectID, s.ID) }
	reread(b, s, get)
	s.Name, s.WithdrawnAt, s.WithdrawnWhy = "cup.jpg", b.now, "依頼により"
	b.write(func(tx studio.Tx) error { return tx.UpdateSource(&s) })
	reread(b, s, get)
	open2 := b.newSource(b.project.ID)
	for _, c := range []struct {
		filter studio.SourceFilter
		want   []string
	}{
		{studio.SourceFilter{}, []string{open2.ID, s.ID}},
		{studio.SourceFilter{Text: "cup"}, []string{s.ID}},
		{studio.SourceFilter{Withdrawn: ptr(false)}, []string{open2.ID}},
		{studio.SourceFilter{Blob: blob("1")}, []string{open2.ID, s.ID}},
		{studio.SourceFilter{Blob: blob("9")}, nil},
		{studio.SourceFilter{ExpiresBefore: b.now.Add(24 * time.Hour)}, nil},
		{studio.SourceFilter{ExpiresBefore: b.now.Add(25 * time.Hour)}, []string{open2.ID, s.ID}},
	} {
		b.read(func(tx studio.Tx) error {
			list, err := tx.ListSources(b.project.ID, c.filter, studio.Page{})
			same(t, ids(list, func(s studio.Source) string { return s.ID }), c.want)
			return err
		})
	}
	b.newConcept(b.project.ID, 1, s.ID)
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.DeleteSource(s.ProjectID, s.ID) })
	b.write(func(tx studio.Tx) error { return tx.DeleteSource(open2.ProjectID, open2.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { return tx.DeleteSource(open2.ProjectID, open2.ID) })
}

func testConcepts(t *testing.T, open Open) {
	b := setup(t, open)
	one, two := b.newSource(b.project.ID), b.newSource(b.project.ID)
	c := b.newConcept(b.project.ID, 1, two.ID, one.ID) // the order stays
	same(t, c.State, studio.ConceptLearning)
	get := func(tx studio.Tx) (studio.Concept, error) { return tx.Concept(c.ProjectID, c.ID) }
	reread(b, c, get)
	c.State, c.Blob, c.PreviewBlob, c.Scores = studio.ConceptReady, blob("7"), blob("8"), nil
	b.write(func(tx studio.Tx) error { return tx.UpdateConcept(&c) })
	reread(b, c, get)
	b.refuse(studio.Conflict, func(tx studio.Tx) error {
		back := c
		back.State = studio.ConceptLearning
		return tx.UpdateConcept(&back)
	})
	b.refuse(studio.Conflict, func(tx studio.Tx) error { again := c; again.ID = ""; return tx.CreateConcept(&again) })
	next := c
	next.ID, next.Version, next.ParentID, next.SourceIDs = "", 2, c.ID, nil
	b.write(func(tx studio.Tx) error { return tx.CreateConcept(&next) })
	b.read(func(tx studio.Tx) error {
		id := func(c studio.Concept) string { return c.ID }
		all, err := tx.ListConcepts(b.project.ID, studio.ConceptFilter{Name: "Mug", State: studio.ConceptReady}, studio.Page{})
		same(t, ids(all, id), []string{next.ID, c.ID})
		from, err2 := tx.ListConcepts(b.project.ID, studio.ConceptFilter{SourceID: one.ID}, studio.Page{})
		same(t, ids(from, id), []string{c.ID})
		return first(err, err2)
	})
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.DeleteConcept(c.ProjectID, c.ID) }) // next came from it
	b.write(func(tx studio.Tx) error {
		return first(tx.DeleteConcept(c.ProjectID, next.ID), tx.DeleteConcept(c.ProjectID, c.ID), tx.DeleteSource(one.ProjectID, one.ID))
	})
}

// testRenames gives versions of a concept another name, which has to be free.
func testRenames(t *testing.T, open Open) {
	b := setup(t, open)
	c, taken := b.newConcept(b.project.ID, 1), b.newConcept(b.project.ID, 2)
	taken.Name = "Cup"
	b.write(func(tx studio.Tx) error { return tx.UpdateConcept(&taken) })
	reread(b, taken, func(tx studio.Tx) (studio.Concept, error) { return tx.Concept(taken.ProjectID, taken.ID) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListConcepts(b.project.ID, studio.ConceptFilter{Name: "Cup"}, studio.Page{})
		same(t, list.Items, []studio.Concept{taken})
		return err
	})
	again := b.newConcept(b.project.ID, 2) // the name is free again
	b.refuse(studio.Conflict, func(tx studio.Tx) error { again.Name = "Cup"; return tx.UpdateConcept(&again) })
	b.refuse(studio.Invalid, func(tx studio.Tx) error { c.Name = " "; return tx.UpdateConcept(&c) })
}

func testTemplates(t *testing.T, open Open) {
	b := setup(t, open)
	v := b.newTemplate(b.project.ID)
	get := func(tx studio.Tx) (studio.Template, error) { return tx.Template(v.ProjectID, v.ID) }
	reread(b, v, get)
	b.write(func(tx studio.Tx) error { return tx.CountTemplate(v.ProjectID, v.ID, 4, 1) })
	v.Name, v.Settings, v.Defaults = "Desk", nil, nil
	b.write(func(tx studio.Tx) error { return tx.UpdateTemplate(&v) })
	v.Uses, v.Approvals = 4, 1
	reread(b, v, get)
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListTemplates(b.project.ID, studio.TemplateFilter{Text: "desk"}, studio.Page{})
		same(t, list.Items, []studio.Template{v})
		return err
	})
	p := b.newPicture(b.project.ID, func(p *studio.Picture) { p.TemplateID = v.ID })
	b.write(func(tx studio.Tx) error { return tx.DeleteTemplate(v.ProjectID, v.ID) })
	p.TemplateID = ""
	reread(b, p, func(tx studio.Tx) (studio.Picture, error) { return tx.Picture(p.ProjectID, p.ID) })
}

func testJobs(t *testing.T, open Open) {
	b := setup(t, open)
	j := b.newJob(b.project.ID)
	get := func(tx studio.Tx) (studio.Job, error) { return tx.Job(j.ProjectID, j.ID) }
	reread(b, j, get)
	progress := studio.Progress{Step: 3, Steps: 20, Rate: 1.5, Left: 11 * time.Second, Message: "drawing", PreviewBlob: blob("9")}
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.SetJobProgress(j.ProjectID, j.ID, progress) })
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.DeleteJob(j.ProjectID, j.ID) })
	j.State, j.Attempt, j.StartedAt = studio.JobRunning, 1, b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateJob(&j) })
	b.write(func(tx studio.Tx) error { return tx.SetJobProgress(j.ProjectID, j.ID, progress) })
	j.Progress = progress
	reread(b, j, get) // with the same revision
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListJobs(b.project.ID, studio.JobFilter{Kind: j.Kind, State: j.State, CreatedBy: b.user.ID}, studio.Page{})
		same(t, list.Items, []studio.Job{j})
		none, err2 := tx.ListJobs(b.other.ID, studio.JobFilter{}, studio.Page{})
		all, err3 := tx.ListAllJobs(studio.JobFilter{State: studio.JobRunning}, studio.Page{})
		same(t, len(none.Items), 0)
		same(t, all.Items, []studio.Job{j})
		return first(err, err2, err3)
	})
	j.State, j.EndedAt, j.ResultBlob, j.Result = studio.JobDone, b.now, blob("a"), object(`{"pictures":[]}`)
	b.write(func(tx studio.Tx) error { return tx.UpdateJob(&j) })
	reread(b, j, get)
	p := b.newPicture(b.project.ID, func(p *studio.Picture) { p.JobID = j.ID })
	b.write(func(tx studio.Tx) error { return tx.DeleteJob(j.ProjectID, j.ID) })
	p.JobID = ""
	reread(b, p, func(tx studio.Tx) (studio.Picture, error) { return tx.Picture(p.ProjectID, p.ID) })
}

// testNextJobs queues jobs of two kinds in two projects: of each project its oldest
// of the kinds comes, until that has begun.
func testNextJobs(t *testing.T, open Open) {
	b := setup(t, open)
	add := func(project string, kind studio.JobKind) studio.Job {
		b.now = b.now.Add(time.Second)
		j := studio.Job{ProjectID: project, Kind: kind}
		b.write(func(tx studio.Tx) error { return tx.Enqueue(&j) })
		return j
	}
	packing, first := add(b.project.ID, studio.JobExport), add(b.project.ID, studio.JobGenerate)
	second, other := add(b.project.ID, studio.JobBatch), add(b.other.ID, studio.JobPersonalize)
	add(b.other.ID, studio.JobGenerate)
	next := func(want []string, kinds ...studio.JobKind) {
		t.Helper()
		b.read(func(tx studio.Tx) error {
			jobs, err := tx.NextJobs(kinds...)
			same(t, ids(studio.List[studio.Job]{Items: jobs}, func(j studio.Job) string { return j.ID }), want)
			return err
		})
	}
	drawing := []studio.JobKind{studio.JobGenerate, studio.JobBatch, studio.JobPersonalize}
	next([]string{first.ID, other.ID}, drawing...)
	next([]string{packing.ID}, studio.JobExport)
	next(nil, studio.JobEvaluate)
	next(nil)
	first.State, first.Attempt, first.StartedAt = studio.JobRunning, 1, b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateJob(&first) })
	next([]string{second.ID, other.ID}, drawing...)
}

func testEnqueue(t *testing.T, open Open) {
	b := setup(t, open)
	var queued []string
	b.queue = func(j studio.Job) error { queued = append(queued, string(j.State)+" "+j.ID); return nil }
	j := b.newJob(b.project.ID)
	same(t, queued, []string{"queued " + j.ID})
	b.refuse(studio.Conflict, func(tx studio.Tx) error { again := j; return tx.Enqueue(&again) })
	j.State, j.Error, j.StartedAt, j.EndedAt = studio.JobFailed, studio.Words{English: "out of memory", Japanese: "メモリー不足です。"}, b.now, b.now
	b.write(func(tx studio.Tx) error { return tx.UpdateJob(&j) })
	b.write(func(tx studio.Tx) error { return tx.Enqueue(&j) })
	same(t, queued, []string{"queued " + j.ID, "queued " + j.ID})
	reread(b, j, func(tx studio.Tx) (studio.Job, error) { return tx.Job(j.ProjectID, j.ID) })
	if j.State != studio.JobQueued || !j.Error.Empty() || !j.EndedAt.IsZero() {
		t.Errorf("the retried job is %+v", j)
	}
	full := errors.New("the queue is full")
	b.queue = func(studio.Job) error { return full }
	lost := studio.Job{ProjectID: b.project.ID, Kind: studio.JobExport}
	b.refuse(studio.Internal, func(tx studio.Tx) error {
		err := tx.Enqueue(&lost)
		if !errors.Is(err, full) {
			t.Errorf("the queue's error became %v", err)
		}
		return err
	})
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Job(b.project.ID, lost.ID); return err })
}

func testPictures(t *testing.T, open Open) {
	b := setup(t, open)
	j, tpl := b.newJob(b.project.ID), b.newTemplate(b.project.ID)
	c1, c2 := b.newConcept(b.project.ID, 1), b.newConcept(b.project.ID, 2)
	p := b.newPicture(b.project.ID, func(p *studio.Picture) {
		p.JobID, p.TemplateID, p.ConceptIDs = j.ID, tpl.ID, []string{c2.ID, c1.ID}
	})
	get := func(tx studio.Tx) (studio.Picture, error) { return tx.Picture(p.ProjectID, p.ID) }
	reread(b, p, get)
	p.Favourite, p.Name, p.State, p.SubmittedBy = true, "Suzuki", studio.PictureSubmitted, b.user.ID
	b.write(func(tx studio.Tx) error { return tx.UpdatePicture(&p) })
	reread(b, p, get)
	b.now = b.now.Add(time.Hour)
	later := b.newPicture(b.project.ID, nil)
	for _, c := range []struct {
		filter studio.PictureFilter
		want   []string
	}{
		{studio.PictureFilter{}, []string{later.ID, p.ID}},
		{studio.PictureFilter{Text: "SUZU"}, []string{p.ID}},
		{studio.PictureFilter{Text: "本"}, []string{later.ID, p.ID}},
		{studio.PictureFilter{State: studio.PictureDraft}, []string{later.ID}},
		{studio.PictureFilter{Favourite: ptr(true)}, []string{p.ID}},
		{studio.PictureFilter{JobID: j.ID, TemplateID: tpl.ID, ConceptID: c1.ID}, []string{p.ID}},
		{studio.PictureFilter{CreatedBefore: b.now}, []string{p.ID}},
		{studio.PictureFilter{CreatedBy: b.project.ID}, nil},
	} {
		b.read(func(tx studio.Tx) error {
			list, err := tx.ListPictures(b.project.ID, c.filter, studio.Page{})
			same(t, ids(list, func(p studio.Picture) string { return p.ID }), c.want)
			return err
		})
	}
	b.read(func(tx studio.Tx) error {
		n, err := tx.CountPictures(b.project.ID)
		same(t, n, map[studio.PictureState]int64{studio.PictureDraft: 1, studio.PictureSubmitted: 1})
		return err
	})
	b.refuse(studio.Conflict, func(tx studio.Tx) error { return tx.DeleteConcept(c1.ProjectID, c1.ID) })
	b.write(func(tx studio.Tx) error { return tx.DeletePicture(p.ProjectID, p.ID) })
	b.write(func(tx studio.Tx) error { return tx.DeleteConcept(c1.ProjectID, c1.ID) })
}

// testTransitions walks every pair of states: the store keeps to the table.
func testTransitions(t *testing.T, open Open) {
	b := setup(t, open)
	paths := map[studio.PictureState][]studio.PictureState{
		studio.PictureDraft:           {},
		studio.PictureSubmitted:       {studio.PictureSubmitted},
		studio.PictureApproved:        {studio.PictureSubmitted, studio.PictureApproved},
		studio.PictureRejected:        {studio.PictureSubmitted, studio.PictureRejected},
		studio.PictureChangeRequested: {studio.PictureSubmitted, studio.PictureChangeRequested},
		studio.PicturePublished:       {studio.PictureSubmitted, studio.PictureApproved, studio.PicturePublished},
		studio.PictureWithdrawn:       {studio.PictureWithdrawn},
	}
	for _, from := range studio.PictureStates() {
		for _, to := range studio.PictureStates() {
			p := b.newPicture(b.project.ID, nil)
			for _, state := range paths[from] {
				p.State = state
				b.write(func(tx studio.Tx) error { return tx.UpdatePicture(&p) })
			}
			p.State = to
			if step := func(tx studio.Tx) error { return tx.UpdatePicture(&p) }; from.CanBecome(to) {
				b.write(step)
			} else {
				b.refuse(studio.Conflict, step)
			}
		}
	}
	b.refuse(studio.Invalid, func(tx studio.Tx) error {
		born := b.sample()
		born.State = studio.PicturePublished
		return tx.CreatePicture(&born)
	})
}

// sample is a picture that could be stored.
func (b *bench) sample() studio.Picture {
	return studio.Picture{ProjectID: b.project.ID, Blob: blob("5"), Size: 1, Prompt: "x", Width: 1, Height: 1, State: studio.PictureDraft}
}

func testReviews(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.newPicture(b.project.ID, nil)
	r := studio.Review{ProjectID: b.project.ID, PictureID: p.ID, By: b.user.ID, Decision: studio.DecisionReject, Reason: "ロゴが違います。"}
	b.write(func(tx studio.Tx) error { return tx.CreateReview(&r) })
	reread(b, r, func(tx studio.Tx) (studio.Review, error) { return tx.Review(r.ProjectID, r.ID) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListReviews(b.project.ID, studio.ReviewFilter{PictureID: p.ID, By: b.user.ID, Decision: r.Decision}, studio.Page{})
		same(t, list.Items, []studio.Review{r})
		list, err2 := tx.ListReviews(b.project.ID, studio.ReviewFilter{Decision: studio.DecisionApprove}, studio.Page{})
		same(t, len(list.Items), 0)
		return first(err, err2)
	})
	b.refuse(studio.NotFound, func(tx studio.Tx) error {
		stray := r
		stray.ID, stray.ProjectID = "", b.other.ID
		return tx.CreateReview(&stray)
	})
	b.write(func(tx studio.Tx) error { return tx.DeletePicture(p.ProjectID, p.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := tx.Review(r.ProjectID, r.ID); return err })
}

func testCases(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.newPicture(b.project.ID, nil)
	c := studio.Case{
		ProjectID: b.project.ID, CreatedBy: b.user.ID, PictureID: p.ID, Good: true, Title: "Light", Why: "自然な光", Blob: blob("b"),
		Prompt: p.Prompt, NegativePrompt: "n", Settings: p.Settings, Scores: p.Scores,
	}
	b.write(func(tx studio.Tx) error { return tx.CreateCase(&c) })
	get := func(tx studio.Tx) (studio.Case, error) { return tx.Case(c.ProjectID, c.ID) }
	reread(b, c, get)
	c.Title, c.Good = "Shade", false
	b.write(func(tx studio.Tx) error { return tx.UpdateCase(&c) })
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListCases(b.project.ID, studio.CaseFilter{Text: "光", Good: ptr(false)}, studio.Page{})
		same(t, list.Items, []studio.Case{c})
		return err
	})
	tpl := b.newTemplate(b.project.ID)
	tpl.CaseID = c.ID
	b.write(func(tx studio.Tx) error { return first(tx.UpdateTemplate(&tpl), tx.DeletePicture(p.ProjectID, p.ID)) })
	c.PictureID = ""
	reread(b, c, get)
	b.write(func(tx studio.Tx) error { return tx.DeleteCase(c.ProjectID, c.ID) })
	tpl.CaseID = ""
	reread(b, tpl, func(tx studio.Tx) (studio.Template, error) { return tx.Template(tpl.ProjectID, tpl.ID) })
}

func testWebhooks(t *testing.T, open Open) {
	b := setup(t, open)
	w := studio.Webhook{
		ProjectID: b.project.ID, CreatedBy: b.user.ID, URL: "https://hooks.example.com/x?a=1&b=2", Secret: studio.NewSecret(),
		Events: []studio.Event{studio.EventJobEnded, studio.EventPicturePublished}, Active: true,
	}
	b.write(func(tx studio.Tx) error { return tx.CreateWebhook(&w) })
	get := func(tx studio.Tx) (studio.Webhook, error) { return tx.Webhook(w.ProjectID, w.ID) }
	reread(b, w, get)
	w.LastStatus, w.LastError, w.LastAt, w.Active = 500, "refused", b.now, false
	b.write(func(tx studio.Tx) error { return tx.UpdateWebhook(&w) })
	reread(b, w, get)
	b.read(func(tx studio.Tx) error {
		list, err := tx.ListWebhooks(b.project.ID, studio.Page{})
		same(t, list.Items, []studio.Webhook{w})
		return err
	})
	b.write(func(tx studio.Tx) error { return tx.DeleteWebhook(w.ProjectID, w.ID) })
	b.refuse(studio.NotFound, func(tx studio.Tx) error { _, err := get(tx); return err })
}

func testBlobs(t *testing.T, open Open) {
	b := setup(t, open)
	b.newSource(b.project.ID)     // 1, 2, 3
	b.newJob(b.project.ID)        // 4
	b.newPicture(b.other.ID, nil) // 5, 6
	b.newMark("a")
	b.read(func(tx studio.Tx) error {
		read := map[string]bool{}
		for ref, err := range studio.ReadBlobs(tx) {
			if err != nil {
				return err
			}
			read[ref.Blob] = true
		}
		for _, digit := range []string{"1", "2", "3", "4", "5", "6", "a"} {
			if !read[blob(digit)] {
				t.Errorf("blob %s... is not read", digit)
			}
			delete(read, blob(digit))
		}
		same(t, read, map[string]bool{})
		for digit, want := range map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true, "6": true, "7": false, "0": false} {
			got, err := tx.BlobReferenced(blob(digit))
			if err != nil || got != want {
				t.Errorf("blob %s... is referenced: %v, %v; want %v", digit, got, err, want)
			}
		}
		return nil
	})
}
