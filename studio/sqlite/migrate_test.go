package sqlite

import (
	"context"
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/ichimai/ichimai/studio"
)

// at makes a file with the schema of a version.
func at(t *testing.T, path string, version int64) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", source(path))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(context.Background(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestWordsAreParted opens a file whose jobs say both languages in one text.
func TestWordsAreParted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	old := at(t, path, 3)
	const project = "00000000-0000-7000-8000-000000000001"
	if _, err := old.Exec(`INSERT INTO projects (id, revision, created_at, updated_at, created_by, name, description, archived_at)
		VALUES (?, 1, 0, 0, '', 'x', '', 0)`, project); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		id, state, error string
		want             studio.Words
	}{
		{"00000000-0000-7000-8000-000000000002", "failed", "too dark / 暗すぎます。", studio.Words{English: "too dark", Japanese: "暗すぎます。"}},
		{"00000000-0000-7000-8000-000000000003", "failed", "a / b / c", studio.SameWords("a / b / c")},
		{"00000000-0000-7000-8000-000000000004", "cancelled", "either / or", studio.SameWords("either / or")},
		{"00000000-0000-7000-8000-000000000005", "failed", "out of memory", studio.SameWords("out of memory")},
		{"00000000-0000-7000-8000-000000000006", "done", "", studio.Words{}},
	}
	for _, c := range cases {
		if _, err := old.Exec(`INSERT INTO jobs (id, project_id, revision, created_at, updated_at, created_by, kind, state, params, input_blob,
			result_blob, result, progress_step, progress_steps, progress_rate, progress_left, progress_message, progress_preview, attempt,
			error, started_at, ended_at) VALUES (?, ?, 1, 0, 0, '', 'generate', ?, '{}', '', '', '{}', 0, 0, 0, 0, '', '', 1, ?, 0, 0)`,
			c.id, project, c.state, c.error); err != nil {
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
	for _, c := range cases {
		err := db.View(context.Background(), func(tx studio.Tx) error {
			j, err := tx.Job(project, c.id)
			if j.Error != c.want {
				t.Errorf("%q became %+v", c.error, j.Error)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
