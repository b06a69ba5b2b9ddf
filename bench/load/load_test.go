package main

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

func TestQuantile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		of    []time.Duration
		share float64
		want  time.Duration
	}{{nil, 0.5, 0}, {hundred, 0.5, 50}, {hundred, 0.95, 95}, {hundred, 1, 100}, {hundred[:1], 0.99, 1}, {hundred[:3], 0.5, 2}} {
		if got := quantile(c.of, c.share); got != c.want {
			t.Errorf("%v of %d: %d, want %d", c.share, len(c.of), got, c.want)
		}
	}
}

func TestMeasurement(t *testing.T) {
	m := newMeasurement()
	for range 20 {
		m.add("quick", 10*time.Millisecond, nil)
		m.add("slow", 300*time.Millisecond, nil)
	}
	m.projects = []projectWork{{Name: "Project 1", Done: 3, Longest: 2 * time.Second}}
	if err := m.verdict(); err != nil {
		t.Error(err)
	}
	text := m.table(time.Second)
	for _, s := range []string{"| slow | 20 | 300 | 300 | 300 | 300 | 0 |", "| **all pages** | 40 | 10 | 300 |", "| Project 1 | 3 | 0 | 2.0 |"} {
		if !strings.Contains(text, s) {
			t.Errorf("the table lacks %q:\n%s", s, text)
		}
	}
	if strings.Index(text, "| slow") > strings.Index(text, "| quick") {
		t.Error("the slowest page is not the first")
	}
	m.add("quick", 0, errors.New("503"))
	m.projects = append(m.projects, projectWork{Name: "Project 2", Done: 1}, projectWork{Name: "Project 3"})
	if names := m.starved(); len(names) != 1 || names[0] != "Project 3" {
		t.Errorf("%v starved", names)
	}
	if m.failed() != 1 || m.verdict() == nil || !strings.Contains(m.table(0), "quick failed: 503") {
		t.Errorf("%d failed", m.failed())
	}
}

func TestProjectWork(t *testing.T) {
	began := time.Unix(1000, 0)
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	var w projectWork
	w.count(client.Job{State: studio.JobDone, CreatedAt: at(-50), StartedAt: at(3)}, began, at(60))
	w.count(client.Job{State: studio.JobFailed, CreatedAt: at(10), StartedAt: at(15)}, began, at(60))
	if w.Done != 1 || w.Failed != 1 || w.Longest != 5*time.Second {
		t.Errorf("%+v", w)
	}
	if w.count(client.Job{State: studio.JobQueued, CreatedAt: at(40)}, began, at(60)); w.Longest != 20*time.Second {
		t.Errorf("one that still waits: %+v", w)
	}
}

func TestChoose(t *testing.T) {
	random, seen := rand.New(rand.NewPCG(1, 1)), map[string]int{}
	for range 10000 {
		seen[choose(random).name]++
	}
	p := place{Project: "P", Concept: "C", Picture: "I", Template: "T", Trial: "R", Source: "S"}
	for _, v := range pages {
		if seen[v.name] == 0 {
			t.Errorf("nobody comes to %s", v.name)
		}
		if path := v.path(p); strings.ContainsAny(path, "{}") || !strings.HasPrefix(path, "/") {
			t.Errorf("%s is at %q", v.name, path)
		}
	}
	if seen["create, progress"] < 3*seen["account"] {
		t.Errorf("weights are not kept: %v", seen)
	}
}
