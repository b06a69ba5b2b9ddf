package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// measurement is what was seen of the requests.
type measurement struct {
	began    time.Time
	projects []projectWork

	mu     sync.Mutex
	took   map[string][]time.Duration
	errors map[string][]string
	held   int // requests that were told to come back later, and did
}

func newMeasurement() *measurement {
	return &measurement{took: map[string][]time.Duration{}, errors: map[string][]string{}}
}

// add counts a request.
func (m *measurement) add(name string, took time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.errors[name] = append(m.errors[name], err.Error())
		return
	}
	m.took[name] = append(m.took[name], took)
}

// hold counts a request that was told to come back later.
func (m *measurement) hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held++
}

// failed counts requests and jobs that failed.
func (m *measurement) failed() int {
	n := 0
	for _, list := range m.errors {
		n += len(list)
	}
	for _, p := range m.projects {
		n += p.Failed
	}
	return n
}

// mostBehind is how many jobs fewer a project may have had done than another: turns
// keep them within one, and a measurement begins and ends in the middle of a round.
const mostBehind = 2

// starved names the projects that did not get their turn.
func (m *measurement) starved() (names []string) {
	most := 0
	for _, p := range m.projects {
		most = max(most, p.Done)
	}
	for _, p := range m.projects {
		if most-p.Done > mostBehind {
			names = append(names, p.Name)
		}
	}
	return names
}

// verdict is an error where something failed or starved.
func (m *measurement) verdict() error {
	if n := m.failed(); n > 0 {
		return fmt.Errorf("%d requests or jobs failed", n)
	}
	if names := m.starved(); len(names) > 0 {
		return fmt.Errorf("jobs of %s did not get their turn", strings.Join(names, ", "))
	}
	return nil
}

// quantile is the smallest time that a share of the sorted times does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	i := int(share*float64(len(sorted)) + 0.999999)
	return sorted[min(max(i, 1), len(sorted))-1]
}

// table is the measurement in Markdown, the slowest page first.
func (m *measurement) table(pause time.Duration) string {
	var b strings.Builder
	manner := "without pauses"
	if pause > 0 {
		manner = fmt.Sprintf("with pauses of %v on average", pause)
	}
	fmt.Fprintf(&b, "\nPeople %s:\n\n| page | requests | p50 ms | p95 ms | p99 ms | longest ms | failed |\n|---|--:|--:|--:|--:|--:|--:|\n", manner)
	var pages []time.Duration
	names := slices.Collect(maps.Keys(m.took))
	for name := range m.errors {
		if m.took[name] == nil {
			names = append(names, name)
		}
	}
	for _, name := range names {
		slices.Sort(m.took[name])
		if name != pictureLoad {
			pages = append(pages, m.took[name]...)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(quantile(m.took[y], 0.95), quantile(m.took[x], 0.95)), strings.Compare(x, y))
	})
	for _, name := range names {
		b.WriteString(line(name, m.took[name], len(m.errors[name])))
	}
	slices.Sort(pages)
	b.WriteString(line("**all pages**", pages, m.failed()))
	if m.held > 0 {
		fmt.Fprintf(&b, "\n%d times a request was told to come back a second or more later, and did: the studio answers one person so often a second and no more. That wait is not in the times.\n", m.held)
	}
	b.WriteString("\n| project | jobs done | failed | longest wait of a job, s |\n|---|--:|--:|--:|\n")
	for _, p := range m.projects {
		fmt.Fprintf(&b, "| %s | %d | %d | %.1f |\n", p.Name, p.Done, p.Failed, p.Longest.Seconds())
	}
	for name, list := range m.errors {
		fmt.Fprintf(&b, "\n%s failed: %s\n", name, list[0])
	}
	return b.String()
}

func line(name string, sorted []time.Duration, failed int) string {
	ms := func(share float64) float64 { return float64(quantile(sorted, share)) / float64(time.Millisecond) }
	return fmt.Sprintf("| %s | %d | %.0f | %.0f | %.0f | %.0f | %d |\n", name, len(sorted), ms(0.5), ms(0.95), ms(0.99), ms(1), failed)
}
