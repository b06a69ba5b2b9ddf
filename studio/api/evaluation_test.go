package api

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// draft is a draft and its job.
func (b *bench) draft(project string) (job string, picture studio.Picture) {
	b.t.Helper()
	j, err := b.work.Generate(b.t.Context(), b.admin, project, workspace.GenerateRequest{Prompt: "a table"})
	if err == nil {
		_, err = b.work.ClaimJob(b.t.Context(), project, j.ID)
	}
	if err == nil {
		picture, err = b.work.PictureDrawn(b.t.Context(), project, j.ID, workspace.Drawn{PNG: photo(9), Seed: 1})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return j.ID, picture
}

func TestEvaluate(t *testing.T) {
	b := setup(t)
	project := b.project().ID
	path := "/api/v1/projects/" + project + "/evaluations"
	drawing, picture := b.draft(project)
	viewer := b.newToken(b.member("viewer@example.com", project, studio.RoleViewer), studio.Scopes()...)
	for name, c := range map[string]struct {
		body   any
		token  string
		status int
		code   studio.Code
	}{
		"ErrNothing": {EvaluateRequest{}, b.token, 422, studio.Invalid},
		"ErrBoth":    {EvaluateRequest{PictureIDs: []string{picture.ID}, JobID: drawing}, b.token, 422, studio.Invalid},
		"ErrUnknown": {EvaluateRequest{PictureIDs: []string{"none"}}, b.token, 404, studio.NotFound},
		"ErrField":   {map[string]any{"pictures": []string{picture.ID}}, b.token, 422, studio.Invalid},
		"ErrRole":    {EvaluateRequest{JobID: drawing}, viewer, 403, studio.Forbidden},
		"ErrScope":   {EvaluateRequest{JobID: drawing}, b.newToken(b.admin, studio.ScopeRead, studio.ScopeReview), 403, studio.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, b.call("POST", path, c.body, "Authorization", "Bearer "+c.token), c.status, c.code)
		})
	}
	t.Run("OK", func(t *testing.T) {
		j := want[Job](t, b.call("POST", path, EvaluateRequest{JobID: drawing, Submit: true}), 202)
		if j.Kind != studio.JobEvaluate || j.State != studio.JobQueued || !bytes.Contains(j.Params, []byte(picture.ID)) {
			t.Errorf("%+v", j)
		}
		if _, err := b.work.ClaimJob(t.Context(), project, j.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.work.EvaluatePicture(t.Context(), project, j.ID, picture.ID); err != nil {
			t.Fatal(err)
		}
		var result struct{ Warned, Submitted int } // it is too small for the mark that the policy wants
		j = want[Job](t, b.call("GET", "/api/v1/projects/"+project+"/jobs/"+j.ID, nil), 200)
		if err := json.Unmarshal(j.Result, &result); err != nil || result.Warned != 1 || result.Submitted != 1 {
			t.Errorf("the result is %s: %v", j.Result, err)
		}
	})
}
