package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sqlite"
)

func TestOpenExisting(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	path := filepath.Join(dir, "s.db")
	readOnly := sqlite.Options{ReadOnly: true}
	t.Run("ErrMissing", func(t *testing.T) {
		for _, o := range []sqlite.Options{readOnly, {Existing: true}} {
			if _, err := sqlite.Open(ctx, path, o); studio.ErrorCode(err) != studio.NotFound {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the file was created")
			}
		}
	})
	t.Run("ErrNoStudio", func(t *testing.T) {
		other := filepath.Join(dir, "other.db")
		if err := os.WriteFile(other, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(ctx, other, sqlite.Options{Existing: true}); studio.ErrorCode(err) != studio.Invalid {
			t.Errorf("got %v", err)
		}
	})
	db := open(t, path, sqlite.Options{})
	defer db.Close()
	record(t, db)
	t.Run("OK", func(t *testing.T) {
		again := open(t, path, readOnly) // beside the one that writes
		defer again.Close()
		err := again.View(ctx, func(tx studio.Tx) error {
			head, err := tx.AuditHead()
			if head.Seq != 3 {
				t.Errorf("the head is %v", head)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("ErrWrite", func(t *testing.T) {
		again := open(t, path, readOnly)
		defer again.Close()
		err := again.Update(ctx, func(tx studio.Tx) error {
			return tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "a"})
		})
		if err == nil {
			t.Error("it was written")
		}
	})
}
