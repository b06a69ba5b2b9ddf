package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, o storetest.Options) studio.Store {
		return open(t, filepath.Join(t.TempDir(), "a b%?#日本.db"), sqlite.Options{
			Clock:   o.Clock,
			Enqueue: func(_ context.Context, _ *sql.Tx, j studio.Job) error { return o.Enqueued(j) },
		})
	})
}

func open(t *testing.T, path string, o sqlite.Options) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// record writes some audit entries and a project.
func record(t *testing.T, db *sqlite.DB) {
	t.Helper()
	err := db.Update(context.Background(), func(tx studio.Tx) error {
		for range 3 {
			if err := tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "start"}); err != nil {
				return err
			}
		}
		return tx.CreateProject(&studio.Project{Name: "x"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAuditTriggers(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "s.db"), sqlite.Options{})
	defer db.Close()
	record(t, db)
	for _, statement := range []string{
		"UPDATE audit SET actor = 'x' WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 3",
		"INSERT INTO audit SELECT 5, at, actor, project_id, action, object, detail, previous_hash, hash FROM audit WHERE seq = 3",
		"INSERT INTO audit SELECT 4, at, actor, project_id, action, object, detail, previous_hash, hash FROM audit WHERE seq = 3",
		"INSERT OR REPLACE INTO audit SELECT 3, at, 'x', project_id, action, object, detail, previous_hash, hash FROM audit WHERE seq = 3",
		"UPDATE audit_head SET seq = 2",
		"UPDATE audit_head SET hash = 'x'",
		"DELETE FROM audit_head",
	} {
		if _, err := db.Writer().Exec(statement); err == nil || !strings.Contains(err.Error(), "audit") {
			t.Errorf("%s: %v, want a refusal", statement, err)
		}
	}
}

// TestAuditFindsEdits edits the file as somebody would who can drop triggers.
func TestAuditFindsEdits(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE audit SET actor = 'x' WHERE seq = 2": "audit entry 2 was edited",
		"DELETE FROM audit WHERE seq = 3":            "audit entry 3 was removed",
		"DELETE FROM audit WHERE seq = 1":            "audit entry 1 was removed",
		"UPDATE audit_head SET seq = 2":              "audit entry 2 was rewritten",
	} {
		db := open(t, filepath.Join(t.TempDir(), "s.db"), sqlite.Options{})
		record(t, db)
		for _, s := range []string{"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_head_in_order", statement} {
			if _, err := db.Writer().Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		err := db.View(context.Background(), func(tx studio.Tx) error {
			head, err := tx.AuditHead()
			if err != nil {
				return err
			}
			_, err = studio.VerifyAudit(studio.ReadAudits(tx), &head)
			return err
		})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
		db.Close()
	}
}

func TestReopenAndNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	db := open(t, path, sqlite.Options{})
	record(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("OK", func(t *testing.T) {
		db := open(t, path, sqlite.Options{})
		defer db.Close()
		err := db.View(context.Background(), func(tx studio.Tx) error {
			list, err := tx.ListProjects(studio.ProjectFilter{}, studio.Page{})
			if len(list.Items) != 1 {
				t.Errorf("%d projects after opening again", len(list.Items))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("ErrNewer", func(t *testing.T) {
		db := open(t, path, sqlite.Options{})
		_, err := db.Writer().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999999, 1)")
		db.Close()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(context.Background(), path, sqlite.Options{}); studio.ErrorCode(err) != studio.Conflict {
			t.Errorf("a newer file: %v, want a conflict", err)
		}
	})
	t.Run("ErrNoDatabase", func(t *testing.T) {
		if _, err := sqlite.Open(context.Background(), "sqlite_test.go", sqlite.Options{}); err == nil {
			t.Error("a file that is no database was opened")
		}
	})
}
