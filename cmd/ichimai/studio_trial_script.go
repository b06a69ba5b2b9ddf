package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// script is a whole trial through the studio's HTTP API, from a photo to the
// report: what any program with two tokens can do. It can be stopped anywhere, and
// another run with the same run name goes on: what is there already is found
// (settle), and pictures go by their state.
type script struct {
	creator  *client.Client                                                    // gives the photo, draws and submits
	approver func(ctx context.Context, project string) (*client.Client, error) // decides and publishes
	run      string                                                            // sets this trial apart from others in the same studio
	shared   bool                                                              // there may be others
	project  string                                                            // id of one that is there; "" makes one

	photo    client.NewSource // with its rights
	product  string
	rows     []map[string]string // of the campaign: a picture each
	steps    int                 // of the sampler; 0 is the model's own number
	baseline studio.TrialBaseline

	step   func(step) // a step begins, or is so far
	reason func(checks []string) string
	ended  func(trialCount) string // the conclusion
}

// trialCount is what became of the pictures.
type trialCount struct {
	Drawn     int `json:"drawn"`
	Approved  int `json:"approved"`
	Rejected  int `json:"rejected"`
	Published int `json:"published"`
}

// trialEnd is where a script has come to.
type trialEnd struct {
	project *client.Project
	trial   client.Trial
	count   trialCount
}

// play goes through the trial and returns with everything decided and published.
func (s *script) play(ctx context.Context) (*trialEnd, error) {
	s.step(step{at: stepPhoto})
	project, err := s.openProject(ctx)
	if err != nil {
		return nil, err
	}
	photo, err := s.givePhoto(ctx, project)
	if err != nil {
		return nil, err
	}
	trial, err := s.planTrial(ctx, project, photo)
	if err != nil {
		return nil, err
	}
	if trial, err = s.draw(ctx, project, trial); err != nil {
		return nil, err
	}
	if err := s.submit(ctx, project, trial); err != nil {
		return nil, err
	}
	approver, err := s.approver(ctx, project.ID())
	if err != nil {
		return nil, err
	}
	if err := s.review(ctx, approver.Project(project.ID()), trial); err != nil {
		return nil, err
	}
	return s.conclude(ctx, project, trial)
}

// openProject takes the project that was named, or makes one for this trial.
func (s *script) openProject(ctx context.Context) (*client.Project, error) {
	if s.project != "" {
		return s.creator.Project(s.project), nil
	}
	name := s.name()
	info, err := settle(ctx, s.run+" project", s.creator.Projects,
		func(p client.ProjectInfo) bool { return p.Name == name },
		func(ctx context.Context) (client.ProjectInfo, error) { return s.creator.CreateProject(ctx, name, "") })
	if err != nil {
		return nil, err
	}
	return s.creator.Project(info.ID), nil
}

// name is what project, template and trial are called.
func (s *script) name() string {
	if s.shared {
		return s.product + " " + s.run
	}
	return s.product
}

// givePhoto uploads the photo with whose it is and under which licence.
func (s *script) givePhoto(ctx context.Context, project *client.Project) (client.Source, error) {
	file, err := io.ReadAll(s.photo.File)
	if err != nil {
		return client.Source{}, fmt.Errorf("read the photo: %w", err)
	}
	name := s.photo.Name
	if s.project != "" { // where others may have one of that name
		name = s.run + " " + name
	}
	return settle(ctx, s.run+" photo", project.Sources,
		func(v client.Source) bool { return v.Name == name },
		func(ctx context.Context) (client.Source, error) {
			photo := s.photo
			photo.Name, photo.File = name, bytes.NewReader(file)
			return project.AddSource(ctx, photo)
		})
}

// planTrial writes the template of the campaign, says what its rows would take,
// and plans the trial over them.
func (s *script) planTrial(ctx context.Context, project *client.Project, photo client.Source) (client.Trial, error) {
	s.step(step{at: stepPlan})
	template, err := s.writeTemplate(ctx, project)
	if err != nil {
		return client.Trial{}, err
	}
	name := s.name()
	return settle(ctx, s.run+" trial", project.Trials,
		func(t client.Trial) bool { return t.Plan.Name == name },
		func(ctx context.Context) (client.Trial, error) {
			return project.CreateTrial(ctx, client.TrialPlan{
				Name: name, ProductLine: s.product, SourceIDs: []string{photo.ID},
				TemplateID: template.ID, Rows: s.rows, PerPrompt: 1, Baseline: &s.baseline,
			})
		})
}

func (s *script) writeTemplate(ctx context.Context, project *client.Project) (client.Template, error) {
	name := s.name()
	settings, err := json.Marshal(map[string]int{"steps": s.steps})
	if err != nil {
		return client.Template{}, err
	}
	return settle(ctx, s.run+" template", project.Templates,
		func(t client.Template) bool { return t.Name == name },
		func(ctx context.Context) (client.Template, error) {
			return project.CreateTemplate(ctx, client.NewTemplate{Name: name, Prompt: "{product} {scene}", Settings: settings})
		})
}

