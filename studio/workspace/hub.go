package workspace

import (
	"context"
	"sync"
)

// Kinds of updates.
const (
	Created  = "created"
	Changed  = "changed"
	Deleted  = "deleted"
	Progress = "progress" // of a job: step, preview or time left
)

// Update says that something has changed. It carries no content: whoever wants
// that asks for it, and is then asked who they are.
type Update struct {
	ProjectID string `json:"project_id,omitempty"` // "" for the workspace
	Noun      string `json:"noun"`                 // such as "job" or "picture"
	ID        string `json:"id"`
	Kind      string `json:"kind"`
}

// waiting is how many updates a slow reader may be behind before it loses some.
const waiting = 64

// hub hands updates to those who listen within this process.
type hub struct {
	mu        sync.Mutex
	listeners map[chan Update]string // the project, "" for all
}

func newHub() *hub { return &hub{listeners: map[chan Update]string{}} }

// publish never blocks: a listener whose channel is full loses the update.
func (h *hub) publish(updates []Update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range updates {
		for listener, project := range h.listeners {
			if project != "" && project != u.ProjectID && !aboutPeople(u) {
				continue
			}
			select {
			case listener <- u:
			default:
			}
		}
	}
}

// aboutPeople picks the updates after which a listener may no longer listen.
func aboutPeople(u Update) bool { return u.Noun == "user" || u.Noun == "member" || u.Noun == "session" }

func (h *hub) listen(project string) chan Update {
	h.mu.Lock()
	defer h.mu.Unlock()
	listener := make(chan Update, waiting)
	h.listeners[listener] = project
	return listener
}

func (h *hub) leave(listener chan Update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, listener)
}

// Subscribe returns a channel of the project's updates. It is closed when ctx
// ends or the actor may no longer see the project. A reader that is slow loses
// updates; it should then load what it shows again.
func (w *Workspace) Subscribe(ctx context.Context, actor Actor, project string) (<-chan Update, error) {
	in := w.hub.listen(project) // before the question, so that nothing falls between
	if err := w.view(ctx, actor, project, maySee, nothing); err != nil {
		w.hub.leave(in)
		return nil, err
	}
	out := make(chan Update)
	go w.forward(ctx, in, out, func(u Update) (pass, end bool) {
		if aboutPeople(u) && u.ID == actor.User.ID && w.view(ctx, actor, project, maySee, nothing) != nil {
			return false, true
		}
		return u.ProjectID == project, false
	})
	return out, nil
}

// Updates is Subscribe for the program itself: those of all projects and of the
// workspace, until ctx ends.
func (w *Workspace) Updates(ctx context.Context) <-chan Update {
	out := make(chan Update)
	go w.forward(ctx, w.hub.listen(""), out, func(Update) (pass, end bool) { return true, false })
	return out
}

// forward hands on what judge lets pass, and closes out at the end.
func (w *Workspace) forward(ctx context.Context, in chan Update, out chan<- Update, judge func(Update) (pass, end bool)) {
	defer close(out)
	defer w.hub.leave(in)
	for {
		select {
		case <-ctx.Done():
			return
		case u := <-in:
			pass, end := judge(u)
			if end {
				return
			}
			if !pass {
				continue
			}
			select {
			case out <- u:
			case <-ctx.Done():
				return
			}
		}
	}
}

func nothing(*call) error { return nil }
