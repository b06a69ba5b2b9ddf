package workspace

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
)

// Names in a backup.
const (
	BackupDatabase = "studio.db"
	backupFiles    = "files/"
)

// snapshotter is a store that can copy itself as it is at one moment.
type snapshotter interface {
	Backup(ctx context.Context, path string) error
}

// Backup writes the whole workspace as a tar archive: the database as it is at
// one moment, as studio.db, and then each file that it refers to, as files/ and
// its hash. It goes on while others work. The caller decides where the archive
// goes: no path comes from a user. What was written before an error is no backup.
func (w *Workspace) Backup(ctx context.Context, actor Actor, to io.Writer) error {
	err := w.update(ctx, actor, "", mayMaintain, func(c *call) error {
		return c.note(Changed, "workspace.backup", "", nil)
	})
	if err != nil {
		return err
	}
	store, ok := w.store.(snapshotter)
	if !ok {
		return studio.Errorf(studio.Conflict, "this store cannot be backed up from here; use its own tools", "このストアはここからバックアップできません。ストア付属のツールを使用してください。")
	}
	dir, err := os.MkdirTemp("", "ichimai-backup-")
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer os.RemoveAll(dir)
	database := filepath.Join(dir, BackupDatabase)
	if err := store.Backup(ctx, database); err != nil {
		return err
	}
	archive := tar.NewWriter(to)
	if err := addFile(archive, database, w.clock()); err != nil {
		return err
	}
	if err := w.addBlobs(ctx, archive, database); err != nil {
		return err
	}
	return archive.Close()
}

func addFile(archive *tar.Writer, name string, at time.Time) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return addEntry(archive, BackupDatabase, info.Size(), at, f)
}

func addEntry(archive *tar.Writer, name string, size int64, at time.Time, r io.Reader) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: at}); err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	if _, err := io.Copy(archive, r); err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	return nil
}

// addBlobs asks the copy of the database which files it needs, so that what is
// added or deleted meanwhile does not matter. Files that are there go in; Sweep
// takes none away that young.
func (w *Workspace) addBlobs(ctx context.Context, archive *tar.Writer, database string) error {
	snapshot, err := sqlite.Open(ctx, database, sqlite.Options{Clock: w.clock, Readers: 1})
	if err != nil {
		return err
	}
	err = w.files.All(ctx, func(b files.Blob) error {
		var used bool
		err := snapshot.View(ctx, func(tx studio.Tx) (err error) {
			used, err = tx.BlobReferenced(b.Name)
			return err
		})
		if err != nil || !used {
			return err
		}
		r, b, err := w.files.Open(ctx, b.Name)
		if err != nil {
			return err
		}
		defer r.Close()
		return addEntry(archive, backupFiles+b.Name, b.Size, w.clock(), r)
	})
	return errors.Join(err, snapshot.Close())
}

// Restore reads what Backup wrote: the database goes to a new file at path, and
// every file into the store of files. A file whose content does not have its
// name's hash is an error. An existing file at path is refused, so that a backup
// never replaces a workspace in use. It is for the program's operator, not for
// users.
func Restore(ctx context.Context, archive io.Reader, database string, into *files.Files) (err error) {
	r := tar.NewReader(archive)
	defer func() {
		if err != nil {
			os.Remove(database + ".partial")
		}
	}()
	found := false
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("restore backup: %w", err)
		}
		switch name := header.Name; {
		case name == BackupDatabase && !found:
			found = true
			err = restoreDatabase(r, database+".partial", database)
		case strings.HasPrefix(name, backupFiles):
			err = restoreBlob(ctx, r, header, into)
		default:
			err = fmt.Errorf("restore backup: %q is no part of one", name)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return errors.New("restore backup: it has no " + BackupDatabase)
	}
	return os.Rename(database+".partial", database)
}

func restoreDatabase(r io.Reader, beside, database string) error {
	if _, err := os.Stat(database); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore backup: %s is there already; choose another place", database)
	}
	f, err := os.OpenFile(beside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("restore backup: %w", err)
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore backup: %w", err)
	}
	return nil
}

func restoreBlob(ctx context.Context, r io.Reader, header *tar.Header, into *files.Files) error {
	b, err := into.Put(ctx, r, header.Size)
	if err != nil {
		return err
	}
	if want := path.Base(header.Name); b.Name != want {
		return fmt.Errorf("restore backup: the file %.70q has the hash %s; the backup is damaged", want, b.Name)
	}
	return nil
}
