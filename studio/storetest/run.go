package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

// Options are what a store under test has to take from outside.
type Options struct {
	Clock studio.Clock
	// Enqueued is called within the transaction that writes a job, as the
	// queue would be. Its error rolls back.
	Enqueued func(studio.Job) error
}

// Open returns a new, empty store. The suite closes it.
type Open func(t *testing.T, o Options) studio.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"Projects": testProjects, "Users": testUsers, "Members": testMembers, "Sessions": testSessions,
		"Tokens": testTokens, "Invitations": testInvitations, "Sources": testSources, "Concepts": testConcepts,
		"Templates": testTemplates, "Jobs": testJobs, "NextJobs": testNextJobs, "Renames": testRenames, "Enqueue": testEnqueue, "Pictures": testPictures,
		"Transitions": testTransitions, "Reviews": testReviews, "Cases": testCases, "Trials": testTrials, "Policy": testPolicy, "Marks": testMarks, "Verdicts": testVerdicts,
		"Webhooks": testWebhooks, "Idempotency": testIdempotency, "Blobs": testBlobs, "Audit": testAudit,
		"Pages": testPages, "Walks": testWalks, "Isolation": testIsolation, "Withdrawal": testWithdrawal, "RollBack": testRollBack,
		"Revisions": testRevisions, "Writers": testWriters, "Times": testTimes, "Context": testContext,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, open) })
	}
}

// bench is a store with a person and two projects, and a clock that a test sets.
type bench struct {
	studio.Store
	t       *testing.T
	now     time.Time
	queue   func(studio.Job) error
	user    studio.User
	project studio.Project
	other   studio.Project
}

func setup(t *testing.T, open Open) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	b.Store = open(t, Options{
		Clock: func() time.Time { return b.now },
		Enqueued: func(j studio.Job) error {
			if b.queue == nil {
				return nil
			}
			return b.queue(j)
		},
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	b.user = studio.User{Email: "hanako@example.com", Name: "山田花子", Language: studio.LanguageJapanese}
	b.project, b.other = studio.Project{Name: "春のカタログ"}, studio.Project{Name: "Autumn"}
	b.write(func(tx studio.Tx) error {
		return first(tx.CreateUser(&b.user), tx.CreateProject(&b.project), tx.CreateProject(&b.other))
	})
	return b
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// write runs an update that has to succeed.
func (b *bench) write(fn func(studio.Tx) error) {
	b.t.Helper()
	if err := b.Update(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// read runs a view that has to succeed.
func (b *bench) read(fn func(studio.Tx) error) {
	b.t.Helper()
	if err := b.View(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// refuse runs an update that has to fail with a code.
func (b *bench) refuse(code studio.Code, fn func(studio.Tx) error) {
	b.t.Helper()
	if err := b.Update(context.Background(), fn); studio.ErrorCode(err) != code || err == nil {
		b.t.Errorf("the error is %v, want one of code %s", err, code)
	}
}

// same compares what was stored with what was meant.
func same[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored differently (-want +got):\n%s", diff)
	}
}

// reread reads a thing and compares it.
func reread[T any](b *bench, want T, get func(studio.Tx) (T, error)) {
	b.t.Helper()
	b.read(func(tx studio.Tx) error {
		got, err := get(tx)
		if err == nil {
			same(b.t, got, want)
		}
		return err
	})
}

// ids lists the ids of a page's things.
func ids[T any](list studio.List[T], id func(T) string) []string {
	var out []string
	for _, v := range list.Items {
		out = append(out, id(v))
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func blob(digit string) string {
	s := ""
	for len(s) < 64 {
		s += digit
	}
	return s
}

func object(s string) json.RawMessage { return json.RawMessage(s) }
