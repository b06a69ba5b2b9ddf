package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// call is one run of a use case: its transaction and who it is for.
type call struct {
	studio.Tx
	actor   Actor
	project studio.Project // where the permission is about one
	role    studio.Role    // in it
	updates []Update       // to publish after the commit
}

// view runs a use case that only reads.
func (w *Workspace) view(ctx context.Context, actor Actor, project string, p permission, fn func(*call) error) error {
	return w.store.View(ctx, func(tx studio.Tx) error {
		c := &call{Tx: tx, actor: actor}
		if err := c.allow(project, p); err != nil {
			return err
		}
		return fn(c)
	})
}

// update runs a use case that writes, and tells of it after the commit.
func (w *Workspace) update(ctx context.Context, actor Actor, project string, p permission, fn func(*call) error) error {
	return w.write(ctx, actor, func(c *call) error {
		if err := c.allow(project, p); err != nil {
			return err
		}
		return fn(c)
	})
}

// write is update without a permission, for signing in and for the workers.
func (w *Workspace) write(ctx context.Context, actor Actor, fn func(*call) error) error {
	c := &call{actor: actor}
	err := w.store.Update(ctx, func(tx studio.Tx) error {
		c.Tx, c.updates = tx, nil
		return fn(c)
	})
	if err == nil {
		w.hub.publish(c.updates)
	}
	return err
}

// work is write for the program itself within a project.
func (w *Workspace) work(ctx context.Context, project string, fn func(*call) error) error {
	return w.update(ctx, w.System(), project, maySee, fn)
}

// note writes the audit entry of an action, whose first part is the noun, and
// has the update told after the commit. Detail is nil or becomes a JSON object.
func (c *call) note(kind, action, object string, detail any) error {
	return c.noteIn(c.project.ID, kind, action, object, detail)
}

func (c *call) noteIn(project, kind, action, object string, detail any) error {
	entry := studio.AuditEntry{Actor: c.actor.name(), ProjectID: project, Action: action, Object: object}
	if detail != nil {
		data, err := json.Marshal(detail)
		if err != nil {
			return fmt.Errorf("write audit detail of %s: %w", action, err)
		}
		entry.Detail = data
	}
	noun, _, _ := strings.Cut(action, ".")
	c.updates = append(c.updates, Update{ProjectID: project, Noun: noun, ID: object, Kind: kind})
	return c.AppendAudit(&entry)
}

// fields is a short name for the details of audit entries.
type fields map[string]any

func invalid(field, english, japanese string, args ...any) error {
	return &studio.Error{
		Code: studio.Invalid, Field: field,
		English: fmt.Sprintf(english, args...), Japanese: fmt.Sprintf(japanese, args...),
	}
}

// asRead compares the revision that a person saw with the stored one. 0 stands
// for whatever there is.
func asRead(seen, stored int64) error {
	if seen == 0 || seen == stored {
		return nil
	}
	return studio.Errorf(studio.Conflict, "somebody else has changed this meanwhile; load it again",
		"他のユーザーによって変更されています。再読み込みしてください。")
}
