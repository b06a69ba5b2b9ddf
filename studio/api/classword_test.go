package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// params are what a job is to do.
func (b *bench) params(project, job string) string {
	b.t.Helper()
	j, err := b.work.Job(b.t.Context(), b.admin, project, job)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(j.Params)
}

// TestClassWord asks for a concept with a word for its kind of thing.
func TestClassWord(t *testing.T) {
	b := setup(t)
	project := b.project().ID
	concepts, source := "/api/v1/projects/"+project+"/concepts", b.addSource(project).ID
	ask := func(name string, more map[string]any) map[string]any {
		r := map[string]any{"name": name, "placeholder": "<mug>", "source_ids": []string{source}}
		for k, v := range more {
			r[k] = v
		}
		return r
	}
	t.Run("OK", func(t *testing.T) {
		learning := want[Learning](t, b.call("POST", concepts, ask("Cup", map[string]any{"class_word": " cup "})), 202)
		if told := b.params(project, learning.Job.ID); !strings.Contains(told, `"class_word":"cup"`) {
			t.Errorf("the job is to %s", told)
		}
	})
	t.Run("OKAbsent", func(t *testing.T) {
		learning := want[Learning](t, b.call("POST", concepts, ask("Mug", nil)), 202)
		if told := b.params(project, learning.Job.ID); strings.Contains(told, "class_word") {
			t.Errorf("the job is to %s", told)
		}
	})
	for name, more := range map[string]map[string]any{
		"Bracket": {"class_word": "<cup>"}, "Long": {"class_word": strings.Repeat("a", 61)}, "Method": {"method": "dreambooth_lora"},
	} {
		t.Run("Err"+name, func(t *testing.T) {
			en := wantProblem(t, b.call("POST", concepts, ask(name, more), "Accept-Language", "en"), 422, studio.Invalid)
			ja := wantProblem(t, b.call("POST", concepts, ask(name, more), "Accept-Language", "ja"), 422, studio.Invalid)
			if en.Field != "class_word" || ja.Field != "class_word" || !isJapanese(ja.Detail) || isJapanese(en.Detail) {
				t.Errorf("%+v and %+v", en, ja)
			}
		})
	}
	t.Run("ErrType", func(t *testing.T) {
		wantProblem(t, b.call("POST", concepts, ask("Type", map[string]any{"class_word": 3})), 422, studio.Invalid)
	})
	t.Run("Document", func(t *testing.T) {
		var schema struct {
			Required   []string
			Properties map[string]struct{ Description string }
		}
		if err := json.Unmarshal(b.document().Components.Schemas["LearnRequest"], &schema); err != nil {
			t.Fatal(err)
		}
		if p, there := schema.Properties["class_word"]; !there || !strings.Contains(p.Description, "dreambooth_lora") || strings.Contains(strings.Join(schema.Required, " "), "class_word") {
			t.Errorf("%+v", schema)
		}
	})
}

// TestStartTrialClassWord starts trials with and without a body.
func TestStartTrialClassWord(t *testing.T) {
	b := setup(t)
	project := b.project().ID
	trials, source := "/api/v1/projects/"+project+"/trials", b.addSource(project).ID
	for name, c := range map[string]struct {
		body any
		told string
	}{
		"NoBody": {nil, ""}, "Empty": {"{}", ""}, "Word": {`{"class_word":"cup"}`, "cup"},
	} {
		t.Run("OK"+name, func(t *testing.T) {
			plan := map[string]any{"name": name, "product_line": "Mug " + name, "source_ids": []string{source}, "prompts": []string{"{product} in snow"},
				"baseline": map[string]any{"currency": "JPY", "cost_per_picture": 30000, "days_per_picture": 5, "hours_of_staff": 1, "cost_of_hour": 4000}}
			trial := want[Trial](t, b.call("POST", trials, plan), 201)
			trial = want[Trial](t, b.call("POST", trials+"/"+trial.ID+"/start", c.body), 202)
			var params struct {
				ClassWord string `json:"class_word"`
			}
			if err := json.Unmarshal([]byte(b.params(project, trial.JobIDs[0])), &params); err != nil || params.ClassWord != c.told {
				t.Errorf("told %q: %v", params.ClassWord, err)
			}
		})
	}
}
