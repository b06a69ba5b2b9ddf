package client_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/client"
)

// TestSchemathesis lets schemathesis make requests from the OpenAPI document and
// wants no server error. It runs where SCHEMATHESIS names its program, for
// SCHEMATHESIS_SECONDS (60 where that is not set).
func TestSchemathesis(t *testing.T) {
	program := os.Getenv("SCHEMATHESIS")
	if program == "" {
		t.Skip("SCHEMATHESIS does not name the program st")
	}
	seconds := os.Getenv("SCHEMATHESIS_SECONDS")
	if seconds == "" {
		seconds = "60"
	}
	log := &bytes.Buffer{}
	server := openStudio(t.Context(), func(o *api.Options) {
		o.PerAddress, o.PerActor = api.Rate{PerSecond: 1e6, Burst: 1e6}, api.Rate{PerSecond: 1e6, Burst: 1e6}
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError}))
	})
	token := server.token(t.Context(), "", "", "")
	server.fill(t, token)
	run := exec.CommandContext(t.Context(), program, "run", server.host.URL+"/api/openapi.json",
		"--header", "Authorization: Bearer "+token, "--checks", "not_a_server_error", "--max-time", seconds,
		"--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", "--no-color",
		"--exclude-path-regex", "/events$", // it goes on until the reader leaves
		"--exclude-operation-id", "backup") // it is the whole workspace, each time
	run.Dir = t.TempDir()
	out, err := run.CombinedOutput()
	server.Close() // nothing writes the log from here on
	if err != nil || strings.Contains(log.String(), "msg=panic") {
		t.Errorf("%v\n%s\nlog:\n%s", err, out, log)
	}
	t.Logf("%s", out)
}

// fill makes something that can be found.
func (s *studioServer) fill(t *testing.T, token string) {
	c := s.client(token)
	project := c.Project(must(c.CreateProject(t.Context(), "Mugs", "")).ID)
	source := must(project.AddSource(t.Context(), client.NewSource{
		Name: "mug.png", File: bytes.NewReader(picture(1)), Owner: "Example Ltd.", Licence: "own work", Confirmed: true,
	}))
	concept, job, err := project.LearnConcept(t.Context(), client.Learn{Name: "Mug", Placeholder: "<mug>", SourceIDs: []string{source.ID}})
	check(err)
	must(project.WaitJob(t.Context(), job.ID, nil))
	job = must(project.Generate(t.Context(), client.Generate{Prompt: "a <mug>", ConceptIDs: []string{concept.ID}, Count: 4}))
	must(project.WaitJob(t.Context(), job.ID, nil))
	s.token(t.Context(), "approver@example.com", project.ID(), studio.RoleApprover)
}
