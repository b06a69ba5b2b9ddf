package api

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// drawn puts a picture into a project as the workers do.
func (b *bench) drawn(project string, data []byte) studio.Picture {
	b.t.Helper()
	ctx := context.Background()
	j, err := b.work.Generate(ctx, b.admin, project, workspace.GenerateRequest{Prompt: "a table", Count: 1})
	if err == nil {
		_, err = b.work.ClaimJob(ctx, project, j.ID)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := b.work.PictureDrawn(ctx, project, j.ID, workspace.Drawn{PNG: data, Seed: 1})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// blocks is a PNG with large shapes, which differ with n.
func blocks(n int) []byte {
	m := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range m.Pix {
		if x, y := i%64/16, i/64/16; (n>>(x+y)^x*y)&1 == 0 {
			m.Pix[i] = 220
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, m) // into memory
	return out.Bytes()
}

func TestMarks(t *testing.T) {
	b := setup(t)
	logo := blocks(7)
	policy := want[Policy](t, b.call("GET", "/api/v1/policy", nil), http.StatusOK)
	policy.Watermark = false // for which the pictures are too small
	want[Policy](t, b.call("PUT", "/api/v1/policy", policy.PolicyText), http.StatusOK)
	add := func(data []byte, fields ...string) int {
		body, kind := upload(t, data, fields...)
		return b.call("POST", "/api/v1/policy/marks", body, "Content-Type", kind).Code
	}
	body, kind := upload(t, logo, "name", "Stripes", "owner", "Rival", "reason", "trade mark")
	m := want[Mark](t, b.call("POST", "/api/v1/policy/marks", body, "Content-Type", kind), http.StatusCreated)
	if m.Name != "Stripes" || m.Owner != "Rival" || m.Reason != "trade mark" || len(m.Hash) != 16 {
		t.Errorf("%+v", m)
	}
	path := "/api/v1/policy/marks/" + m.ID
	t.Run("OK", func(t *testing.T) {
		list := want[struct{ Items []Mark }](t, b.call("GET", "/api/v1/policy/marks", nil), http.StatusOK)
		if len(list.Items) != 1 || list.Items[0] != want[Mark](t, b.call("GET", path, nil), http.StatusOK) {
			t.Errorf("%+v", list)
		}
		file := b.call("GET", path+"/file", nil)
		if img, err := png.Decode(bytes.NewReader(file.Body.Bytes())); err != nil || img.Bounds().Dx() != m.Width || file.Header().Get("Content-Type") != "image/png" {
			t.Errorf("%v, %s", err, file.Header().Get("Content-Type"))
		}
	})
	t.Run("Picture", func(t *testing.T) {
		project := b.project().ID
		at := "/api/v1/projects/" + project + "/pictures/" + b.drawn(project, logo).ID
		p := want[Picture](t, b.call("POST", at+"/submit", nil), http.StatusOK)
		found := p.Checks[len(p.Checks)-1]
		if found.Check != studio.CheckMark || found.Outcome != studio.OutcomeRefused || len(found.Marks) != 1 || found.Marks[0].ID != m.ID {
			t.Fatalf("%+v", p.Checks)
		}
		// The admin submitted it, so somebody else has to allow the mark.
		wantProblem(t, b.call("POST", at+"/override-marks", `{"reason":"ours"}`), http.StatusForbidden, studio.Forbidden)
		approver := b.newToken(b.member("approver@example.com", project, studio.RoleApprover), studio.Scopes()...)
		as := []string{"Authorization", "Bearer " + approver}
		wantProblem(t, b.call("POST", at+"/reviews", `{"decision":"approve"}`, as...), http.StatusForbidden, studio.Forbidden)
		p = want[Picture](t, b.call("POST", at+"/override-marks", `{"reason":"ours"}`, as...), http.StatusOK)
		if o := p.Checks[len(p.Checks)-1].Override; o == nil || o.Reason != "ours" {
			t.Errorf("%+v", o)
		}
		p = want[Picture](t, b.call("POST", at+"/check", nil, as...), http.StatusOK)
		if p.Checks[len(p.Checks)-1].Override == nil {
			t.Error("the override is lost")
		}
		want[Decided](t, b.call("POST", at+"/reviews", `{"decision":"approve"}`, as...), http.StatusCreated)
		want[Picture](t, b.call("POST", at+"/publish", nil, as...), http.StatusOK)
	})
	t.Run("Err", func(t *testing.T) {
		if code := add(logo, "name", "again"); code != http.StatusConflict {
			t.Errorf("the same mark again: %d", code)
		}
		if code := add([]byte(strings.Repeat("x", 100)), "name", "x"); code != http.StatusUnprocessableEntity {
			t.Errorf("no picture: %d", code)
		}
		if code := add(blocks(9), "name", " "); code != http.StatusUnprocessableEntity {
			t.Errorf("no name: %d", code)
		}
		b.call("DELETE", path, nil)
		wantProblem(t, b.call("GET", path, nil), http.StatusNotFound, studio.NotFound)
		wantProblem(t, b.call("GET", path+"/file", nil), http.StatusNotFound, studio.NotFound)
		wantProblem(t, b.call("DELETE", path, nil), http.StatusNotFound, studio.NotFound)
	})
}
