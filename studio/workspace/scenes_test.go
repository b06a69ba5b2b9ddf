package workspace

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

var twoScenes = []Scene{{Prompt: "{product} in snow", Name: "Snow", Seed: new(int64(1))}, {Prompt: "<pot> on grass", Name: "Grass", Seed: new(int64(1))}}

// withScenes is a concept and its job, which two scenes are to follow.
func (s *scene) withScenes() (studio.Concept, studio.Job) {
	s.tb.Helper()
	v, j, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "Pot", Placeholder: "<pot>", SourceIDs: []string{s.source().ID}, Scenes: twoScenes})
	if err != nil {
		s.tb.Fatal(err)
	}
	return v, j
}

// followed is what came after a learning.
func (s *scene) followed(j studio.Job) Learning {
	s.tb.Helper()
	return must[Learning](s.tb)(LearningOf(s.job(j.ID)))
}

// drawings are the jobs that draw.
func (s *scene) drawings() []studio.Job {
	s.tb.Helper()
	return must[studio.List[studio.Job]](s.tb)(s.Jobs(s.ctx, s.viewer, s.project, studio.JobFilter{Kind: studio.JobGenerate}, studio.Page{})).Items
}

// TestScenesFollow has a learning stopped between its concept and its end: the
// scenes come once, by themselves, for whoever asked.
func TestScenesFollow(t *testing.T) {
	s := setup(t)
	v, j := s.withScenes()
	s.claim(j)
	must[studio.Concept](t)(s.ConceptLearned(s.ctx, s.project, j.ID, Learned{Concept: bytes.NewReader([]byte("x"))}))
	if n := len(s.drawings()); n != 0 {
		t.Fatalf("%d jobs draw before the end", n)
	}
	must[[]studio.Job](t)(s.AbandonedJobs(s.ctx)) // the program was killed
	s.claim(j)
	for range 2 {
		must[studio.Job](t)(s.FinishJob(s.ctx, s.project, j.ID, nil))
	}
	list := s.drawings()
	if len(list) != 1 || list[0].ID != s.followed(j).DrawingID || list[0].CreatedBy != s.creator.User.ID || list[0].State != studio.JobQueued {
		t.Fatalf("%+v after %+v", list, s.followed(j))
	}
	var p GenerateParams
	if err := json.Unmarshal(list[0].Params, &p); err != nil {
		t.Fatal(err)
	}
	want := GenerateParams{Drawing: Drawing{ConceptIDs: []string{v.ID}}, Shots: []Shot{{Prompt: "<pot> in snow", Seed: 1, Name: "Snow"}, {Prompt: "<pot> on grass", Seed: 1, Name: "Grass"}}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if same := must[studio.Job](t)(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, nil)); same.ID != list[0].ID || len(s.drawings()) != 1 {
		t.Error("asked again, it draws again")
	}
	s.verify()
}

// TestScenesRefused learns while what the scenes need is taken away: the concept is
// there, and the scenes can be drawn later.
func TestScenesRefused(t *testing.T) {
	block := func(s *scene, words ...string) {
		policy := studio.DefaultPolicy()
		policy.BlockedWords = words
		must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	}
	for name, c := range map[string]struct {
		take func(s *scene)
		give func(s *scene)
		says string
	}{
		"BlockedWord": {func(s *scene) { block(s, "snow") }, func(s *scene) { block(s) }, "snow"},
		"Role": {
			func(s *scene) {
				must[studio.Member](t)(s.SetRole(s.ctx, s.root, s.project, s.creator.User.ID, viewer))
			},
			func(s *scene) {
				must[studio.Member](t)(s.SetRole(s.ctx, s.root, s.project, s.creator.User.ID, creator))
			}, "role",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			v, j := s.withScenes()
			wantCode(t, second(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, nil)), studio.Conflict) // it has not ended
			c.take(s)
			s.learn(j)
			l := s.followed(j)
			if l.DrawingID != "" || l.Refused == nil || !strings.Contains(l.Refused.English, c.says) || l.Refused.Japanese == "" || len(s.drawings()) != 0 {
				t.Fatalf("%+v", l)
			}
			if got := must[studio.Concept](t)(s.Concept(s.ctx, s.viewer, s.project, v.ID)); got.State != studio.ConceptReady {
				t.Errorf("the concept is %s", got.State)
			}
			c.give(s)
			drawing := must[studio.Job](t)(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, nil))
			if l := s.followed(j); l.DrawingID != drawing.ID || l.Refused != nil {
				t.Errorf("%+v", l)
			}
			s.verify()
		})
	}
}

func TestScenesLater(t *testing.T) {
	s := setup(t)
	_, j := s.learning("")
	s.learn(j)
	wantCode(t, second(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, nil)), studio.Invalid) // none were asked for
	drawing := must[studio.Job](t)(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, []Scene{{Prompt: "{product} in snow"}}))
	wantCode(t, second(s.DrawScenes(s.ctx, s.creator, s.project, drawing.ID, nil)), studio.Conflict) // no learning
	must[studio.Job](t)(s.CancelJob(s.ctx, s.creator, s.project, drawing.ID))
	wantCode(t, s.DeleteJob(s.ctx, s.creator, s.project, drawing.ID), "")
	if again := must[studio.Job](t)(s.DrawScenes(s.ctx, s.creator, s.project, j.ID, []Scene{{Prompt: "{product} in snow"}})); again.ID == drawing.ID {
		t.Error("a deleted drawing is returned")
	}
	for name, scenes := range map[string][]Scene{
		"NoPlaceholder": {{Prompt: "a pot"}}, "Empty": {{Prompt: " "}}, "Seed": {{Prompt: "{product}", Seed: new(int64(-1))}}, "Many": make([]Scene, MaxScenes+1),
	} {
		t.Run("Err"+name, func(t *testing.T) {
			_, _, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "Pot", Placeholder: "<pot>", SourceIDs: []string{s.source().ID}, Scenes: scenes})
			wantCode(t, err, studio.Invalid)
		})
	}
}

// TestKnownSource gives a picture twice.
func TestKnownSource(t *testing.T) {
	s := setup(t)
	file := s.png()
	give := func(n NewSource) (studio.Source, error) {
		n.Name, n.File = "mug.png", bytes.NewReader(file)
		return s.AddSource(s.ctx, s.creator, s.project, n)
	}
	first := must[studio.Source](t)(give(NewSource{Rights: good, Confirmed: true}))
	wantCode(t, second(give(NewSource{Rights: good, Confirmed: true})), studio.Conflict)
	other := good
	other.Licence = "CC BY 4.0"
	if again := must[studio.Source](t)(give(NewSource{Rights: other, Confirmed: true, OrKnown: true})); again.ID != first.ID || again.Revision != first.Revision || again.Rights.Licence != good.Licence {
		t.Errorf("%+v", again)
	}
	if padded := (Rights{Owner: " Example  K.K.", Licence: good.Licence, Territory: good.Territory}); !padded.Same(first.Rights) || other.Same(first.Rights) {
		t.Error("rights are not compared as they are stored")
	}
	unconfirmed := must[studio.Source](t)(s.UpdateRights(s.ctx, s.creator, s.project, first.ID, RightsChange{Rights: good}))
	if good.Same(unconfirmed.Rights) {
		t.Error("rights that nobody stands for count as the same")
	}
	must[Withdrawal](t)(s.WithdrawSource(s.ctx, s.approver, s.project, first.ID, "revoked"))
	wantCode(t, second(give(NewSource{Rights: good, OrKnown: true})), studio.Forbidden)
}
