package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/ichimai/ichimai/studio"
)

// Backup writes a copy of the whole file, as it is at one moment, to path,
// while others read and write. An existing file at path is replaced only once
// the copy is complete.
func (db *DB) Backup(ctx context.Context, path string) error {
	beside := path + ".partial"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("back up: %w", err)
	}
	if err := createFile(beside); err != nil { // VACUUM INTO takes an empty file, and keeps its mode
		return fmt.Errorf("back up: %w", err)
	}
	if err := db.copyTo(ctx, beside); err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", path, err), os.Remove(beside))
	}
	if err := syncFile(beside); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	if err := os.Rename(beside, path); err != nil {
		return errors.Join(fmt.Errorf("back up: %w", err), os.Remove(beside))
	}
	return nil
}

// copyTo uses a connection of its own, so that writers need not wait.
func (db *DB) copyTo(ctx context.Context, path string) error {
	own, err := sql.Open("sqlite", source(db.path))
	if err != nil {
		return err
	}
	_, err = own.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, own.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// Check reads the whole file and returns an error that names what is damaged:
// broken pages or indexes, and rows that refer to others which are not there.
func (db *DB) Check(ctx context.Context) error {
	if err := db.integrity(ctx); err != nil {
		return err
	}
	rows, err := db.read.QueryContext(ctx, "SELECT \"table\", COALESCE(rowid, 0), parent FROM pragma_foreign_key_check LIMIT 1")
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		var table, parent string
		var row int64
		if err := rows.Scan(&table, &row, &parent); err != nil {
			return fmt.Errorf("check database: %w", err)
		}
		return fmt.Errorf("check database: row %d of %s refers to one of %s that is not there", row, table, parent)
	}
	return rows.Err()
}

func (db *DB) integrity(ctx context.Context) error {
	var verdict string
	if err := db.read.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if verdict != "ok" {
		return studio.Errorf(studio.Internal, "the database is damaged: %s; restore a backup",
			"データベースが破損しています（%s）。バックアップから復元してください。", verdict)
	}
	return nil
}
