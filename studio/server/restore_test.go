package server

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/workspace"
)

// furnished makes a studio with an admin, a project and a photo, and closes it.
func furnished(t *testing.T) (folder string, source studio.Source) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "studio")
	s, err := open(t, folder, "")
	must(t, err)
	defer func() { must(t, s.Close(context.Background())) }()
	ctx, w := t.Context(), s.Workspace()
	link, _, err := w.FirstLink(ctx)
	must(t, err)
	_, actor, err := w.AcceptInvitation(ctx, link, workspace.Registration{Email: "a@example.com", Name: "A", Password: "correct horse battery"}, "", "")
	must(t, err)
	project, err := w.CreateProject(ctx, actor, "Mugs", "")
	must(t, err)
	var photo bytes.Buffer
	must(t, picture.EncodePNG(&photo, picture.Filled(40, 30, 9, 99, 199), nil))
	source, err = w.AddSource(ctx, actor, project.ID, workspace.NewSource{
		Name: "mug.png", File: &photo, Rights: workspace.Rights{Owner: "A", Licence: "own work"}, Confirmed: true,
	})
	must(t, err)
	return folder, source
}

func backup(t *testing.T, folder string) []byte {
	t.Helper()
	var archive bytes.Buffer
	must(t, Backup(t.Context(), folder, &archive))
	return archive.Bytes()
}

// without leaves out of an archive the entry that a name is part of, or with data
// changes its content.
func without(t *testing.T, archive []byte, name string, data []byte) []byte {
	t.Helper()
	in, out := tar.NewReader(bytes.NewReader(archive)), bytes.Buffer{}
	w := tar.NewWriter(&out)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		content, err := io.ReadAll(in)
		must(t, err)
		if strings.Contains(h.Name, name) {
			if data == nil {
				continue
			}
			content, h.Size = data, int64(len(data))
		}
		must(t, w.WriteHeader(h))
		_, err = w.Write(content)
		must(t, err)
	}
	must(t, w.Close())
	return out.Bytes()
}

