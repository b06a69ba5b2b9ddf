package workspace

import (
	"context"
	"io"

	"github.com/ichimai/ichimai/studio"
)

// Content types of what OpenFile opens. Everything that the workspace did not
// encode itself is bytes to save.
const (
	typePNG   = "image/png"
	typeJPEG  = "image/jpeg"
	typeBytes = "application/octet-stream"
)

// OpenFile opens a blob that something of the project refers to, for reading and
// seeking; the caller closes it. The content type is that of an image only for
// pixels that were encoded by the workspace or its workers; consent documents,
// concept files, tables and archives are application/octet-stream and for those
// who may create. What was withdrawn cannot be opened: it is Forbidden. Anything
// else is NotFound, whether or not another project has it.
//
// A published picture leaves with what it is and, where the policy wants it, with
// the invisible mark, whoever opens it: its content is then not the blob's (see
// [ContentHash]). The workers alone get it as it was drawn. Previews are not marked.
func (w *Workspace) OpenFile(ctx context.Context, actor Actor, project, blob string) (file io.ReadSeekCloser, size int64, contentType string, err error) {
	var found shownBlob
	var about About
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		if found, err = w.findFile(c, blob); err != nil || found.published == nil || actor.system {
			return err
		}
		about, err = c.aboutPublished(*found.published)
		return err
	})
	if err != nil {
		return nil, 0, "", err
	}
	if about.Picture != "" {
		file, size, err = w.openLeaving(ctx, blob, about)
		return file, size, found.contentType, err
	}
	file, b, err := w.files.Open(ctx, blob)
	if err != nil {
		return nil, 0, "", err
	}
	return file, b.Size, found.contentType, nil
}

// aboutPublished is about with what the policy wants.
func (c *call) aboutPublished(p studio.Picture) (About, error) {
	policy, err := c.Policy()
	if err != nil {
		return About{}, err
	}
	a, err := c.about(p)
	a.Watermark = policy.Watermark
	return a, err
}

// findFile returns a blob that the actor may open as something refers to it, or why
// not. Where one of several is a published picture, it is that. Running jobs, of whose
// previews the audit record does not tell, are asked only where nothing else has it: a
// page has many pictures.
func (w *Workspace) findFile(c *call, blob string) (shownBlob, error) {
	refs, err := w.blobs.find(c, blob)
	if err != nil {
		return shownBlob{}, err
	}
	found, err := c.findIn(refs, blob)
	if err == nil || studio.ErrorCode(err) == studio.Internal {
		return found, err
	}
	running, failed := c.runningJobs()
	if failed != nil {
		return shownBlob{}, failed
	}
	if preview, other := c.findIn(running, blob); other == nil || studio.ErrorCode(other) == studio.Internal {
		return preview, other
	}
	return found, err
}

// findIn is findFile among some things.
func (c *call) findIn(refs []blobRef, blob string) (found shownBlob, err error) {
	refused := studio.Errorf(studio.NotFound, "there is no such file", "該当するファイルが見つかりません。")
	for _, ref := range refs {
		blobs, err := c.blobsOf(ref)
		if studio.ErrorCode(err) == studio.NotFound {
			continue
		}
		if err != nil {
			return found, err
		}
		for _, v := range blobs {
			if v.blob != blob {
				continue
			}
			if err := v.open(c.role); err != nil {
				refused = err
				continue
			}
			if found.blob == "" || v.published != nil {
				found = v
			}
		}
	}
	if found.blob == "" {
		return found, refused
	}
	return found, nil
}

func (c *call) runningJobs() (refs []blobRef, err error) {
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return c.ListJobs(c.project.ID, studio.JobFilter{State: studio.JobRunning}, p)
	}
	for j, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		refs = append(refs, blobRef{"job", j.ID})
	}
	return refs, nil
}

// shownBlob is a blob as one thing refers to it.
type shownBlob struct {
	blob        string
	contentType string
	withdrawn   bool
	published   *studio.Picture // whose full size it is
}

func (v shownBlob) open(role studio.Role) error {
	if v.withdrawn {
		return studio.Errorf(studio.Forbidden, "this was withdrawn", "この画像は使用が取り消されています。")
	}
	if v.contentType == typeBytes && !role.CanCreate() {
		return errForbidden()
	}
	return nil
}

// blobsOf returns what a thing refers to.
func (c *call) blobsOf(ref blobRef) ([]shownBlob, error) {
	project := c.project.ID
	switch ref.noun {
	case "source":
		v, err := c.Tx.Source(project, ref.id)
		gone := v.Withdrawn()
		return []shownBlob{{v.Blob, typePNG, gone, nil}, {v.ThumbBlob, typeJPEG, gone, nil}, {v.Rights.ConsentBlob, typeBytes, false, nil}}, err
	case "concept":
		v, err := c.Tx.Concept(project, ref.id)
		gone := v.State == studio.ConceptWithdrawn
		return []shownBlob{{v.Blob, typeBytes, gone, nil}, {v.PreviewBlob, typeJPEG, gone, nil}}, err
	case "picture":
		v, err := c.Tx.Picture(project, ref.id)
		gone := v.State == studio.PictureWithdrawn
		full := shownBlob{v.Blob, typePNG, gone, nil}
		if v.State == studio.PicturePublished {
			full.published = &v
		}
		return []shownBlob{full, {v.ThumbBlob, typeJPEG, gone, nil}}, err
	case "job":
		v, err := c.Tx.Job(project, ref.id)
		return []shownBlob{{v.ResultBlob, typeBytes, false, nil}, {v.InputBlob, typeBytes, false, nil}, {v.Progress.PreviewBlob, typeJPEG, false, nil}}, err
	case "case":
		v, err := c.Tx.Case(project, ref.id)
		return []shownBlob{{v.Blob, typeJPEG, false, nil}}, err
	}
	return nil, nil
}
