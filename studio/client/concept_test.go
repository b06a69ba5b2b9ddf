package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
	"github.com/ichimai/ichimai/studio/workspace"
)

// TestConcept learns a concept with its scenes and gives it another name.
func TestConcept(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	id := must(c.CreateProject(t.Context(), "Mugs", "")).ID
	project := c.Project(id)
	source := must(project.AddSource(t.Context(), client.NewSource{Name: "mug.png", File: bytes.NewReader(picture(3)), Owner: "Example K.K.", Licence: "own work", Confirmed: true}))
	concept, job, err := project.LearnConcept(t.Context(), client.Learn{
		Name: "Mug", Placeholder: "<mug>", SourceIDs: []string{source.ID}, Scenes: []client.Scene{{Prompt: "{product} in snow"}, {Prompt: "{product} on grass"}},
	})
	check(err)
	learned := must(project.WaitJob(t.Context(), job.ID, nil))
	t.Run("OKScenes", func(t *testing.T) {
		must(project.WaitJob(t.Context(), must(client.DrawingAfter(learned)), nil))
		pictures := must(project.PicturesOf(must(client.DrawingAfter(learned)))(t.Context(), client.Page{}))
		if len(pictures.Items) != 2 || pictures.Items[1].Prompt != "<mug> in snow" {
			t.Errorf("%+v", pictures.Items)
		}
		if same := must(project.DrawScenes(t.Context(), job.ID)); same.ID != must(client.DrawingAfter(learned)) {
			t.Errorf("asked again, job %s draws", same.ID)
		}
		again := must(project.AddSource(t.Context(), client.NewSource{Name: "b.png", File: bytes.NewReader(picture(3)), OrKnown: true}))
		if again.ID != source.ID || again.Name != "mug.png" {
			t.Errorf("%+v", again)
		}
	})
	t.Run("OK", func(t *testing.T) {
		renamed := must(project.RenameConcept(t.Context(), concept.ID, 0, "Cup"))
		if read := must(project.Concept(t.Context(), concept.ID)); renamed.Name != "Cup" || read.Name != "Cup" || read.Placeholder != "<mug>" {
			t.Errorf("%+v, read %+v", renamed, read)
		}
	})
	t.Run("OKClassWord", func(t *testing.T) {
		told := func(l client.Learn) string {
			l.ParentID, l.SourceIDs = concept.ID, []string{source.ID}
			_, job, err := project.LearnConcept(t.Context(), l)
			check(err)
			var params workspace.LearnParams
			check(json.Unmarshal(must(server.work.Job(t.Context(), server.admin, id, job.ID)).Params, &params))
			return params.ClassWord
		}
		if a, b := told(client.Learn{ClassWord: new(" cup ")}), told(client.Learn{}); a != "cup" || b != "" {
			t.Errorf("told %q, and without a word %q", a, b)
		}
	})
	t.Run("ErrClassWord", func(t *testing.T) {
		for _, l := range []client.Learn{{ClassWord: new("<cup>")}, {Method: "dreambooth_lora"}} {
			l.ParentID, l.SourceIDs = concept.ID, []string{source.ID}
			_, _, err := project.LearnConcept(t.Context(), l)
			var e *client.Error
			if !errors.As(err, &e) || client.ErrorCode(err) != studio.Invalid || e.Field != "class_word" {
				t.Errorf("error %+v", err)
			}
		}
	})
	t.Run("ErrStale", func(t *testing.T) {
		if _, err := project.RenameConcept(t.Context(), concept.ID, concept.Revision, "Beaker"); client.ErrorCode(err) != studio.Conflict {
			t.Errorf("error %v", err)
		}
	})
}
