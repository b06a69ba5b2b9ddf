// Package sqlite keeps the studio's nouns in one SQLite file. [Open] returns a
// [DB], which is a studio.Store.
//
// The file is in WAL mode: any number of readers work beside one writer. All
// writing goes through one connection whose transactions are immediate, so that
// two writers wait for each other instead of failing. Foreign keys hold, and
// those between a project's things hold the project as well.
//
// The schema is in migrations/, which only ever go forward; the SQL is in
// queries/, and sqlc writes the *.sql.go files from both:
//
//	go generate ./studio/sqlite
package sqlite

//go:generate go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.30.0 generate
