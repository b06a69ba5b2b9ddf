package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio/workspace"
)

type inEvents struct {
	InProject
	LastEventID string `header:"Last-Event-ID" maxLength:"200" doc:"What a browser sends when it connects again"`
}

// ready is the data of the first event of a stream.
type ready struct {
	Missed bool `json:"missed"`
}

func (s *server) events() {
	handle(s, operation{
		id: "get-events", method: http.MethodGet, path: "/projects/{project}/events", tag: tagDrawing,
		summary: text{"Follow what changes in a project", "プロジェクトの変更を受信"}, stream: true, produces: "text/event-stream",
		detail: "Server-sent events. The first is `ready`, with data {\"missed\": false}. Each `update` says that something has changed, " +
			"with data {\"noun\", \"id\", \"kind\"}: noun such as job, picture or concept; kind is created, changed, deleted or progress. " +
			"It carries no content: ask for the thing itself. Nothing is replayed. Who connects again with Last-Event-ID gets `ready` with missed true, and " +
			"should read its lists anew; so should a slow reader, to which updates can get lost. A comment line comes as a sign of life every " +
			"15 seconds; then it is also asked again whether the reader still may read, and the stream ends where not.",
	}, func(ctx context.Context, actor workspace.Actor, in *inEvents) (*stream, error) {
		ctx, cancel := context.WithCancel(ctx)
		updates, err := s.work.Subscribe(ctx, actor, in.Project)
		if err != nil {
			cancel()
			return nil, err
		}
		return &stream{Body: func(huma.Context) {
			defer cancel()
			s.sendEvents(ctx, updates, in)
		}}, nil
	})
}

// sendEvents writes until the reader leaves, may read no longer, or the program
// ends.
func (s *server) sendEvents(ctx context.Context, updates <-chan workspace.Update, in *inEvents) {
	v := visitOf(ctx)
	v.writer.Header().Set("Content-Type", "text/event-stream")
	v.writer.Header().Set("X-Accel-Buffering", "no") // a proxy is not to gather events
	out := &eventWriter{w: v.writer, control: http.NewResponseController(v.writer), patience: s.Heartbeat}
	defer out.release()
	if !out.send("ready", ready{Missed: in.LastEventID != ""}) || v.request.Method == http.MethodHead {
		return
	}
	beat := time.NewTicker(s.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case u, open := <-updates:
			if !open || !out.send("update", u) {
				return
			}
		case <-beat.C:
			if !s.mayRead(ctx, v, in.Project) || !out.beat() {
				return
			}
		}
	}
}

// mayRead asks anew whether a stream's reader may still read.
func (s *server) mayRead(ctx context.Context, v *visit, project string) bool {
	actor, err := s.actorOf(v)
	if err == nil {
		_, _, err = s.work.Project(ctx, actor, project)
	}
	return err == nil
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // with a reader that takes nothing
	last     int
}

func (e *eventWriter) send(event string, data any) bool {
	body, err := json.Marshal(data)
	if err != nil {
		return false
	}
	e.last++
	return e.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.last, event, body))
}

func (e *eventWriter) beat() bool { return e.write(": alive\n\n") }

// release leaves the connection without a deadline, for the request after this.
func (e *eventWriter) release() { _ = e.control.SetWriteDeadline(time.Time{}) }

func (e *eventWriter) write(s string) bool {
	// Not every writer knows deadlines; then the reader's patience is the server's.
	_ = e.control.SetWriteDeadline(time.Now().Add(e.patience))
	if _, err := fmt.Fprint(e.w, s); err != nil {
		return false
	}
	return e.control.Flush() == nil
}
