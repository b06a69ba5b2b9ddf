package evaluate

import (
	"math"
	"path/filepath"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// data are the records of an index, read when they are asked for.
type data struct {
	protocol *Protocol
	dir      string
	index    *Index
	read     map[string]*drawn        // by folder
	entries  map[string]map[Row]Entry // by subject
}

func newData(p *Protocol, dir string, x *Index) *data {
	d := &data{p, dir, x, map[string]*drawn{}, map[string]map[Row]Entry{}}
	for _, e := range x.Entries {
		if d.entries[e.Subject] == nil {
			d.entries[e.Subject] = map[Row]Entry{}
		}
		d.entries[e.Subject][e.Row] = e
	}
	return d
}

// drawn is the record of a subject and a row; nil without one.
func (d *data) drawn(subject string, row Row) (*drawn, error) {
	e, there := d.entries[subject][row]
	if !there {
		return nil, nil
	}
	if got := d.read[e.Folder]; got != nil {
		return got, nil
	}
	got, err := openDrawn(filepath.Join(d.dir, filepath.FromSlash(e.Folder)))
	if err == nil {
		d.read[e.Folder] = got
	}
	return got, err
}

// pictures are those of a row for a subject that belong to a product, and whether all
// of them are there. Real ones are all that there are of them.
func (d *data) pictures(s *subject, row Row, of product) (list []drawnPicture, whole bool, err error) {
	u := unit{subject: s, name: row.Name, prompts: of.prompts, seeds: of.seeds}
	got, err := d.drawn(s.name, row)
	if got == nil || err != nil {
		return nil, u.pictures() == 0, err
	}
	for _, p := range got.Pictures {
		i := slices.IndexFunc(of.prompts, func(q Prompt) bool { return q.ID == p.Prompt && q.Text == p.Text && q.About(s.class) == p.Compared })
		if i >= 0 && (row.Name == nameReal || slices.Contains(of.seeds, p.Seed)) {
			list = append(list, p)
		}
	}
	want := u.pictures()
	if row.Name == nameReal {
		want = 0
		for _, q := range of.prompts {
			if s.real[q.ID] != "" {
				want++
			}
		}
	}
	return list, len(list) >= want, nil
}

// measureOf is a number of a picture; NaN where it has none.
type measureOf func(p drawnPicture) float64

// Numbers of a picture by a scorer.
func subjectOf(scorer string) measureOf {
	return func(p drawnPicture) float64 { return p.Scores[scorer].Subject }
}

func promptOf(scorer string) measureOf {
	return func(p drawnPicture) float64 { return p.Scores[scorer].Prompt }
}

func nearestOf(scorer string) measureOf {
	return func(p drawnPicture) float64 { return p.Scores[scorer].Nearest }
}

func dinoOf(scorer string) measureOf {
	return func(p drawnPicture) float64 {
		if dino := p.Scores[scorer].DINO; dino != nil {
			return *dino
		}
		return math.NaN()
	}
}

func copyingOf(p drawnPicture) float64 { return p.Copying }

// groups are a number of a row's pictures, subject by subject: the means over seeds of
// its prompts. Subjects without all of their pictures are left out; names are those that
// are there. keep, if set, chooses pictures.
func (d *data) groups(row Row, of product, m measureOf, keep func(drawnPicture) bool) (groups [][]float64, names []string, err error) {
	for i := range of.subjects {
		list, whole, err := d.pictures(&of.subjects[i], row, of)
		if err != nil {
			return nil, nil, err
		}
		values := map[string][]float64{} // by prompt
		for _, p := range list {
			if v := m(p); !math.IsNaN(v) && (keep == nil || keep(p)) {
				values[p.Prompt] = append(values[p.Prompt], v)
			}
		}
		if !whole || len(values) == 0 {
			continue
		}
		var group []float64
		for _, prompt := range sortedKeys(values) {
			group = append(group, average(values[prompt]))
		}
		groups, names = append(groups, group), append(names, of.subjects[i].name)
	}
	return groups, names, nil
}

// Level is that of all intervals.
const Level = 0.95

// intervalSeed is that of the bootstrap's draws.
const intervalSeed = 1

// interval is the mean of groups, by groups, with its interval; of one group the mean
// alone, without bounds, and nil of none.
func interval(groups [][]float64) (*measure.Interval, error) {
	switch len(groups) {
	case 0:
		return nil, nil
	case 1:
		m := average(groups[0])
		return &measure.Interval{Mean: m, Low: m, High: m, N: 1}, nil
	}
	v, err := measure.ClusterBootstrap(groups, Level, intervalSeed)
	return &v, err
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// averages are the means of groups.
func averages(groups [][]float64) []float64 {
	means := make([]float64, len(groups))
	for i, g := range groups {
		means[i] = average(g)
	}
	return means
}
