package client_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// TestReview has pictures checked and submitted by one job, and goes with one of them
// through everything that follows.
func TestReview(t *testing.T) {
	ctx := t.Context()
	server := openStudio(ctx)
	defer server.Close()
	admin := server.client(server.token(ctx, "", "", ""))
	id := must(admin.CreateProject(ctx, "Mugs", "")).ID
	project := admin.Project(id)
	approver := server.client(server.token(ctx, "b@example.com", id, studio.RoleApprover)).Project(id)
	drawing := must(project.WaitJob(ctx, must(project.Generate(ctx, client.Generate{Prompt: "a table", Count: 3})).ID, nil))
	var first string
	t.Run("OKEvaluate", func(t *testing.T) {
		job := must(project.WaitJob(ctx, must(project.Evaluate(ctx, client.Evaluate{JobID: drawing.ID, Submit: true})).ID, nil))
		e := must(client.EvaluationOf(job))
		if job.Kind != studio.JobEvaluate || e.Submitted != 3 || e.Passed+e.Warned != 3 || len(e.Outcomes) != 3 {
			t.Fatalf("%+v", e)
		}
		queue := must(project.ReviewQueue(ctx, client.Page{})).Items
		if len(queue) != 3 || queue[0].SubmittedBy == "" || len(queue[0].Checks) == 0 {
			t.Fatalf("the queue is %+v", queue)
		}
		first = queue[0].ID
	})
	t.Run("ErrEvaluate", func(t *testing.T) {
		if _, err := project.Evaluate(ctx, client.Evaluate{PictureIDs: []string{first}}); client.ErrorCode(err) != studio.Conflict {
			t.Errorf("a submitted picture: %v", err)
		}
		if _, err := project.Evaluate(ctx, client.Evaluate{}); client.ErrorCode(err) != studio.Invalid {
			t.Errorf("nothing: %v", err)
		}
	})
	t.Run("OKWay", func(t *testing.T) {
		if p := must(project.TakeBack(ctx, first)); p.State != studio.PictureDraft {
			t.Errorf("taken back, it is %s", p.State)
		}
		must(project.Submit(ctx, first))
		must(approver.CheckAgain(ctx, first))
		_, _, err := approver.Decide(ctx, first, studio.DecisionApprove, "")
		check(err)
		must(approver.Publish(ctx, first))
		if p := must(approver.Unpublish(ctx, first, "typo")); p.State != studio.PictureApproved {
			t.Errorf("it is %s", p.State)
		}
		if list := must(project.Reviews(first)(ctx, client.Page{})).Items; len(list) != 1 || list[0].Decision != studio.DecisionApprove {
			t.Errorf("%+v", list)
		}
		if p := must(approver.WithdrawPicture(ctx, first, "wrong")); p.State != studio.PictureWithdrawn {
			t.Errorf("it is %s", p.State)
		}
	})
}

// logo is a PNG with shapes to find it by.
func logo() []byte {
	m := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range m.Pix {
		if x, y := i%64/16, i/64/16; (7>>(x+y)^x*y)&1 == 0 {
			m.Pix[i] = 220
		}
	}
	var out bytes.Buffer
	check(png.Encode(&out, m))
	return out.Bytes()
}

func TestMarks(t *testing.T) {
	ctx := t.Context()
	server := openStudio(ctx)
	defer server.Close()
	admin := server.client(server.token(ctx, "", "", ""))
	m := must(admin.AddMark(ctx, client.NewMark{Name: "Stripes", Owner: "Rival", Reason: "trade mark", FileName: "logo.png", File: bytes.NewReader(logo())}))
	if read := must(admin.Mark(ctx, m.ID)); read != m || m.Name != "Stripes" || m.Owner != "Rival" || m.Reason != "trade mark" {
		t.Errorf("%+v, read %+v", m, read)
	}
	if list := must(admin.Marks(ctx, client.Page{})).Items; len(list) != 1 || list[0].ID != m.ID {
		t.Errorf("%+v", list)
	}
	var file bytes.Buffer
	check(admin.MarkFile(ctx, m.ID, &file))
	if _, err := png.Decode(&file); err != nil {
		t.Errorf("the file: %v", err)
	}
	id := must(admin.CreateProject(ctx, "Mugs", "")).ID
	project := admin.Project(id)
	drawing := must(project.WaitJob(ctx, must(project.Generate(ctx, client.Generate{Prompt: "a table"})).ID, nil))
	p := must(project.PicturesOf(drawing.ID)(ctx, client.Page{})).Items[0]
	must(project.Submit(ctx, p.ID))
	approver := server.client(server.token(ctx, "b@example.com", id, studio.RoleApprover)).Project(id)
	if _, err := approver.OverrideMarks(ctx, p.ID, "ours"); client.ErrorCode(err) != studio.Conflict {
		t.Errorf("nothing to allow: %v", err)
	}
	check(admin.RemoveMark(ctx, m.ID))
	if _, err := admin.Mark(ctx, m.ID); client.ErrorCode(err) != studio.NotFound {
		t.Errorf("a removed mark: %v", err)
	}
}

// methodsOf are the client's methods for the operations of reviews and of marks.
var methodsOf = map[string]string{
	"submit-picture": "Submit", "evaluate": "Evaluate", "take-back-picture": "TakeBack", "list-review-queue": "ReviewQueue", "list-reviews": "Reviews",
	"decide": "Decide", "check-picture": "CheckAgain", "override-marks": "OverrideMarks", "publish-picture": "Publish",
	"unpublish-picture": "Unpublish", "withdraw-picture": "WithdrawPicture",
	"list-marks": "Marks", "add-mark": "AddMark", "get-mark": "Mark", "get-mark-file": "MarkFile", "remove-mark": "RemoveMark",
}

// TestOperationsHaveMethods compares the document with the client where reviews and marks
// are concerned.
func TestOperationsHaveMethods(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	answer := must(http.Get(server.host.URL + "/api/openapi.json"))
	defer answer.Body.Close()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string   `json:"operationId"`
			Tags        []string `json:"tags"`
		}
	}
	check(json.Unmarshal(must(io.ReadAll(answer.Body)), &document))
	left := map[string]bool{}
	for id := range methodsOf {
		left[id] = true
	}
	submit := document.Paths["/api/v1/projects/{project}/pictures/{id}/submit"]["post"]
	for path, operations := range document.Paths {
		for _, o := range operations {
			if o.Tags[0] != submit.Tags[0] && !strings.HasPrefix(path, "/api/v1/policy/marks") {
				continue
			}
			delete(left, o.OperationID)
			name := methodsOf[o.OperationID]
			_, ofProject := reflect.TypeFor[*client.Project]().MethodByName(name)
			_, ofClient := reflect.TypeFor[*client.Client]().MethodByName(name)
			if !ofProject && !ofClient {
				t.Errorf("the operation %s has no method", o.OperationID)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("there are no operations %v", left)
	}
}
