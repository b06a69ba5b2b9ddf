package workspace

import (
	"context"
	"io"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// MaxConsent is the largest consent document, in bytes.
const MaxConsent = 20 << 20

// Rights are what somebody says about the right to use a picture.
type Rights struct {
	Owner     string
	Licence   string
	Territory string
	Expires   time.Time // zero for never
}

// NewSource is a picture that is given.
type NewSource struct {
	Name      string // of the file; cleaned of control characters and folders
	File      io.Reader
	Rights    Rights
	Confirmed bool // the actor takes responsibility for the rights
	OrKnown   bool // a picture that the project has already is returned as it is, in place of a Conflict
}

// Same reports whether rights that were stored say what r says, and somebody
// stands for them.
func (r Rights) Same(stored studio.Rights) bool {
	said := r.cleaned()
	return stored.Confirmed() && said.Owner == stored.Owner && said.Licence == stored.Licence &&
		said.Territory == stored.Territory && studio.Time(said.Expires).Equal(stored.Expires)
}

// cleaned are the rights as they are stored.
func (r Rights) cleaned() Rights {
	r.Owner, r.Licence, r.Territory = oneLine(r.Owner, studio.MaxName), oneLine(r.Licence, studio.MaxName), oneLine(r.Territory, studio.MaxName)
	return r
}

// RightsChange sets a source's rights anew.
type RightsChange struct {
	Rights
	Confirmed bool  // the actor takes responsibility for the rights as they are now
	Revision  int64 // of the source as it was read; 0 for whatever it is
}

// AddSource takes a picture in any format that package picture reads. Bounds are
// looked at before pixels are allocated; what is kept is the pixels encoded anew
// as PNG and a JPEG preview, so that no metadata and nothing hidden in the file
// survives. A picture that the project has already is a Conflict, or with OrKnown
// returned with the rights that it has, and nothing is changed; one that was
// withdrawn in the project is Forbidden. Other projects' pictures are their own.
func (w *Workspace) AddSource(ctx context.Context, actor Actor, project string, n NewSource) (s studio.Source, err error) {
	if err := w.view(ctx, actor, project, mayCreate, nothing); err != nil {
		return s, err // before anything is read from the network
	}
	name := fileName(n.Name, studio.MaxName)
	p, err := w.readPicture(ctx, n.File, name)
	if err != nil {
		return s, err
	}
	s = studio.Source{ProjectID: project, Name: name, Width: p.Width, Height: p.Height}
	if s.Blob, s.Size, err = w.keepPNG(ctx, p); err != nil {
		return s, err
	}
	if s.ThumbBlob, err = w.keepThumb(ctx, p); err != nil {
		return s, err
	}
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		known, err := c.known(s.Blob)
		if err != nil {
			return err
		}
		if known.ID != "" && n.OrKnown {
			s = known
			return nil
		}
		if known.ID != "" {
			return studio.Errorf(studio.Conflict, "the project has this picture already: %q", "この画像はすでに登録されています：「%s」", known.Name)
		}
		s.CreatedBy = c.actor.User.ID
		c.setRights(&s.Rights, n.Rights, n.Confirmed)
		if err := c.CreateSource(&s); err != nil {
			return err
		}
		return c.note(Created, "source.add", s.ID, rightsDetail(&s))
	})
	if err != nil {
		return studio.Source{}, err
	}
	return s, nil
}

// known is the picture that the project has with a content, zero where there is
// none. One that was withdrawn is refused.
func (c *call) known(blob string) (s studio.Source, err error) {
	same, err := c.ListSources(c.project.ID, studio.SourceFilter{Blob: blob}, studio.Page{Limit: 1})
	if err != nil || len(same.Items) == 0 {
		return s, err
	}
	if s = same.Items[0]; s.Withdrawn() {
		return s, studio.Errorf(studio.Forbidden, "this picture was withdrawn: %s", "この画像は使用が取り消されています：%s", s.WithdrawnWhy)
	}
	return s, nil
}

// setRights writes what was said of the rights. A confirmation is the actor's,
// for the rights as they now are; without one an earlier confirmation no longer
// holds.
func (c *call) setRights(to *studio.Rights, r Rights, confirmed bool) {
	r = r.cleaned()
	to.Owner, to.Licence, to.Territory = r.Owner, r.Licence, r.Territory
	to.Expires, to.ConfirmedBy, to.ConfirmedAt = r.Expires, "", time.Time{}
	if confirmed {
		to.ConfirmedBy, to.ConfirmedAt = c.actor.User.ID, c.Now()
	}
}

func rightsDetail(s *studio.Source) fields {
	d := fields{"name": s.Name, "blob": s.Blob, "owner": s.Rights.Owner, "licence": s.Rights.Licence,
		"territory": s.Rights.Territory, "confirmed": s.Rights.Confirmed()}
	if !s.Rights.Expires.IsZero() {
		d["expires"] = s.Rights.Expires
	}
	return d
}

// Sources lists a project's given pictures.
func (w *Workspace) Sources(ctx context.Context, actor Actor, project string, filter studio.SourceFilter, page studio.Page) (list studio.List[studio.Source], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListSources(project, filter, page)
		return err
	})
	return list, err
}

// Source returns one given picture.
func (w *Workspace) Source(ctx context.Context, actor Actor, project, id string) (s studio.Source, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		s, err = c.Tx.Source(project, id)
		return err
	})
	return s, err
}

// UpdateRights sets the rights to a picture anew. Without Confirmed nobody
// stands for them, and concepts can no longer be learned from the picture.
func (w *Workspace) UpdateRights(ctx context.Context, actor Actor, project, id string, r RightsChange) (studio.Source, error) {
	return w.changeSource(ctx, actor, project, id, "source.update_rights", func(c *call, s *studio.Source) error {
		c.setRights(&s.Rights, r.Rights, r.Confirmed)
		return asRead(r.Revision, s.Revision)
	})
}

// AddConsent keeps a document, such as a signed form, as it is. It is only ever
// given out as bytes to save, to those who may create.
func (w *Workspace) AddConsent(ctx context.Context, actor Actor, project, id string, document io.Reader) (s studio.Source, err error) {
	if err := w.view(ctx, actor, project, mayCreate, func(c *call) error { _, err := c.Tx.Source(project, id); return err }); err != nil {
		return s, err
	}
	if document == nil {
		return s, invalid("file", "is missing", "ファイルがありません。")
	}
	b, err := w.files.Put(ctx, document, MaxConsent)
	if err != nil {
		return s, err
	}
	if b.Size == 0 {
		return s, invalid("file", "is empty", "ファイルが空です。")
	}
	return w.changeSource(ctx, actor, project, id, "source.add_consent", func(_ *call, s *studio.Source) error {
		s.Rights.ConsentBlob = b.Name
		return nil
	})
}

func (w *Workspace) changeSource(ctx context.Context, actor Actor, project, id, action string, change func(*call, *studio.Source) error) (s studio.Source, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if s, err = c.Tx.Source(project, id); err != nil {
			return err
		}
		if s.Withdrawn() {
			return studio.Errorf(studio.Conflict, "the picture was withdrawn and stays so", "この画像は使用が取り消されているため、変更できません。")
		}
		if err := change(c, &s); err != nil {
			return err
		}
		if err := c.UpdateSource(&s); err != nil {
			return err
		}
		detail := rightsDetail(&s)
		detail["consent"] = s.Rights.ConsentBlob
		return c.note(Changed, action, id, detail)
	})
	return s, err
}
