package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sqlite"
)

func TestBackup(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	db := open(t, filepath.Join(dir, "s.db"), sqlite.Options{})
	defer db.Close()
	record(t, db)
	target := filepath.Join(dir, "copy.db")
	for _, stale := range []string{target, target + ".partial"} { // an older backup, and one cut short
		if err := os.WriteFile(stale, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Backup(ctx, target); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v, %v", e.Name(), info.Mode(), err)
		}
		if filepath.Ext(e.Name()) == ".partial" {
			t.Errorf("%s was left", e.Name())
		}
	}
	again := open(t, target, sqlite.Options{})
	defer again.Close()
	if err := again.Check(ctx); err != nil {
		t.Error(err)
	}
	err = again.View(ctx, func(tx studio.Tx) error {
		head, err := tx.AuditHead()
		if head.Seq != 3 {
			t.Errorf("the copy's audit head is %v", head)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Backup(ctx, filepath.Join(dir, "none", "copy.db")); err == nil {
		t.Error("a backup into a folder that is not there succeeded")
	}
}

func TestCheck(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "s.db")
	db := open(t, path, sqlite.Options{})
	defer db.Close()
	record(t, db)
	if err := db.Check(ctx); err != nil {
		t.Error(err)
	}
	for _, s := range []string{
		"PRAGMA foreign_keys = OFF",
		"INSERT INTO members VALUES ('none', 'none', 1, 0, 0, 'viewer')",
	} {
		if _, err := db.Writer().Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Check(ctx); err == nil {
		t.Error("a member of no project was not found")
	}
}
