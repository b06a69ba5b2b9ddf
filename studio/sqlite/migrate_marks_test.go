package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

// TestChecksLeaveScores opens a file whose checks are among the pictures' scores.
func TestChecksLeaveScores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	old := at(t, path, 2)
	const project, picture, draft = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002", "00000000-0000-7000-8000-000000000003"
	if _, err := old.Exec(`INSERT INTO projects (id, revision, created_at, updated_at, created_by, name, description, archived_at)
		VALUES (?, 1, 0, 0, '', 'x', '', 0)`, project); err != nil {
		t.Fatal(err)
	}
	for id, scores := range map[string]string{
		picture: `{"prompt":0.5,"check_copying":0.9,"check_copying_passed":0,"check_blocked_words":0,"check_blocked_words_passed":1}`,
		draft:   `{"prompt":0.25}`,
	} {
		if _, err := old.Exec(`INSERT INTO pictures (id, project_id, revision, created_at, updated_at, created_by, job_id, template_id, concept_ids,
			name, blob, thumb_blob, size, prompt, negative_prompt, seed, width, height, settings, scores, favourite, state, submitted_by,
			withdrawn_at, withdrawn_why) VALUES (?, ?, 1, 0, 0, '', '', '', '[]', '', 'b', '', 1, 'x', '', 1, 8, 8, '{}', ?, 0, 'draft', '', 0, '')`,
			id, project, scores); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(context.Background(), func(tx studio.Tx) error {
		p, err := tx.Picture(project, picture)
		q, err2 := tx.Picture(project, draft)
		if diff := cmp.Diff([]map[string]float64{{"prompt": 0.5}, {"prompt": 0.25}}, []map[string]float64{p.Scores, q.Scores}); diff != "" {
			t.Error(diff)
		}
		want := []studio.Verdict{
			{Check: studio.CheckCopying, Outcome: studio.OutcomeRefused, Value: new(0.9)},
			{Check: studio.CheckBlockedWords, Outcome: studio.OutcomePassed, Value: new(0.0)},
		}
		if diff := cmp.Diff(want, p.Checks); diff != "" || q.Checks != nil {
			t.Error(diff, q.Checks)
		}
		if err != nil {
			return err
		}
		return err2
	})
	if err != nil {
		t.Error(err)
	}
}
