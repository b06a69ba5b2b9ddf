package evaluate

import (
	"context"
	"path/filepath"
	"slices"
)

// Index lists what there is of an evaluation: the report is made from it without the
// model.
type Index struct {
	Format   string  `json:"format"`
	Protocol string  `json:"protocol"` // a hash of the file
	Model    string  `json:"model"`    // its name
	Machine  Machine `json:"machine"`
	Small    bool    `json:"small"`    // the model takes the defaults of small ones
	Subjects int     `json:"subjects"` // the most that were asked for; 0 is all
	Entries  []Entry `json:"entries"`
}

// Entry is a folder of pictures with what learning took.
type Entry struct {
	Subject string `json:"subject"`
	Row     Row    `json:"row"`
	Folder  string `json:"folder"` // of pictures, from the results' folder
	Took    look   `json:"took"`   // of learning; 0 for marks
}

const (
	indexFile   = "index.json"
	formatIndex = "index 1"
)

func readIndex(dir string) (*Index, error) {
	x := &Index{}
	found, err := readJSON(filepath.Join(dir, indexFile), x)
	if err != nil {
		return nil, err
	}
	if !found || x.Format != formatIndex || len(x.Entries) == 0 {
		return nil, &NothingError{Dir: dir}
	}
	return x, nil
}

func (x *Index) write(dir string) error { return writeJSON(filepath.Join(dir, indexFile), x) }

// newIndex finds what is there of a protocol already.
func (r *runner) newIndex(ctx context.Context, subjects int) (*Index, error) {
	x := &Index{Format: formatIndex, Protocol: r.protocol.hash(), Model: r.model.Name, Machine: readMachine(r.model),
		Small: r.small, Subjects: subjects}
	of, err := r.protocol.whole(0)
	if err != nil {
		return nil, err
	}
	for _, u := range r.protocol.everything(of) {
		for _, n := range u.steps {
			if err := r.look(ctx, x, u, n); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}

// everything is all that a protocol can have drawn.
func (p *Protocol) everything(of product) []unit {
	var units []unit
	for i := range of.subjects {
		units = append(units, p.markUnits(of, i)...)
		for _, m := range p.Methods {
			for _, c := range m.candidates() {
				steps := sorted(append(slices.Clone(m.Steps), m.ReportSteps...))
				units = append(units, unit{&of.subjects[i], m.Name, m, c, steps, of.prompts, of.seeds})
			}
		}
	}
	return units
}

// look adds a folder that is there to an index.
func (r *runner) look(ctx context.Context, x *Index, u unit, steps int) error {
	var l *learned
	if u.name != nameBase && u.name != nameReal {
		dir, _, err := r.learnedDir(ctx, u, steps)
		if err != nil || !exists(filepath.Join(dir, learnedFile)) {
			return err
		}
		if l, err = openLearned(dir); err != nil {
			return err
		}
	}
	dir, err := r.drawnDir(u, steps, l)
	if err != nil || !exists(filepath.Join(dir, drawnFile)) {
		return err
	}
	return x.add(r.out, u, steps, dir, l)
}

// add puts an entry in the place of the one of the same subject and row.
func (x *Index) add(out string, u unit, steps int, dir string, l *learned) error {
	folder, err := filepath.Rel(out, dir)
	if err != nil {
		return err
	}
	e := Entry{Subject: u.subject.name, Row: u.row(steps), Folder: filepath.ToSlash(folder)}
	if l != nil {
		e.Took = l.Steps[steps]
	}
	i := slices.IndexFunc(x.Entries, func(o Entry) bool { return o.Subject == e.Subject && o.Row == e.Row })
	if i >= 0 {
		x.Entries[i] = e
	} else {
		x.Entries = append(x.Entries, e)
	}
	return nil
}

// hash identifies the protocol's text.
func (p *Protocol) hash() string { return digest(string(p.text)) }