func TestRestore(t *testing.T) {
	folder, source := furnished(t)
	archive := backup(t, folder)
	at := func() time.Time { return time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC) }
	restore := func(t *testing.T, data []byte, to string, o RestoreOptions) (Restored, error) {
		o.Clock = at
		return Restore(t.Context(), bytes.NewReader(data), to, o)
	}
	t.Run("OK", func(t *testing.T) {
		for _, made := range []bool{false, true} {
			to := filepath.Join(t.TempDir(), "new")
			if made {
				must(t, os.Mkdir(to, 0o700))
			}
			r, err := restore(t, archive, to, RestoreOptions{})
			must(t, err)
			if r.Files != 2 || r.Kept != "" || r.Missing != 0 || r.Audit.Seq < 5 {
				t.Errorf("restored %+v", r)
			}
			head, err := VerifyAudit(t.Context(), to, nil)
			if err != nil || head != r.Audit {
				t.Errorf("the record: %v, %v", head, err)
			}
			again, err := open(t, to, "")
			must(t, err)
			if _, needed, err := again.FirstLink(t.Context()); err != nil || needed {
				t.Errorf("its people are gone: %v, %v", needed, err)
			}
			must(t, again.Close(context.Background()))
			onlyChild(t, to)
		}
	})
	t.Run("Force", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "old")
		must(t, os.Mkdir(to, 0o700))
		must(t, os.WriteFile(filepath.Join(to, "note"), []byte("mine"), 0o600))
		r, err := restore(t, archive, to, RestoreOptions{Force: true})
		must(t, err)
		if r.Kept != to+".before-restore-20270401-090000" {
			t.Errorf("kept in %s", r.Kept)
		}
		if data, err := os.ReadFile(filepath.Join(r.Kept, "note")); err != nil || string(data) != "mine" {
			t.Errorf("the old content: %q, %v", data, err)
		}
	})
	t.Run("Incomplete", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "new")
		r, err := restore(t, without(t, archive, source.Blob, nil), to, RestoreOptions{Incomplete: true})
		if err != nil || r.Missing != 1 || r.Files != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	other, _ := furnished(t)
	running, err := open(t, other, "")
	must(t, err)
	defer func() { must(t, running.Close(context.Background())) }()
	full := filepath.Join(t.TempDir(), "full")
	must(t, os.MkdirAll(full, 0o700))
	must(t, os.WriteFile(filepath.Join(full, "note"), nil, 0o600))
	for _, c := range []struct {
		name    string
		archive []byte
		to      string
		o       RestoreOptions
		code    studio.Code
	}{
		{"ErrNotEmpty", archive, full, RestoreOptions{}, studio.Conflict},
		{"ErrRuns", archive, other, RestoreOptions{Force: true}, studio.Conflict},
		{"ErrMissingFile", without(t, archive, source.Blob, nil), "", RestoreOptions{}, studio.Conflict},
		{"ErrChangedFile", without(t, archive, source.Blob, []byte("other")), "", RestoreOptions{}, studio.Internal},
		{"ErrCutShort", archive[:len(archive)/2], "", RestoreOptions{}, studio.Internal},
		{"ErrNoDatabase", without(t, archive, "studio.db", nil), "", RestoreOptions{}, studio.Internal},
		{"ErrNoArchive", []byte("this is no archive"), "", RestoreOptions{}, studio.Internal},
		{"ErrForged", without(t, archive, "studio.db", forged(t, folder)), "", RestoreOptions{}, studio.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.to == "" {
				c.to = filepath.Join(t.TempDir(), "new")
			}
			before := names(t, c.to)
			if _, err := restore(t, c.archive, c.to, c.o); studio.ErrorCode(err) != c.code {
				t.Errorf("got %v", err)
			}
			if after := names(t, c.to); !slices.Equal(before, after) {
				t.Errorf("the folder had %v and has %v", before, after)
			}
			if c.to != other {
				onlyChild(t, c.to)
			}
		})
	}
}

// forged is a studio's database in which somebody edited the audit record.
func forged(t *testing.T, folder string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "forged.db")
	data, err := os.ReadFile(filepath.Join(folder, databaseName))
	must(t, err)
	must(t, os.WriteFile(path, data, 0o600))
	edit(t, path, "UPDATE audit SET object = 'x' WHERE seq = 3")
	data, err = os.ReadFile(path)
	must(t, err)
	return data
}

