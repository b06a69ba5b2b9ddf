package workspace

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/ichimai/ichimai/phash"
	"github.com/ichimai/ichimai/studio"
)

// NewMark is a mark that no published picture may show unless an approver allows it.
type NewMark struct {
	Name   string
	Owner  string    // whose it is; may be empty
	Reason string    // why it is protected; may be empty
	File   io.Reader // a picture of the mark alone
}

// markSide is the longer side, in pixels, to which pictures of marks are scaled down: they
// are compared in 32 by 32 cells.
const markSide = 512

// AddMark takes a picture of a mark as AddSource takes one, cuts its plain border away, and
// has every picture that is submitted from now on compared with it. Pictures that were
// submitted before are compared when they are approved or published. A picture of one
// colour or fine texture alone, one more than eight times as long as it is high, and more than studio.MaxMarks
// marks are Invalid; the same mark again is a Conflict.
func (w *Workspace) AddMark(ctx context.Context, actor Actor, n NewMark) (m studio.Mark, err error) {
	if err := w.view(ctx, actor, "", mayAdminister, nothing); err != nil {
		return m, err // before anything is read from the network
	}
	m = studio.Mark{Name: oneLine(n.Name, studio.MaxName), Owner: oneLine(n.Owner, studio.MaxName), Reason: strings.TrimSpace(n.Reason)}
	p, err := w.readPicture(ctx, n.File, m.Name)
	if err != nil {
		return studio.Mark{}, err
	}
	p = phash.Trim(p)
	seen, err := phash.NewMark(p)
	if err != nil {
		return studio.Mark{}, markError(err)
	}
	if max(p.Width, p.Height) > markSide {
		p = p.Fit(markSide, markSide)
	}
	m.Width, m.Height, m.Hash = p.Width, p.Height, seen.Hash.String()
	if m.Blob, m.Size, err = w.keepPNG(ctx, p); err != nil {
		return studio.Mark{}, err
	}
	if err := w.update(ctx, actor, "", mayAdminister, func(c *call) error { return c.addMark(&m) }); err != nil {
		return studio.Mark{}, err
	}
	return m, nil
}

func (c *call) addMark(m *studio.Mark) error {
	all, err := c.allMarks()
	if err != nil {
		return err
	}
	if len(all) >= studio.MaxMarks {
		return invalid("file", "there are %d marks already, which is the most; remove one first", "マークは%d件までです。先に不要なマークを削除してください。", studio.MaxMarks)
	}
	m.CreatedBy = c.actor.User.ID
	if err := c.CreateMark(m); err != nil {
		return err
	}
	return c.note(Created, "mark.add", m.ID, fields{"name": m.Name, "owner": m.Owner, "reason": m.Reason, "blob": m.Blob, "hash": m.Hash})
}

func markError(err error) error {
	switch {
	case errors.Is(err, phash.ErrPlain):
		return invalid("file", "the picture shows no shape to find it by: it is of one colour or of fine texture alone", "単色または細かい模様だけの画像のため、照合できません。マークの形が写った画像を使用してください。")
	case errors.Is(err, phash.ErrLong):
		return invalid("file", "one side of the mark is more than %d times as long as the other; take a part of it", "縦横比が%d倍を超えています。マークの一部を切り出してください。", phash.MaxAspect)
	}
	return err
}

// RemoveMark has a mark no longer looked for. What was found of it stays with the pictures
// until they are checked again.
func (w *Workspace) RemoveMark(ctx context.Context, actor Actor, id string) error {
	return w.update(ctx, actor, "", mayAdminister, func(c *call) error {
		m, err := c.Tx.Mark(id)
		if err != nil {
			return err
		}
		if err := c.DeleteMark(id); err != nil {
			return err
		}
		return c.note(Deleted, "mark.remove", id, fields{"name": m.Name})
	})
}

// Marks lists the protected marks, the latest first. Everybody may see them.
func (w *Workspace) Marks(ctx context.Context, actor Actor, page studio.Page) (list studio.List[studio.Mark], err error) {
	err = w.view(ctx, actor, "", mayAsk, func(c *call) error {
		list, err = c.ListMarks(page)
		return err
	})
	return list, err
}

// Mark returns one protected mark.
func (w *Workspace) Mark(ctx context.Context, actor Actor, id string) (m studio.Mark, err error) {
	err = w.view(ctx, actor, "", mayAsk, func(c *call) error {
		m, err = c.Tx.Mark(id)
		return err
	})
	return m, err
}

// OpenMark opens the picture of a mark, a PNG; the caller closes it.
func (w *Workspace) OpenMark(ctx context.Context, actor Actor, id string) (file io.ReadSeekCloser, m studio.Mark, err error) {
	if m, err = w.Mark(ctx, actor, id); err != nil {
		return nil, m, err
	}
	file, _, err = w.files.Open(ctx, m.Blob)
	return file, m, err
}

func (c *call) allMarks() (all []studio.Mark, err error) {
	for m, err := range studio.All(c.ListMarks) {
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}
