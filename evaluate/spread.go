package evaluate

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// diversity is how different a prompt's pictures of different seeds are, over subjects.
func (s *summariser) diversity(row Row, scorer string) (*measure.Interval, error) {
	if row.Name == nameReal {
		return nil, nil
	}
	var groups [][]float64
	for i := range s.whole.subjects {
		x := &s.whole.subjects[i]
		list, whole, err := s.pictures(x, row, s.whole)
		if err != nil {
			return nil, err
		}
		if !whole || len(list) == 0 {
			continue
		}
		embeds, err := s.embeds(x, row, scorer, partCLIP, list)
		if err != nil {
			return nil, err
		}
		byPrompt := map[string][]measure.Embedding{}
		for k, p := range list {
			byPrompt[p.Prompt] = append(byPrompt[p.Prompt], embeds[k])
		}
		var group []float64
		for _, prompt := range sortedKeys(byPrompt) {
			v, err := measure.Diversity(byPrompt[prompt])
			var few *measure.TooFewError
			if errors.As(err, &few) {
				continue
			}
			if err != nil {
				return nil, err
			}
			group = append(group, v)
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return interval(groups)
}

// embeds are the embeddings of some of a row's pictures.
func (d *data) embeds(x *subject, row Row, scorer, part string, list []drawnPicture) ([]measure.Embedding, error) {
	got, err := d.drawn(x.name, row)
	if err != nil || got == nil {
		return nil, err
	}
	if err := got.readEmbeds(); err != nil {
		return nil, err
	}
	all := got.embeds[embedName(scorer, part)]
	if len(all) != len(got.Pictures) {
		return nil, nil
	}
	var out []measure.Embedding
	for _, p := range list {
		i := slices.IndexFunc(got.Pictures, func(o drawnPicture) bool { return o.Prompt == p.Prompt && o.Seed == p.Seed })
		out = append(out, all[i])
	}
	return out, nil
}

// Frechet is how far the set of a row's pictures is from that of the real ones.
type Frechet struct {
	measure.Interval
	// Diagonal is set where the sets are too small for their covariances, so that
	// numbers are taken as independent: [measure.DiagonalFrechetInterval].
	Diagonal bool   `json:"diagonal"`
	Of       string `json:"of"` // what embeds: clip or dino
}

// wideEmbeddings is the width beyond which covariances take too long: an interval costs
// hundreds of decompositions, 0.1 s each at 192.
const wideEmbeddings = 256

// frechet compares a row's pictures of the first seed with all real ones, by DINO where
// the scorer has one, for the judge alone; nil without real ones. Sets of one seed are as
// large as that of the real ones. What was found is kept, because it takes long.
func (s *summariser) frechet(row Row, scorer string) (*Frechet, error) {
	if row.Name == nameReal || s.protocol.Real == "" || scorer != s.out.Judge {
		return nil, nil
	}
	f := &Frechet{Of: partCLIP}
	if s.protocol.judge().DINO != "" {
		f.Of = partDINO
	}
	drawn, of, err := s.all(row, scorer, f.Of)
	if err != nil {
		return nil, err
	}
	real, ofReal, err := s.all(Row{Name: nameReal}, scorer, f.Of)
	if err != nil || len(drawn) < 2 || len(real) < 2 {
		return nil, err
	}
	path := filepath.Join(s.dir, "store", "frechet", digest(append(append([]string{"frechet 1", scorer, f.Of}, of...), ofReal...)...)+".json")
	if found, err := readJSON(path, f); found || err != nil {
		return f, err
	}
	s.working(row)
	width := len(real[0])
	f.Diagonal = min(len(drawn), len(real)) <= width || width > wideEmbeddings
	distance := measure.FrechetInterval
	if f.Diagonal {
		distance = measure.DiagonalFrechetInterval
	}
	if f.Interval, err = distance(s.ctx, drawn, real, Level, intervalSeed); err != nil {
		return nil, err
	}
	return f, writeJSON(path, f)
}

// all are the embeddings of a row's pictures of the first seed, and what they depend
// on.
func (s *summariser) all(row Row, scorer, part string) (set []measure.Embedding, of []string, err error) {
	for i := range s.whole.subjects {
		x := &s.whole.subjects[i]
		list, whole, err := s.pictures(x, row, s.whole)
		if err != nil {
			return nil, nil, err
		}
		if !whole || len(list) == 0 {
			continue
		}
		list = slices.DeleteFunc(list, func(p drawnPicture) bool { return row.Name != nameReal && p.Seed != s.whole.seeds[0] })
		embeds, err := s.embeds(x, row, scorer, part, list)
		if err != nil {
			return nil, nil, err
		}
		got, err := s.drawn(x.name, row)
		if err != nil {
			return nil, nil, err
		}
		set = append(set, embeds...)
		of = append(of, s.entries[x.name][row].Folder, got.Embeddings)
		for _, p := range list {
			of = append(of, p.Prompt, p.Text, fmt.Sprint(p.Seed))
		}
	}
	return set, of, nil
}

// mark is a term's for a summary.
func (t term) mark() Mark {
	m := Mark{Of: t.name, Base: t.low}
	if !math.IsNaN(t.high) {
		m.Real = &t.high
	}
	return m
}
