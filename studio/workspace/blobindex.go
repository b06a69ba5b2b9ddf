package workspace

import (
	"strings"
	"sync"

	"github.com/ichimai/ichimai/studio"
)

// blobRef is a thing that refers, or referred, to a blob.
type blobRef struct{ noun, id string }

// blobIndex knows, for each project that was asked about, which of its things
// refer to a blob. The store cannot be asked that way, and going through all
// pictures for every preview on a page would be slow. The audit record tells what
// has changed since the last look, because every change of a blob has its entry.
// The index only proposes; whether a thing still refers to the blob and may be
// seen is asked of the thing.
type blobIndex struct {
	mu       sync.Mutex
	projects map[string]*projectBlobs
}

type projectBlobs struct {
	mu   sync.Mutex
	seq  int64 // of the last audit entry that was looked at
	refs map[string][]blobRef
}

// maxCatchUp is how many audit entries it may be behind before a new look at
// everything is quicker.
const maxCatchUp = 5000

func newBlobIndex() *blobIndex { return &blobIndex{projects: map[string]*projectBlobs{}} }

func (x *blobIndex) of(project string) *projectBlobs {
	x.mu.Lock()
	defer x.mu.Unlock()
	b := x.projects[project]
	if b == nil {
		b = &projectBlobs{}
		x.projects[project] = b
	}
	return b
}

// find returns what may refer to the blob as the call's transaction sees it.
func (x *blobIndex) find(c *call, blob string) ([]blobRef, error) {
	b := x.of(c.project.ID)
	b.mu.Lock()
	defer b.mu.Unlock()
	head, err := c.AuditHead()
	if err != nil {
		return nil, err
	}
	if b.refs == nil || head.Seq-b.seq > maxCatchUp {
		err = b.build(c)
	} else if head.Seq > b.seq {
		err = b.catchUp(c, head.Seq)
	}
	if err != nil {
		b.refs = nil // half a look is none
		return nil, err
	}
	b.seq = max(b.seq, head.Seq)
	return b.refs[blob], nil
}

func (b *projectBlobs) add(ref blobRef, blobs ...string) {
	for _, blob := range blobs {
		if blob == "" {
			continue
		}
		known := false
		for _, r := range b.refs[blob] {
			known = known || r == ref
		}
		if !known {
			b.refs[blob] = append(b.refs[blob], ref)
		}
	}
}

// build looks at everything.
func (b *projectBlobs) build(c *call) error {
	b.refs = map[string][]blobRef{}
	project := c.project.ID
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Source], error) {
		return c.ListSources(project, studio.SourceFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		b.add(blobRef{"source", v.ID}, v.Blob, v.ThumbBlob, v.Rights.ConsentBlob)
	}
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Concept], error) {
		return c.ListConcepts(project, studio.ConceptFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		b.add(blobRef{"concept", v.ID}, v.Blob, v.PreviewBlob)
	}
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Picture], error) {
		return c.ListPictures(project, studio.PictureFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		b.add(blobRef{"picture", v.ID}, v.Blob, v.ThumbBlob)
	}
	return b.buildRest(c)
}

func (b *projectBlobs) buildRest(c *call) error {
	project := c.project.ID
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Job], error) {
		return c.ListJobs(project, studio.JobFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		b.add(blobRef{"job", v.ID}, v.ResultBlob, v.InputBlob, v.Progress.PreviewBlob)
	}
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Case], error) {
		return c.ListCases(project, studio.CaseFilter{}, p)
	}) {
		if err != nil {
			return err
		}
		b.add(blobRef{"case", v.ID}, v.Blob)
	}
	return nil
}

// catchUp looks at what has changed since.
func (b *projectBlobs) catchUp(c *call, until int64) error {
	for at := b.seq; at < until; {
		entries, err := c.AuditFrom(at+1, 500)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			at = e.Seq
			if e.ProjectID != c.project.ID {
				continue
			}
			noun, _, _ := strings.Cut(e.Action, ".")
			if err := b.look(c, blobRef{noun, e.Object}); err != nil {
				return err
			}
		}
	}
	return nil
}

// look reads one thing anew. One that is gone refers to nothing.
func (b *projectBlobs) look(c *call, ref blobRef) error {
	blobs, err := c.blobsOf(ref)
	if studio.ErrorCode(err) == studio.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for _, v := range blobs {
		b.add(ref, v.blob)
	}
	return nil
}