// edit changes a database behind the store's back.
func edit(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	_, err = db.Exec("PRAGMA journal_mode = DELETE")
	must(t, err)
	triggers := 0
	must(t, db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'").Scan(&triggers))
	for range triggers { // that keep the record append-only for everybody who is honest
		var name string
		must(t, db.QueryRow("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'").Scan(&name))
		_, err = db.Exec("DROP TRIGGER " + name)
		must(t, err)
	}
	_, err = db.Exec(statement)
	must(t, err)
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// onlyChild wants nothing half-written beside a folder.
func onlyChild(t *testing.T, folder string) {
	t.Helper()
	for _, name := range names(t, filepath.Dir(folder)) {
		if name != filepath.Base(folder) {
			t.Errorf("%s is left beside the folder", name)
		}
	}
}

// TestBackupBesideStudio backs up while a studio is open.
func TestBackupBesideStudio(t *testing.T) {
	folder, _ := furnished(t)
	s, err := open(t, folder, "")
	must(t, err)
	archive := backup(t, folder)
	must(t, s.Close(context.Background()))
	if _, err := Restore(t.Context(), bytes.NewReader(archive), filepath.Join(t.TempDir(), "new"), RestoreOptions{}); err != nil {
		t.Error(err)
	}
	t.Run("ErrNoStudio", func(t *testing.T) {
		if err := Backup(t.Context(), t.TempDir(), io.Discard); studio.ErrorCode(err) != studio.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestVerifyAudit(t *testing.T) {
	folder, _ := furnished(t)
	head, err := VerifyAudit(t.Context(), folder, nil)
	must(t, err)
	var file bytes.Buffer
	exported, err := ExportAudit(t.Context(), folder, &file)
	if err != nil || exported != head {
		t.Errorf("exported %v, %v; the record has %v", exported, err, head)
	}
	if _, err := studio.VerifyAuditFile(&file, &head); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		statement string
		seq       int64
		fault     studio.AuditFault
	}{
		{"UPDATE audit SET detail = '{}' WHERE seq = 3", 3, studio.AuditEdited},
		{"DELETE FROM audit WHERE seq = 2", 2, studio.AuditRemoved},
		{"UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE seq IN (2, 3); UPDATE audit SET seq = -seq WHERE seq < 0", 2, studio.AuditMoved},
		{"DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", head.Seq, studio.AuditRemoved},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			copied := t.TempDir()
			must(t, os.CopyFS(copied, os.DirFS(folder)))
			edit(t, filepath.Join(copied, databaseName), c.statement)
			_, err := VerifyAudit(t.Context(), copied, nil)
			var found *studio.AuditError
			if !errors.As(err, &found) || found.Seq != c.seq || found.Fault != c.fault {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestNothingLooseStays removes files that nothing refers to, and no others: when a
// studio is closed, and when one is opened that was killed.
func TestNothingLooseStays(t *testing.T) {
	folder, source := furnished(t)
	loosen := func(s *Server) string {
		loose, err := s.files.Put(t.Context(), strings.NewReader("loose"), 100)
		must(t, err)
		return loose.Name
	}
	check := func(s *Server, loose string, want bool) {
		t.Helper()
		if there, err := s.files.Exists(t.Context(), loose); err != nil || there != want {
			t.Errorf("the loose file is there: %v, %v; want %v", there, err, want)
		}
		if there, err := s.files.Exists(t.Context(), source.Blob); err != nil || !there {
			t.Errorf("the photo is gone: %v", err)
		}
	}
	s, err := open(t, folder, "")
	must(t, err)
	loose := loosen(s)
	check(s, loose, true)
	must(t, s.Close(context.Background()))
	s, err = open(t, folder, "")
	must(t, err)
	check(s, loose, false)
	killed := filepath.Join(t.TempDir(), "killed") // as a process that is killed leaves it
	loosen(s)
	must(t, os.CopyFS(killed, os.DirFS(folder)))
	must(t, s.Close(context.Background()))
	s, err = open(t, killed, "")
	must(t, err)
	check(s, loose, false)
	must(t, s.Close(context.Background()))
}

func TestInspect(t *testing.T) {
	folder, source := furnished(t)
	h, err := Inspect(t.Context(), folder)
	if err != nil || !h.Clean() || h.Files != 2 || h.Audit.Seq < 5 {
		t.Errorf("%+v, %v", h, err)
	}
	p := placesIn(folder)
	blob := func(name string) string { return filepath.Join(p.files, "blobs", name[:2], name) }
	bucket, err := files.OpenFolder(p.files)
	must(t, err)
	loose, err := files.New(bucket, nil).Put(t.Context(), strings.NewReader("loose"), 100)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(p.runs, "half"), nil, 0o600))
	must(t, os.Rename(blob(source.Blob), blob(source.Blob)+".away"))
	h, err = Inspect(t.Context(), folder)
	must(t, err)
	if h.Clean() || len(h.Missing) != 1 || h.Missing[0].ID != source.ID || !slices.Equal(h.Loose, []string{loose.Name}) || len(h.Halves) != 1 {
		t.Errorf("%+v", h)
	}
	t.Run("ErrDamaged", func(t *testing.T) {
		must(t, os.WriteFile(blob(loose.Name), []byte("other"), 0o600))
		if _, err := Inspect(t.Context(), folder); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("got %v", err)
		}
	})
}
