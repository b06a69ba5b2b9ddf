package evaluate

import (
	"fmt"
	"slices"
)

// Names of the rows without a method.
const (
	nameBase = "base" // the class's word, nothing learned: the lower mark
	nameReal = "real" // real pictures: the upper mark
)

// Row is one line of the comparison: a method with a setting after some steps, or one
// of the marks.
type Row struct {
	Name    string `json:"name"`    // the method's, base or real
	Setting string `json:"setting"` // what is swept: "learning_rate=0.001"; "" where nothing is
	Steps   int    `json:"steps"`
}

// mark says whether the row is base or real.
func (r Row) mark() bool { return r.Name == nameBase || r.Name == nameReal }

// label is the row's name for people and logs.
func (r Row) label() string {
	if r.mark() {
		return r.Name
	}
	s := fmt.Sprintf("%s, %d", r.Name, r.Steps)
	if r.Setting != "" {
		s += " (" + r.Setting + ")"
	}
	return s
}

// unit is what is run at once: a subject, and a mark or a method with one setting,
// after several numbers of steps. It says which pictures of it are wanted.
type unit struct {
	subject   *subject
	name      string // the method's, base or real
	method    Method // of that name; empty for marks
	candidate candidate
	steps     []int // [0] for marks
	prompts   []Prompt
	seeds     []uint64
}

func (u unit) row(steps int) Row { return Row{u.name, u.candidate.label, steps} }

// pictures is how many are wanted of each number of steps.
func (u unit) pictures() int {
	if u.name == nameReal {
		return len(u.subject.real)
	}
	return len(u.prompts) * len(u.seeds)
}

// product is a part of subjects, prompts and seeds.
type product struct {
	subjects []subject
	prompts  []Prompt
	seeds    []uint64
}

// whole is the full product of a protocol, for at most so many subjects; 0 takes all.
func (p *Protocol) whole(subjects int) (product, error) {
	all, err := p.subjects()
	if err != nil {
		return product{}, err
	}
	if subjects > 0 {
		all = all[:min(subjects, len(all))]
	}
	return product{all, p.Prompts, p.Seeds}, nil
}

// smaller is the part of a product on which settings are compared.
func (p *Protocol) smaller(of product) product {
	s := p.Sweep
	if s.Subjects > 0 {
		of.subjects = of.subjects[:min(s.Subjects, len(of.subjects))]
	}
	if s.Seeds > 0 {
		of.seeds = of.seeds[:s.Seeds]
	}
	if len(s.Prompts) > 0 {
		of.prompts = slices.DeleteFunc(slices.Clone(of.prompts), func(q Prompt) bool { return !slices.Contains(s.Prompts, q.ID) })
	}
	return of
}

// marks are the rows without a method.
func (p *Protocol) marks() []string {
	if p.Real == "" {
		return []string{nameBase}
	}
	return []string{nameBase, nameReal}
}

// sweepUnits are all settings and steps of some methods on the smaller product,
// subject by subject.
func (p *Protocol) sweepUnits(of product, methods []Method) []unit {
	var units []unit
	for i := range of.subjects {
		units = append(units, p.markUnits(of, i)...)
		for _, m := range methods {
			for _, c := range m.candidates() {
				units = append(units, unit{&of.subjects[i], m.Name, m, c, sorted(m.Steps), of.prompts, of.seeds})
			}
		}
	}
	return units
}

// fullUnits are each method's best, and what else is reported, on the whole product.
func (p *Protocol) fullUnits(of product, methods []Method, best map[string]Row) []unit {
	var units []unit
	for i := range of.subjects {
		units = append(units, p.markUnits(of, i)...)
		for _, m := range methods {
			row := best[m.Name]
			for _, c := range m.candidates() {
				if c.label == row.Setting {
					steps := sorted(append([]int{row.Steps}, m.ReportSteps...))
					units = append(units, unit{&of.subjects[i], m.Name, m, c, steps, of.prompts, of.seeds})
				}
			}
		}
	}
	return units
}

func (p *Protocol) markUnits(of product, i int) []unit {
	var units []unit
	for _, name := range p.marks() {
		units = append(units, unit{subject: &of.subjects[i], name: name, steps: []int{0}, prompts: of.prompts, seeds: of.seeds})
	}
	return units
}

// sorted are the distinct numbers in rising order.
func sorted(steps []int) []int {
	s := slices.Clone(steps)
	slices.Sort(s)
	return slices.Compact(s)
}

// CheckMethods says whether all names are those of methods.
func (p *Protocol) CheckMethods(names []string) error {
	_, err := p.chosen(names)
	return err
}
