package workspace

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// told is the word that a job was given.
func told(t *testing.T, j studio.Job) string {
	t.Helper()
	var p LearnParams
	if err := json.Unmarshal(j.Params, &p); err != nil {
		t.Fatal(err)
	}
	return p.ClassWord
}

func TestClassWord(t *testing.T) {
	s := setup(t)
	source := s.source()
	ask := func(r LearnRequest) (studio.Concept, studio.Job, error) {
		r.Placeholder, r.SourceIDs = "<mug>", []string{source.ID}
		return s.LearnConcept(s.ctx, s.creator, s.project, r)
	}
	learn := func(t *testing.T, r LearnRequest) studio.Job {
		t.Helper()
		_, j, err := ask(r)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	for name, c := range map[string]struct {
		word *string
		want string
	}{
		"Unsaid":   {nil, ""},
		"None":     {new(" "), ""},
		"Trimmed":  {new(" running   shoe\u3000"), "running shoe"},
		"Japanese": {new("スニーカー"), "スニーカー"},
		"Long":     {new(strings.Repeat("靴", MaxClassWord)), strings.Repeat("靴", MaxClassWord)},
	} {
		t.Run("OK"+name, func(t *testing.T) {
			if got := told(t, learn(t, LearnRequest{Name: "A " + name, ClassWord: c.word})); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
	t.Run("OKMethod", func(t *testing.T) {
		if got := told(t, learn(t, LearnRequest{Name: "M", Method: methodOfClass, ClassWord: new("cup")})); got != "cup" {
			t.Errorf("told %q", got)
		}
	})
	t.Run("OKParent", func(t *testing.T) { // from version to version, until somebody says otherwise
		first := s.learn(learn(t, LearnRequest{Name: "P", ClassWord: new("cup")}))
		s.concept("", source.ID) // another learning in between
		second := learn(t, LearnRequest{ParentID: first.ID, Method: methodOfClass})
		if got := told(t, second); got != "cup" {
			t.Errorf("the second version is told %q", got)
		}
		third := learn(t, LearnRequest{ParentID: s.learn(second).ID, ClassWord: new("bowl")})
		fourth := learn(t, LearnRequest{ParentID: s.learn(third).ID, ClassWord: new("")})
		if a, b := told(t, third), told(t, fourth); a != "bowl" || b != "" {
			t.Errorf("told %q and %q", a, b)
		}
		if got := told(t, learn(t, LearnRequest{ParentID: s.learn(fourth).ID})); got != "" {
			t.Errorf("after none, told %q", got)
		}
	})
	t.Run("OKDeleted", func(t *testing.T) { // nobody knows any more
		j := learn(t, LearnRequest{Name: "D", ClassWord: new("cup")})
		v := s.learn(j)
		wantCode(t, s.DeleteJob(s.ctx, s.creator, s.project, j.ID), "")
		if got := told(t, learn(t, LearnRequest{ParentID: v.ID})); got != "" {
			t.Errorf("told %q", got)
		}
	})
	t.Run("OKRetry", func(t *testing.T) {
		j := learn(t, LearnRequest{Name: "R", ClassWord: new("cup")})
		s.claim(j)
		must[studio.Job](t)(s.FailJob(s.ctx, s.project, j.ID, studio.SameWords("no")))
		if got := told(t, must[studio.Job](t)(s.RetryJob(s.ctx, s.creator, s.project, j.ID))); got != "cup" {
			t.Errorf("told %q", got)
		}
	})
	policy := studio.DefaultPolicy()
	policy.BlockedWords = []string{"toy"}
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	for name, r := range map[string]LearnRequest{
		"Long":     {ClassWord: new(strings.Repeat("靴", MaxClassWord+1))},
		"Lines":    {ClassWord: new("a\tb")},
		"Hidden":   {ClassWord: new("a\u202eb")},
		"NUL":      {ClassWord: new("a\x00b")},
		"NotUTF8":  {ClassWord: new("\xff")},
		"Brackets": {ClassWord: new("<mug>")},
		"Field":    {ClassWord: new("{product}")},
		"Blocked":  {ClassWord: new("soft Toy")},
		"Method":   {Method: methodOfClass},
		"NoWord":   {Method: methodOfClass, ClassWord: new(" ")},
	} {
		t.Run("Err"+name, func(t *testing.T) {
			r.Name = "E " + name
			err := third(ask(r))
			wantCode(t, err, studio.Invalid)
			var e *studio.Error
			if !errors.As(err, &e) || e.Field != "class_word" || e.English == "" || e.Japanese == "" || e.English == e.Japanese {
				t.Errorf("%+v", e)
			}
		})
	}
	s.verify()
}

// TestTrialClassWord has a trial learn what it was told at its start.
func TestTrialClassWord(t *testing.T) {
	s := setup(t)
	wantCode(t, second(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{ClassWord: "{cup}"})), studio.Invalid)
	v := must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{ClassWord: " cup "}))
	if got := told(t, s.job(v.JobIDs[0])); got != "cup" {
		t.Errorf("told %q", got)
	}
}
