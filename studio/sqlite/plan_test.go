package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestJobsAreFoundByIndex looks at how SQLite goes about the queries that workers
// and pages ask all the time: none may look at jobs that are long done.
func TestJobsAreFoundByIndex(t *testing.T) {
	db, err := Open(context.Background(), filepath.Join(t.TempDir(), "s.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, c := range map[string]struct {
		query string
		args  []any
		want  string // a step of the plan
	}{
		"nextJobs":           {nextJobs, []any{"generate"}, "SEARCH w USING COVERING INDEX jobs_waiting (project_id=? AND kind=?)"},
		"listAllJobsInState": {listAllJobsInState, []any{"queued", "~", "", "", 10}, "SEARCH jobs USING INDEX jobs_state (state=? AND id<?)"},
		"listJobsInState":    {listJobsInState, []any{"p", "running", "~", "", "", 10}, "SEARCH jobs USING INDEX jobs_project_state (project_id=? AND state=? AND id<?)"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := explain(t, db, c.query, c.args...)
			if !strings.Contains(plan, c.want) {
				t.Errorf("the plan lacks %q:\n%s", c.want, plan)
			}
			if strings.Contains(plan, "SCAN jobs") || strings.Contains(plan, "SCAN w") {
				t.Errorf("the plan goes through all jobs:\n%s", plan)
			}
		})
	}
}

// explain is a query's plan, a step a line.
func explain(t *testing.T, db *DB, query string, args ...any) string {
	t.Helper()
	rows, err := db.Writer().Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}
