package studio

import (
	"net/url"
	"slices"
	"time"
)

// Event is something that a webhook can be told of.
type Event string

// Events.
const (
	EventJobEnded         Event = "job.ended"
	EventConceptReady     Event = "concept.ready"
	EventPictureSubmitted Event = "picture.submitted"
	EventPictureReviewed  Event = "picture.reviewed"
	EventPicturePublished Event = "picture.published"
	EventPictureWithdrawn Event = "picture.withdrawn"
	EventSourceWithdrawn  Event = "source.withdrawn"
)

// Events lists all events.
func Events() []Event {
	return []Event{EventJobEnded, EventConceptReady, EventPictureSubmitted, EventPictureReviewed,
		EventPicturePublished, EventPictureWithdrawn, EventSourceWithdrawn}
}

// Webhook is an address that is told of a project's events. The secret signs
// what is sent (HMAC), so it is stored as it is.
type Webhook struct {
	ID         string
	ProjectID  string
	Revision   int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	CreatedBy  string // user
	URL        string // https, to a host that the policy allows
	Secret     string `json:"-"`
	Events     []Event
	Active     bool
	LastStatus int    // HTTP status of the last delivery; 0 before any and where none came
	LastError  string // why it failed
	LastAt     time.Time
}

// Validate returns an Invalid error that names the first field that is wrong.
// Whether the policy allows the host, and where it resolves to, is asked when
// something is sent.
func (w *Webhook) Validate() error {
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || checkHost("url", u.Hostname()) != nil {
		return invalidf("url", "%.100q is not an https address of a named host", "%.100qはhttpsで始まるホスト名付きのURLではありません。", w.URL)
	}
	if len(w.Events) == 0 || len(w.Events) > len(Events()) {
		return invalidf("events", "choose at least one, and each once", "イベントを1つ以上、重複なく選択してください。")
	}
	for _, e := range w.Events {
		if err := checkOneOf("events", e, Events()...); err != nil {
			return err
		}
	}
	return firstError(
		checkID("project_id", w.ProjectID),
		checkIDOrNone("created_by", w.CreatedBy),
		checkText("url", w.URL, MaxText),
		checkRange("secret", len(w.Secret), 32, MaxName),
		checkRange("last_status", w.LastStatus, 0, 599),
		checkText("last_error", w.LastError, MaxText),
	)
}

// Host returns the host's name without its port, "" where the URL is none.
func (w *Webhook) Host() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Wants reports whether the webhook is to be told of an event.
func (w *Webhook) Wants(e Event) bool { return w.Active && slices.Contains(w.Events, e) }