// draw starts the trial, and waits until its subject is learned and its pictures
// are drawn; the studio goes from one to the other by itself.
func (s *script) draw(ctx context.Context, project *client.Project, t client.Trial) (client.Trial, error) {
	var err error
	if t.State == studio.TrialPlanned || t.Message != "" {
		if t, err = project.StartTrial(ctx, t.ID, client.TrialStart{}); err != nil {
			return t, err
		}
	}
	for i := 0; t.State == studio.TrialRunning; {
		if i == len(t.JobIDs) {
			return t, errors.New(t.Message) // what the studio was refused after it had learned
		}
		if err := s.work(ctx, project, t.JobIDs[i]); err != nil {
			return t, err
		}
		i++
		if t, err = project.Trial(ctx, t.ID); err != nil {
			return t, err
		}
	}
	return t, nil
}

// work waits for a job, which is tried again where an earlier run saw it fail.
func (s *script) work(ctx context.Context, project *client.Project, id string) error {
	job, err := project.Job(ctx, id)
	if err != nil {
		return err
	}
	if job.State == studio.JobFailed || job.State == studio.JobCancelled {
		if _, err := project.RetryJob(ctx, id); err != nil {
			return err
		}
	}
	_, err = project.WaitJob(ctx, id, func(j client.Job) {
		at := map[studio.JobKind]stepID{studio.JobPersonalize: stepLearn, studio.JobExport: stepExport}[j.Kind]
		if at == "" {
			at = stepDraw
		}
		s.step(step{at: at, done: j.Progress.Step, of: j.Progress.Steps, rate: j.Progress.Rate, left: j.Progress.LeftSeconds})
	})
	return err
}

// pictures are the trial's, the oldest first.
func (s *script) pictures(ctx context.Context, project *client.Project, t client.Trial) ([]client.Picture, error) {
	var list []client.Picture
	for _, job := range t.JobIDs {
		for p, err := range client.All(ctx, project.PicturesOf(job)) {
			if err != nil {
				return nil, err
			}
			list = append(list, p)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// submit puts every draft before the approver; the studio runs its automatic
// checks on the way.
func (s *script) submit(ctx context.Context, project *client.Project, t client.Trial) error {
	list, err := s.pictures(ctx, project, t)
	if err != nil {
		return err
	}
	for i, p := range list {
		s.step(step{at: stepCheck, done: i, of: len(list)})
		if p.State != studio.PictureDraft {
			continue
		}
		if _, err := project.Submit(ctx, p.ID); err != nil {
			return err
		}
	}
	s.step(step{at: stepCheck, done: len(list), of: len(list)})
	return nil
}

// review decides by a stated rule: a picture that no automatic check refuses is
// approved, any other rejected with those checks as the reason. What is approved is
// published.
func (s *script) review(ctx context.Context, project *client.Project, t client.Trial) error {
	list, err := s.pictures(ctx, project, t)
	if err != nil {
		return err
	}
	for i, p := range list {
		s.step(step{at: stepReview, done: i, of: len(list)})
		if p.State == studio.PictureSubmitted {
			if p, err = s.decide(ctx, project, p); err != nil {
				return err
			}
		}
		if p.State == studio.PictureApproved {
			if _, err := project.Publish(ctx, p.ID); err != nil {
				return err
			}
		}
	}
	s.step(step{at: stepReview, done: len(list), of: len(list)})
	return nil
}

func (s *script) decide(ctx context.Context, project *client.Project, p client.Picture) (client.Picture, error) {
	if refused := refusedBy(p.Checks); len(refused) > 0 {
		p, _, err := project.Decide(ctx, p.ID, studio.DecisionReject, s.reason(refused))
		return p, err
	}
	p, _, err := project.Decide(ctx, p.ID, studio.DecisionApprove, "")
	return p, err
}

// refusedBy names the automatic checks that refuse a picture. One that only warns, or
// could not be made, does not.
func refusedBy(checks []studio.Verdict) []string {
	var names []string
	for _, v := range checks {
		if v.Outcome == studio.OutcomeRefused {
			names = append(names, v.Check)
		}
	}
	return names
}

// conclude closes the trial, so that the report counts every picture.
func (s *script) conclude(ctx context.Context, project *client.Project, t client.Trial) (*trialEnd, error) {
	end := &trialEnd{project: project, trial: t}
	list, err := s.pictures(ctx, project, t)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		end.count.add(p.State)
	}
	if t.State != studio.TrialClosed {
		end.trial, err = project.CloseTrial(ctx, t.ID, s.ended(end.count))
	}
	return end, err
}

func (c *trialCount) add(state studio.PictureState) {
	c.Drawn++
	switch state {
	case studio.PicturePublished:
		c.Published++
		c.Approved++
	case studio.PictureApproved:
		c.Approved++
	case studio.PictureRejected:
		c.Rejected++
	}
}

// export packs what was published into a ZIP, whose pictures say what they are, and
// writes it.
func (s *script) export(ctx context.Context, end *trialEnd, to io.Writer) error {
	list, err := s.pictures(ctx, end.project, end.trial)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range list {
		if p.State == studio.PicturePublished {
			ids = append(ids, p.ID)
		}
	}
	job, err := settle(ctx, s.run+" export", end.project.Jobs,
		func(j client.Job) bool {
			return s.project == "" && j.Kind == studio.JobExport && j.State != studio.JobCancelled
		},
		func(ctx context.Context) (client.Job, error) { return end.project.Export(ctx, "zip", ids...) })
	if err != nil {
		return err
	}
	if err := s.work(ctx, end.project, job.ID); err != nil {
		return err
	}
	if job, err = end.project.Job(ctx, job.ID); err != nil {
		return err
	}
	_, err = end.project.Download(ctx, job.ResultBlob, to)
	return err
}
