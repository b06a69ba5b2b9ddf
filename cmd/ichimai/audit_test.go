package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/server"
)

// smallStudio makes a studio's folder with a few audit entries.
func smallStudio(t *testing.T) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "studio")
	s, err := server.Open(t.Context(), server.Options{Folder: folder, Runner: &brush{}})
	must(t, err)
	for range 4 {
		_, _, err = s.FirstLink(t.Context()) // each is an entry
		must(t, err)
	}
	must(t, s.Close(context.Background()))
	return folder
}

func TestAudit(t *testing.T) {
	folder := smallStudio(t)
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	var exported, verified struct {
		Entries int
		Head    string
	}
	succeed(t, &exported, "audit", "export", file, "--data", folder)
	succeed(t, &verified, "audit", "verify", "--data", folder)
	if diff := cmp.Diff(exported, verified); diff != "" || exported.Entries < 4 {
		t.Errorf("exported and verified differ:\n%s", diff)
	}
	succeed(t, &verified, "audit", "verify", file, "--head", exported.Head)
	data, err := os.ReadFile(file)
	must(t, err)
	lines := bytes.SplitAfter(data, []byte("\n"))
	edited, removed := filepath.Join(t.TempDir(), "edited"), filepath.Join(t.TempDir(), "removed")
	must(t, os.WriteFile(edited, bytes.Replace(data, []byte(`"system"`), []byte(`"nobody"`), 1), 0o600))
	must(t, os.WriteFile(removed, bytes.Join(append(lines[:1:1], lines[2:]...), nil), 0o600))
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"edited", []string{edited}, exitFailed, "audit entry 1 was edited"},
		{"removed", []string{removed}, exitFailed, "audit entry 2 was removed"},
		{"in Japanese", []string{removed, "--lang", "ja"}, exitFailed, "2 番の項目が削除されています"},
		{"other head", []string{"--data", folder, "--head", "2:" + studio.AuditGenesis}, exitFailed, "audit entry 2 was rewritten"},
		{"no head", []string{"--data", folder, "--head", "2"}, exitWrongUse, "--head"},
		{"no studio", []string{"--data", t.TempDir()}, exitFailed, "there is no studio here"},
		{"no file", []string{"nowhere.jsonl"}, exitFailed, "nowhere.jsonl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := execute(t.Context(), t, append([]string{"audit", "verify"}, c.args...)...)
			if got.status != c.status || !strings.Contains(got.err, c.says) {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("not replaced", func(t *testing.T) {
		if got := execute(t.Context(), t, "audit", "export", file, "--data", folder); got.status != exitWrongUse || !strings.Contains(got.err, "--force") {
			t.Errorf("%+v", got)
		}
	})
}

func TestAuditFaultsAreInJapanese(t *testing.T) {
	for _, f := range studio.AuditFaults() {
		if !hasJapanese(faultsJapanese[f]) {
			t.Errorf("%s: %q", f, faultsJapanese[f])
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	folder := smallStudio(t)
	file, again := filepath.Join(t.TempDir(), "studio.tar"), filepath.Join(t.TempDir(), "again")
	var made struct{ Bytes int64 }
	succeed(t, &made, "studio", "backup", file, "--data", folder)
	if info, err := os.Stat(file); err != nil || info.Size() != made.Bytes || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the file: %v, %v; said %d bytes", info, err, made.Bytes)
	}
	var restored struct {
		Head, Kept string
		Entries    int
	}
	succeed(t, &restored, "studio", "restore", file, "--data", again)
	var verified struct{ Head string }
	succeed(t, &verified, "audit", "verify", "--data", again)
	if verified.Head != restored.Head || restored.Entries < 5 || restored.Kept != "" {
		t.Errorf("restored %+v, verified %+v", restored, verified)
	}
	t.Run("ErrNotEmpty", func(t *testing.T) {
		if got := execute(t.Context(), t, "studio", "restore", file, "--data", again); got.status != exitFailed || !strings.Contains(got.err, "--force") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("Force", func(t *testing.T) {
		succeed(t, &restored, "studio", "restore", file, "--data", again, "--force")
		if _, err := os.Stat(filepath.Join(restored.Kept, "studio.db")); err != nil {
			t.Errorf("the studio that was there: %v", err)
		}
	})
	t.Run("ErrTaken", func(t *testing.T) {
		if got := execute(t.Context(), t, "studio", "backup", file, "--data", folder); got.status != exitWrongUse {
			t.Errorf("%+v", got)
		}
	})
	t.Run("ErrNoStudio", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none.tar")
		if got := execute(t.Context(), t, "studio", "backup", path, "--data", t.TempDir(), "--lang", "ja"); got.status != exitFailed || !strings.Contains(got.err, "スタジオがありません") {
			t.Errorf("%+v", got)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
			t.Errorf("%v is left of it", entries)
		}
	})
}
