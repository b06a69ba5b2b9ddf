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
func (w *Workspace) OpenFile(ctx context.Context, actor Actor, project, blob string) (file io.ReadSeekCloser, size int64, contentType string, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		contentType, err = w.findFile(c, blob)
		return err
	})
	if err != nil {
		return nil, 0, "", err
	}
	file, b, err := w.files.Open(ctx, blob)
	if err != nil {
		return nil, 0, "", err
	}
	return file, b.Size, contentType, nil
}

// findFile returns the content type of a blob that the actor may open, or why
// not.
func (w *Workspace) findFile(c *call, blob string) (string, error) {
	refs, err := w.blobs.find(c, blob)
	if err != nil {
		return "", err
	}
	running, err := c.runningJobs() // whose previews the audit record does not tell
	if err != nil {
		return "", err
	}
	refused := studio.Errorf(studio.NotFound, "there is no such file", "該当するファイルが見つかりません。")
	for _, ref := range append(refs, running...) {
		blobs, err := c.blobsOf(ref)
		if studio.ErrorCode(err) == studio.NotFound {
			continue
		}
		if err != nil {
			return "", err
		}
		for _, v := range blobs {
			if v.blob != blob {
				continue
			}
			if err := v.open(c.role); err != nil {
				refused = err
				continue
			}
			return v.contentType, nil
		}
	}
	return "", refused
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
		return []shownBlob{{v.Blob, typePNG, gone}, {v.ThumbBlob, typeJPEG, gone}, {v.Rights.ConsentBlob, typeBytes, false}}, err
	case "concept":
		v, err := c.Tx.Concept(project, ref.id)
		gone := v.State == studio.ConceptWithdrawn
		return []shownBlob{{v.Blob, typeBytes, gone}, {v.PreviewBlob, typeJPEG, gone}}, err
	case "picture":
		v, err := c.Tx.Picture(project, ref.id)
		gone := v.State == studio.PictureWithdrawn
		return []shownBlob{{v.Blob, typePNG, gone}, {v.ThumbBlob, typeJPEG, gone}}, err
	case "job":
		v, err := c.Tx.Job(project, ref.id)
		return []shownBlob{{v.ResultBlob, typeBytes, false}, {v.InputBlob, typeBytes, false}, {v.Progress.PreviewBlob, typeJPEG, false}}, err
	case "case":
		v, err := c.Tx.Case(project, ref.id)
		return []shownBlob{{v.Blob, typeJPEG, false}}, err
	}
	return nil, nil
}
