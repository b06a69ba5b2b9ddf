package workspace

import (
	"slices"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// ConceptsNamed are the concepts that a table's cell names: one by its name or its
// id, or several with semicolons between. Of the versions of a name the newest that
// is ready is meant. missing is the first name that leads to none of concepts.
func ConceptsNamed(cell string, concepts []studio.Concept) (list []studio.Concept, missing string) {
	if v, there := conceptNamed(cell, concepts); there {
		return []studio.Concept{v}, ""
	}
	for _, name := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '；' }) {
		v, there := conceptNamed(name, concepts)
		if !there {
			return nil, strings.TrimSpace(name)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, cell
	}
	return list, ""
}

func conceptNamed(name string, concepts []studio.Concept) (found studio.Concept, there bool) {
	name = oneLine(name, studio.MaxName)
	better := func(v studio.Concept) bool {
		ready, was := v.State == studio.ConceptReady, found.State == studio.ConceptReady
		return !there || ready && !was || ready == was && v.Version > found.Version
	}
	for _, v := range concepts {
		if v.ID == name {
			return v, true
		}
		if v.Name == name && better(v) {
			found, there = v, true
		}
	}
	return found, there
}

// rowConcepts finds the concepts of a table's rows. Cells that are alike are looked
// at once.
type rowConcepts struct {
	*call
	template studio.Template
	column   string // what the table calls ConceptField
	all      []studio.Concept
	known    map[string][]studio.Concept
}

// of are the concepts that a row names, nil where it names none.
func (r *rowConcepts) of(row map[string]string) ([]studio.Concept, error) {
	cell := strings.TrimSpace(row[ConceptField])
	if cell == "" || slices.Contains(r.template.Fields(), ConceptField) {
		return nil, nil
	}
	if list, known := r.known[cell]; known {
		return list, nil
	}
	list, err := r.find(cell)
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = map[string][]studio.Concept{}
	}
	r.known[cell] = list
	return list, nil
}

func (r *rowConcepts) find(cell string) (list []studio.Concept, err error) {
	if r.all == nil {
		if r.all, err = r.allConcepts(); err != nil {
			return nil, err
		}
	}
	list, missing := ConceptsNamed(cell, r.all)
	if missing != "" {
		return nil, r.inColumn(studio.Errorf(studio.Invalid, "there is no concept %q in this project", "このプロジェクトにコンセプト「%s」はありません。", missing))
	}
	if len(list) > MaxConcepts {
		return nil, r.inColumn(studio.Errorf(studio.Invalid, "at most %d concepts can be in one picture", "1枚の画像に使えるコンセプトは%d個までです。", MaxConcepts))
	}
	for _, v := range list {
		if err := r.usable(v.ID); err != nil {
			return nil, r.inColumn(err)
		}
	}
	return list, nil
}

// inColumn says in which column of the table something is wrong.
func (r *rowConcepts) inColumn(err error) error {
	return prefixed(err, "rows", "column %q: ", "「%s」列：", r.column)
}

// gather makes the job's concepts those of all its shots. Where one of them has its
// own, every shot says which it is drawn with.
func (p *BatchParams) gather() {
	if !slices.ContainsFunc(p.Shots, func(s Shot) bool { return s.ConceptIDs != nil }) {
		return
	}
	shared := append([]string{}, p.ConceptIDs...)
	seen := map[string]bool{}
	p.ConceptIDs = nil
	for i := range p.Shots {
		s := &p.Shots[i]
		if s.ConceptIDs == nil {
			s.ConceptIDs = shared
		}
		for _, id := range s.ConceptIDs {
			if !seen[id] {
				seen[id] = true
				p.ConceptIDs = append(p.ConceptIDs, id)
			}
		}
	}
}

// plannedConcepts counts the pictures of each concept.
func (c *call) plannedConcepts(p BatchParams) (list []PlannedConcept, err error) {
	count := map[string]int{}
	for _, s := range p.Shots {
		for _, id := range p.ConceptsOf(s) {
			count[id]++
		}
	}
	for _, id := range p.ConceptIDs {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return nil, err
		}
		if count[id] > 0 {
			list = append(list, PlannedConcept{ID: id, Name: v.Name, Version: v.Version, Pictures: count[id]})
		}
	}
	return list, nil
}
