package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

// RestoreOptions say what a Restore may do.
type RestoreOptions struct {
	Force      bool         // a folder that is not empty is kept beside the restored one, under another name
	Incomplete bool         // a backup without some of the files that its database refers to is taken
	Clock      studio.Clock // nil is studio.SystemClock
}

// Restored says what came back.
type Restored struct {
	Kept    string // where the folder's former content lies; "" where there was none
	Files   int
	Bytes   int64
	Missing int // files that the database refers to and the backup lacks
	Audit   studio.AuditHead
}

// Restore makes a studio's folder from a backup's archive. Everything is unpacked
// beside the folder and verified there: the database's schema and integrity, the
// audit record's chain, the hash of every file, and that no file is missing. Only
// then does it take the folder's place, so that an error leaves the folder as it
// was. A folder that is not empty is a Conflict without Force, and one in which a
// studio runs always is.
func Restore(ctx context.Context, archive io.Reader, folder string, o RestoreOptions) (r Restored, err error) {
	if o.Clock == nil {
		o.Clock = studio.SystemClock
	}
	taken, err := occupied(folder)
	if err != nil {
		return r, err
	}
	if taken && !o.Force {
		return r, studio.Errorf(studio.Conflict, "%s is not empty; choose another folder, or use --force, which keeps what is there beside it",
			"%sは空ではありません。別のフォルダーを指定するか、--forceを付けて、既存の内容を別名で残したまま復元してください。", folder)
	}
	release := func() error { return nil }
	if _, err := os.Stat(placesIn(folder).database); err == nil {
		if release, err = jobs.Lock(placesIn(folder).database); err != nil {
			return r, err
		}
	}
	defer func() { err = errors.Join(err, release()) }()
	beside, err := stage(folder)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(beside) // gone already where all went well
	if r, err = unpack(ctx, archive, placesIn(beside), o.Incomplete); err != nil {
		return r, err
	}
	r.Kept, err = swap(beside, folder, taken, o.Clock)
	return r, err
}

// occupied reports whether there is something in a folder.
func occupied(folder string) (bool, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look into the folder: %w", err)
	}
	return len(entries) > 0, nil
}

// stage makes an empty folder beside another one.
func stage(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	beside, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+".restoring-")
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	return beside, nil
}

// unpack puts a backup into an empty folder and verifies it.
func unpack(ctx context.Context, archive io.Reader, p places, incomplete bool) (r Restored, err error) {
	bucket, err := files.OpenFolder(p.files)
	if err != nil {
		return r, err
	}
	kept := files.New(bucket, nil)
	defer func() { err = errors.Join(err, kept.Close()) }()
	if err := workspace.Restore(ctx, archive, p.database, kept); err != nil {
		return r, err
	}
	db, err := sqlite.Open(ctx, p.database, sqlite.Options{}) // also brings an older schema up to date
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx); err != nil {
		return r, err
	}
	w, err := checkFiles(ctx, db, kept)
	if err != nil {
		return r, err
	}
	if len(w.Missing) > 0 && !incomplete {
		first := w.Missing[0]
		return r, studio.Errorf(studio.Conflict,
			"the backup lacks %d files that its database refers to, such as that of %s %s: it was cut short, or files were missing when it was made; if there is no other, --incomplete takes it as it is",
			"バックアップに、データベースが参照しているファイルが%d件ありません（例：%s %s）。バックアップが途中で切れているか、作成時にファイルが失われていた可能性があります。ほかのバックアップがない場合は、--incompleteを付けるとこのまま復元できます。",
			len(w.Missing), first.Noun, first.ID)
	}
	r = Restored{Files: w.Files, Bytes: w.Bytes, Missing: len(w.Missing)}
	r.Audit, err = noteRestored(ctx, db, r)
	return r, err
}

// noteRestored verifies the audit record as it came and adds that it was restored.
func noteRestored(ctx context.Context, db studio.Store, r Restored) (head studio.AuditHead, err error) {
	err = db.Update(ctx, func(tx studio.Tx) error {
		known, err := tx.AuditHead()
		if err != nil {
			return err
		}
		if _, err = studio.VerifyAudit(studio.ReadAudits(tx), &known); err != nil {
			return err
		}
		detail, err := json.Marshal(map[string]any{"entries": known.Seq, "files": r.Files, "missing": r.Missing})
		if err != nil {
			return err
		}
		if err := tx.AppendAudit(&studio.AuditEntry{Actor: "system", Action: "workspace.restore", Detail: detail}); err != nil {
			return err
		}
		head, err = tx.AuditHead()
		return err
	})
	return head, err
}

// swap puts a folder in the place of another one, which is kept where there is
// something in it, or leaves both as they are.
func swap(beside, folder string, taken bool, clock studio.Clock) (kept string, err error) {
	if taken {
		kept = fmt.Sprintf("%s.before-restore-%s", filepath.Clean(folder), clock().Format("20060102-150405"))
		if err := os.Rename(folder, kept); err != nil {
			return "", fmt.Errorf("keep the present folder: %w", err)
		}
	} else if err := os.Remove(folder); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("take the folder's place: %w", err)
	}
	if err := os.Rename(beside, folder); err != nil {
		err = fmt.Errorf("take the folder's place: %w", err)
		if taken {
			err = errors.Join(err, os.Rename(kept, folder))
		}
		return "", err
	}
	return kept, nil
}
