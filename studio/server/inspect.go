package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
)

// Health says how whole a studio's folder is, and what lies in it of which nothing
// knows.
type Health struct {
	Files   int              // each has the content that its name says
	Bytes   int64            // of them
	Missing []studio.BlobRef // files that the database refers to and that are not there
	Loose   []string         // files that nothing refers to
	Halves  []string         // uploads and runs that were never finished
	Audit   studio.AuditHead // of the record, which is whole
}

// Clean reports whether nothing is missing and nothing is there too much.
func (h *Health) Clean() bool { return len(h.Missing)+len(h.Loose)+len(h.Halves) == 0 }

// Inspect goes through a studio that is closed: it reads the whole database and
// every file, and writes nothing. What is damaged is an error; what is missing or
// too much is in the answer.
func Inspect(ctx context.Context, folder string) (h Health, err error) {
	p := placesIn(folder)
	db, err := sqlite.Open(ctx, p.database, sqlite.Options{ReadOnly: true})
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx); err != nil {
		return h, err
	}
	bucket, err := files.OpenFolder(p.files)
	if err != nil {
		return h, err
	}
	kept := files.New(bucket, nil)
	defer func() { err = errors.Join(err, kept.Close()) }()
	w, err := checkFiles(ctx, db, kept)
	if err != nil {
		return h, err
	}
	h = Health{Files: w.Files, Bytes: w.Bytes, Missing: w.Missing}
	if h.Loose, err = looseFiles(ctx, db, kept); err != nil {
		return h, err
	}
	if h.Halves, err = halves(p); err != nil {
		return h, err
	}
	h.Audit, err = VerifyAudit(ctx, folder, nil)
	return h, err
}

// View reads a studio's store while it is closed, or beside a studio that is open.
func View(ctx context.Context, folder string, read func(studio.Tx) error) error {
	db, err := sqlite.Open(ctx, placesIn(folder).database, sqlite.Options{ReadOnly: true, Readers: 1})
	if err != nil {
		return err
	}
	return errors.Join(db.View(ctx, read), db.Close())
}

func looseFiles(ctx context.Context, db studio.Store, kept *files.Files) (loose []string, err error) {
	err = kept.All(ctx, func(b files.Blob) error {
		return db.View(ctx, func(tx studio.Tx) error {
			used, err := tx.BlobReferenced(b.Name)
			if err == nil && !used {
				loose = append(loose, b.Name)
			}
			return err
		})
	})
	return loose, err
}

// halves are what was begun: uploads that are being received, and the folders of
// jobs that run.
func halves(p places) (names []string, err error) {
	for _, folder := range []string{filepath.Join(p.files, "incoming"), p.runs, p.scratch} {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("inspect studio: %w", err)
		}
		for _, e := range entries {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names, nil
}
