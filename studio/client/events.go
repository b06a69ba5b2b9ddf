package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Event says that something in a project has changed. It carries no content:
// ask for the thing itself.
type Event struct {
	Noun string `json:"noun"` // such as "job", "picture" or "concept"; "" for the first event
	ID   string `json:"id"`
	Kind string `json:"kind"` // "created", "changed", "deleted", "progress"; "ready" for the first event
}

// maxEvent is the longest line of a stream of events, in bytes.
const maxEvent = 64 << 10

// Events calls fn for every change in the project until the stream ends, which
// is nil, or fn fails, or ctx ends. The first event has kind "ready": what
// changes from then on is told. Nothing is replayed, so lists that are shown are
// to be read after it.
func (p *Project) Events(ctx context.Context, fn func(Event) error) error {
	response, err := p.client.answer(ctx, call{
		method: http.MethodGet, path: p.path("events"), header: http.Header{"Accept": {"text/event-stream"}},
	})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxEvent)
	kind := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			kind = value
		case "data":
			if err := tell(kind, value, fn); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}

// tell decodes one event.
func tell(kind, data string, fn func(Event) error) error {
	switch kind {
	case "ready":
		return fn(Event{Kind: "ready"})
	case "update":
		var e Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("decode event: %w", err)
		}
		return fn(e)
	}
	return nil // of a later version
}
