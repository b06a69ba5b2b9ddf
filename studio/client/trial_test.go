package client_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// TestTrial goes from a plan to a report over the network.
func TestTrial(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	id := must(c.CreateProject(t.Context(), "Mugs", "")).ID
	project := c.Project(id)
	source := must(project.AddSource(t.Context(), client.NewSource{Name: "mug.png", File: bytes.NewReader(picture(3)), Owner: "Example K.K.", Licence: "own work", Confirmed: true}))
	plan := client.TrialPlan{
		Name: "Spring", ProductLine: "Mug", SourceIDs: []string{source.ID}, Prompts: []string{"{product} in snow"}, PerPrompt: 3,
		Baseline: &studio.TrialBaseline{Currency: "USD", CostPerPicture: 20000, DaysPerPicture: 5},
	}
	t.Run("OK", func(t *testing.T) {
		v := must(project.StartTrial(t.Context(), must(project.CreateTrial(t.Context(), plan)).ID, client.TrialStart{}))
		must(project.WaitJob(t.Context(), v.JobIDs[0], nil))
		drawing := must(project.TrialReport(t.Context(), v.ID)).Trial.JobIDs[1]
		must(project.WaitJob(t.Context(), drawing, nil))
		r := must(project.TrialReport(t.Context(), v.ID))
		cost := r.Calculation.Figure("cost_before")
		if r.Trial.State != studio.TrialReviewing || r.Measured.Drawn != 3 || cost.Value != 20000 || cost.Formula.Japanese == "" || r.ShareHigh != 1 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("OKClassWord", func(t *testing.T) {
		v := must(project.StartTrial(t.Context(), must(project.CreateTrial(t.Context(), plan)).ID, client.TrialStart{ClassWord: "cup"}))
		if learning := must(server.work.Job(t.Context(), server.admin, id, v.JobIDs[0])); !strings.Contains(string(learning.Params), `"class_word":"cup"`) {
			t.Errorf("the job is to %s", learning.Params)
		}
	})
	t.Run("OKDeleted", func(t *testing.T) {
		planned := must(project.CreateTrial(t.Context(), plan))
		if err := project.DeleteTrial(t.Context(), planned.ID); err != nil {
			t.Error(err)
		}
		if err := project.DeleteTrial(t.Context(), planned.ID); client.ErrorCode(err) != studio.NotFound {
			t.Errorf("error %v", err)
		}
	})
	t.Run("ErrNotReady", func(t *testing.T) {
		plan := plan
		plan.SourceIDs = nil
		if _, err := project.StartTrial(t.Context(), must(project.CreateTrial(t.Context(), plan)).ID, client.TrialStart{}); client.ErrorCode(err) != studio.Invalid {
			t.Errorf("error %v", err)
		}
	})
}
