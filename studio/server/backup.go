package server

import (
	"context"
	"errors"
	"io"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Backup writes the studio in a folder as a tar archive (see
// workspace.Workspace.Backup). It may run beside a studio that is open, and leaves
// the database's schema as it is. What was written before an error is no backup.
func Backup(ctx context.Context, folder string, to io.Writer) (err error) {
	p := placesIn(folder)
	db, err := sqlite.Open(ctx, p.database, sqlite.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	bucket, err := files.OpenFolder(p.files)
	if err != nil {
		return err
	}
	kept := files.New(bucket, nil)
	defer func() { err = errors.Join(err, kept.Close()) }()
	work, err := workspace.New(workspace.Options{Store: db, Files: kept})
	if err != nil {
		return err
	}
	return work.Backup(ctx, work.System(), to)
}

// whole says how complete and sound a studio's files are.
type whole struct {
	Files   int   // that are there
	Bytes   int64 // of them
	Missing []studio.BlobRef
}

// checkFiles reads every file and compares its hash with its name, and looks for
// every file that the database refers to.
func checkFiles(ctx context.Context, db studio.Store, kept *files.Files) (whole, error) {
	w, there := whole{}, map[string]bool{}
	err := kept.All(ctx, func(b files.Blob) error {
		w.Files, w.Bytes, there[b.Name] = w.Files+1, w.Bytes+b.Size, true
		return kept.Verify(ctx, b.Name)
	})
	if err != nil {
		return w, err
	}
	err = db.View(ctx, func(tx studio.Tx) error {
		for ref, err := range studio.ReadBlobs(tx) {
			if err != nil {
				return err
			}
			if !there[ref.Blob] {
				w.Missing = append(w.Missing, ref)
			}
		}
		return nil
	})
	return w, err
}
