package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver

	"github.com/ichimai/ichimai/studio"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the migrations that the file lacks, each in a transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	provider, err := migrator(db)
	if err != nil {
		return err
	}
	if err := refuseNewer(ctx, db, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// migrated reports whether a file has seen a migration.
func migrated(ctx context.Context, db *sql.DB) (bool, error) {
	var tables int
	const count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'"
	if err := db.QueryRowContext(ctx, count).Scan(&tables); err != nil {
		return false, fmt.Errorf("read database: %w", err)
	}
	return tables > 0, nil
}

// refuseNewer refuses a file that has seen a migration which this program does
// not know.
func refuseNewer(ctx context.Context, db *sql.DB, provider *goose.Provider) error {
	if known, err := migrated(ctx, db); err != nil || !known {
		return err
	}
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	list := provider.ListSources()
	if known := list[len(list)-1].Version; have > known {
		return studio.Errorf(studio.Conflict,
			"the workspace was written by a newer version of this program (schema %d, this one knows %d); update the program",
			"このワークスペースは新しいバージョンのプログラムで作成されています（スキーマ%d、対応は%dまで）。プログラムを更新してください。",
			have, known)
	}
	return nil
}
