package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// town is who is in a studio, and what there is to look at.
type town struct {
	Address  string
	Admin    string // token
	People   []person
	Projects []place
}

// person is somebody who is signed in, in a browser and with a token.
type person struct {
	Session, Token string
	Project        int // of Projects: the one that they are in
}

// place is a project with things in it.
type place struct{ Project, Concept, Picture, Template, Trial, Source string }

const (
	password = "a long word that nobody guesses"
	pictures = 24 // in each project, of which half wait for a decision
)

// filling is a studio that is being filled.
type filling struct {
	*workspace.Workspace
	admin workspace.Actor
}

// fill makes people and projects, with a photo, a concept, a template, pictures and a
// trial in each.
func fill(ctx context.Context, w *workspace.Workspace, people, projects int) (t town, err error) {
	f := &filling{Workspace: w}
	link, _, err := w.FirstLink(ctx)
	if err != nil {
		return t, err
	}
	if _, f.admin, err = f.register(ctx, link, "admin"); err != nil {
		return t, err
	}
	if t.Admin, _, err = w.CreateToken(ctx, f.admin, workspace.NewToken{Name: "load", Scopes: studio.Scopes()}); err != nil {
		return t, err
	}
	for i := range projects {
		p, err := w.CreateProject(ctx, f.admin, fmt.Sprintf("Project %d", i+1), "")
		if err != nil {
			return t, err
		}
		t.Projects = append(t.Projects, place{Project: p.ID})
	}
	if t.People, err = f.invite(ctx, t.Projects, people); err != nil {
		return t, err
	}
	for i := range t.Projects {
		if err := f.furnish(ctx, &t.Projects[i]); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (f *filling) register(ctx context.Context, link, name string) (string, workspace.Actor, error) {
	r := workspace.Registration{Email: name + "@example.com", Name: name, Password: password, Language: "ja"}
	return f.AcceptInvitation(ctx, link, r, "load", "")
}

// invite makes people who may create, in the projects by turns.
func (f *filling) invite(ctx context.Context, places []place, people int) (list []person, err error) {
	for i := range people {
		p, name := person{Project: i % len(places)}, fmt.Sprintf("person%d", i+1)
		link, _, err := f.Invite(ctx, f.admin, places[p.Project].Project, name+"@example.com", studio.RoleCreator)
		if err != nil {
			return nil, err
		}
		session, actor, err := f.register(ctx, link, name)
		if err != nil {
			return nil, err
		}
		p.Session = session
		if p.Token, _, err = f.CreateToken(ctx, actor, workspace.NewToken{Name: "load", Scopes: studio.Scopes()}); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// furnish draws a trial's pictures in a project and puts half of them forward.
func (f *filling) furnish(ctx context.Context, p *place) error {
	photos, err := demo.Photos()
	if err != nil {
		return err
	}
	source, err := f.AddSource(ctx, f.admin, p.Project, workspace.NewSource{
		Name: photos[0].Name, File: bytes.NewReader(photos[0].Data), Rights: workspace.Rights{Owner: "Example", Licence: "CC BY 4.0"}, Confirmed: true,
	})
	if err != nil {
		return err
	}
	template, err := f.CreateTemplate(ctx, f.admin, p.Project, workspace.TemplateText{
		Name: "Places", Prompt: "{product} in {place}", Defaults: map[string]string{"place": "snow"}, Settings: []byte(`{"steps":4}`),
	})
	if err != nil {
		return err
	}
	text := workspace.TrialText{
		Name: "Spring", ProductLine: "Plushie", SourceIDs: []string{source.ID}, TemplateID: template.ID, PerPrompt: 1,
		Baseline: studio.TrialBaseline{CostPerPicture: 30000, DaysPerPicture: 10},
	}
	for range pictures {
		text.Rows = append(text.Rows, map[string]string{"place": "snow"})
	}
	trial, err := f.CreateTrial(ctx, f.admin, p.Project, text)
	if err != nil {
		return err
	}
	p.Source, p.Template, p.Trial = source.ID, template.ID, trial.ID
	return f.draw(ctx, p)
}

func (f *filling) draw(ctx context.Context, p *place) error {
	updates := f.Updates(ctx)
	if _, err := f.StartTrial(ctx, f.admin, p.Project, p.Trial, workspace.TrialStart{}); err != nil {
		return err
	}
	for {
		t, err := f.Trial(ctx, f.admin, p.Project, p.Trial)
		if err != nil {
			return err
		}
		if t.State == studio.TrialReviewing {
			p.Concept = t.ConceptIDs[0]
			return f.submit(ctx, p)
		}
		if _, open := <-updates; !open {
			return errors.Join(ctx.Err(), errors.New("the studio stopped while it was filled"))
		}
	}
}

func (f *filling) submit(ctx context.Context, p *place) error {
	list, err := f.Pictures(ctx, f.admin, p.Project, studio.PictureFilter{}, studio.Page{Limit: pictures})
	if err != nil {
		return err
	}
	for i, picture := range list.Items {
		if p.Picture = picture.ID; i%2 == 0 {
			continue
		}
		if _, err := f.Submit(ctx, f.admin, p.Project, picture.ID); err != nil {
			return err
		}
	}
	return nil
}
