package studio

import "iter"

// BlobRef is a thing that refers to a file of the store of files.
type BlobRef struct {
	ProjectID string // "" for the workspace
	Noun      string // such as "source" or "picture"
	ID        string
	Blob      string
}

// ReadBlobs yields every reference to a file, those of the workspace and
// then project by project: what has to be there for it to be whole. [Blobs] asks the opposite question.
func ReadBlobs(tx Tx) iter.Seq2[BlobRef, error] {
	return func(yield func(BlobRef, error) bool) {
		w := &blobWalk{tx: tx, yield: yield}
		walkAll(w, "mark", tx.ListMarks, func(v Mark) (string, []string) { return v.ID, []string{v.Blob} })
		if w.stopped {
			return
		}
		list := func(p Page) (List[Project], error) { return tx.ListProjects(ProjectFilter{}, p) }
		for project, err := range All(list) {
			w := &blobWalk{tx: tx, project: project.ID, yield: yield}
			if err != nil {
				w.fail(err)
				return
			}
			if w.sources(); !w.stopped {
				w.works()
			}
			if w.stopped {
				return
			}
		}
	}
}

// blobWalk goes through one project.
type blobWalk struct {
	tx      Tx
	project string
	yield   func(BlobRef, error) bool
	stopped bool
}

func (w *blobWalk) fail(err error) {
	w.yield(BlobRef{}, err)
	w.stopped = true
}

// refer yields the references of one thing, and reports whether to go on.
func (w *blobWalk) refer(noun, id string, blobs ...string) bool {
	for _, blob := range blobs {
		if blob != "" && !w.yield(BlobRef{w.project, noun, id, blob}, nil) {
			w.stopped = true
			return false
		}
	}
	return true
}

// walkAll refers to what every entry of a list names.
func walkAll[T any](w *blobWalk, noun string, list func(Page) (List[T], error), names func(T) (id string, blobs []string)) {
	if w.stopped {
		return
	}
	for v, err := range All(list) {
		if err != nil {
			w.fail(err)
			return
		}
		if id, blobs := names(v); !w.refer(noun, id, blobs...) {
			return
		}
	}
}

func (w *blobWalk) sources() {
	walkAll(w, "source", func(p Page) (List[Source], error) { return w.tx.ListSources(w.project, SourceFilter{}, p) },
		func(v Source) (string, []string) {
			return v.ID, []string{v.Blob, v.ThumbBlob, v.Rights.ConsentBlob}
		})
	walkAll(w, "concept", func(p Page) (List[Concept], error) { return w.tx.ListConcepts(w.project, ConceptFilter{}, p) },
		func(v Concept) (string, []string) { return v.ID, []string{v.Blob, v.PreviewBlob} })
}

func (w *blobWalk) works() {
	walkAll(w, "job", func(p Page) (List[Job], error) { return w.tx.ListJobs(w.project, JobFilter{}, p) },
		func(v Job) (string, []string) {
			return v.ID, []string{v.InputBlob, v.ResultBlob, v.Progress.PreviewBlob}
		})
	walkAll(w, "picture", func(p Page) (List[Picture], error) { return w.tx.ListPictures(w.project, PictureFilter{}, p) },
		func(v Picture) (string, []string) { return v.ID, []string{v.Blob, v.ThumbBlob} })
	walkAll(w, "case", func(p Page) (List[Case], error) { return w.tx.ListCases(w.project, CaseFilter{}, p) },
		func(v Case) (string, []string) { return v.ID, []string{v.Blob} })
}
