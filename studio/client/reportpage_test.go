package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/workspace"
)

func TestTrialToItsReport(t *testing.T) {
	server := openStudio(t.Context(), func(o *api.Options) {
		o.Report = func(_ context.Context, _ workspace.Actor, _, trial, language string) ([]byte, error) {
			return []byte(trial + " " + language), nil
		}
	})
	defer server.Close()
	c := must(client.New(server.host.URL, server.token(t.Context(), "", "", ""), client.Options{Language: "ja"}))
	project := c.Project(must(c.CreateProject(t.Context(), "Mugs", "")).ID)
	template := must(project.CreateTemplate(t.Context(), client.NewTemplate{Name: "Places", Prompt: "{product} in {place}", Settings: json.RawMessage(`{"steps":3}`)}))
	if list := must(project.Templates(t.Context(), client.Page{})); len(list.Items) != 1 || list.Items[0].ID != template.ID || string(list.Items[0].Settings) != `{"steps":3}` {
		t.Errorf("templates %+v", list.Items)
	}
	trial := must(project.CreateTrial(t.Context(), client.TrialPlan{Name: "Spring"}))
	if list := must(project.Trials(t.Context(), client.Page{})); len(list.Items) != 1 || list.Items[0].ID != trial.ID {
		t.Errorf("trials %+v", list.Items)
	}
	must(project.CloseTrial(t.Context(), trial.ID, "good"))
	if now := must(project.Trial(t.Context(), trial.ID)); now.State != studio.TrialClosed || now.Conclusion != "good" {
		t.Errorf("trial %+v", now)
	}
	var page bytes.Buffer
	check(project.TrialReportPage(t.Context(), trial.ID, &page))
	if page.String() != trial.ID+" ja" {
		t.Errorf("report %q", page.String())
	}
}

// TestWithKey does a request with the same key once.
func TestWithKey(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	first := must(c.CreateProject(client.WithKey(t.Context(), "one"), "Mugs", ""))
	if again := must(c.CreateProject(client.WithKey(t.Context(), "one"), "Mugs", "")); again.ID != first.ID {
		t.Error("it was done twice")
	}
	if other := must(c.CreateProject(client.WithKey(t.Context(), "two"), "Mugs", "")); other.ID == first.ID {
		t.Error("another key gave the same project")
	}
	if _, err := c.CreateProject(client.WithKey(t.Context(), "one"), "Cups", ""); client.ErrorCode(err) != studio.Conflict {
		t.Errorf("another request with the key: %v", err)
	}
}
