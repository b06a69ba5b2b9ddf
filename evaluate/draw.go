package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// Values of what is kept of drawn pictures.
const (
	KeepNone = "none"
	KeepGrid = "grid" // those that the report shows
	KeepAll  = "all"
)

// chunk is how many pictures are drawn, scored and kept together.
const chunk = 32

// painting is the drawing of one folder.
type painting struct {
	*runner
	unit    unit
	drawn   *drawn
	given   given
	concept *concept.Concept // nil for marks
	todo    []wanted
	anew    bool                     // all is scored anew
	kept    map[int]*picture.Picture // pictures of todo that are there, to be scored anew
}

// paint draws and scores what of a folder is missing. l is what was learned; nil for
// marks.
func (r *runner) paint(ctx context.Context, u unit, steps int, l *learned) (string, error) {
	dir, err := r.drawnDir(u, steps, l)
	if err != nil {
		return "", err
	}
	d, err := openDrawn(dir)
	if err != nil {
		return "", err
	}
	d.Subject, d.Row = u.subject.name, u.row(steps)
	p := &painting{runner: r, unit: u, drawn: d, kept: map[int]*picture.Picture{}}
	if p.given, err = r.given(u.subject); err != nil {
		return "", err
	}
	if err := p.plan(); err != nil || len(p.todo) == 0 {
		return dir, err
	}
	if l != nil {
		if p.concept, err = concept.Read(l.path(steps)); err != nil {
			return "", err
		}
	}
	return dir, p.work(ctx)
}

// drawnDir is where a unit's pictures are kept.
func (r *runner) drawnDir(u unit, steps int, l *learned) (string, error) {
	g, err := r.given(u.subject)
	if err != nil {
		return "", err
	}
	s := r.protocol.Sampling
	parts := []string{formatDrawn, r.modelHash, g.hash, fmt.Sprintf("%d %g %s", s.Steps, s.Guidance, s.Sampler)}
	if l != nil {
		parts = append(parts, filepath.Base(l.dir), fmt.Sprint(steps))
		if u.method.ClassWord {
			parts = append(parts, "class word")
		}
		if u.method.guided() {
			parts = append(parts, "guided")
		}
	}
	if u.name == nameReal {
		parts = []string{formatDrawn, g.hash}
	}
	folder := slug(u.name)
	if l != nil {
		folder += fmt.Sprintf("-s%d", steps)
	}
	return filepath.Join(r.store, "drawn", slug(u.subject.name), folder+"-"+digest(parts...)), nil
}

// wants lists the pictures that a unit is to have.
func (p *painting) wants() ([]wanted, error) {
	var all []wanted
	class := p.unit.subject.class
	for _, q := range p.unit.prompts {
		w := wanted{prompt: q, compared: q.About(class)}
		if p.unit.name == nameReal {
			file, there := p.unit.subject.real[q.ID]
			if !there {
				continue
			}
			w.file = file
			real, err := picture.Open(file)
			if err != nil {
				return nil, err
			}
			w.source = real.Hash()
			all = append(all, w)
			continue
		}
		for _, seed := range p.unit.seeds {
			w.seed = seed
			all = append(all, w)
		}
	}
	return all, nil
}

// plan finds what is to be drawn, and takes out what has another's place. Where a
// scorer is another one, all pictures that were kept are scored anew.
func (p *painting) plan() error {
	all, err := p.wants()
	if err != nil {
		return err
	}
	p.anew = p.stale()
	if p.anew {
		all = p.andThere(all)
	}
	p.drawn.Scorers = map[string]string{}
	for _, s := range p.scorers {
		p.drawn.Scorers[s.name] = s.hash
	}
	for _, w := range all {
		i := p.drawn.find(w)
		if i >= 0 && !p.anew {
			continue
		}
		if i >= 0 {
			if kept, err := p.reopen(p.drawn.Pictures[i]); err == nil {
				p.kept[len(p.todo)] = kept
			}
		}
		p.todo = append(p.todo, w)
	}
	if len(p.todo) == 0 {
		return nil
	}
	if p.anew {
		p.drawn.Pictures, p.drawn.embeds = nil, map[string][]measure.Embedding{}
		return nil
	}
	if err := p.drawn.readEmbeds(); err != nil {
		return err
	}
	p.drawn.remove(func(there drawnPicture) bool { return containsPlace(p.todo, there) })
	return nil
}

// andThere adds the pictures that are kept and have no other's place, though a smaller
// product does not want them: they need not be drawn again for the whole one.
func (p *painting) andThere(all []wanted) []wanted {
	for _, there := range p.drawn.Pictures {
		if there.File == "" || containsPlace(all, there) || !exists(filepath.Join(p.drawn.dir, there.File)) {
			continue
		}
		all = append(all, wanted{prompt: Prompt{ID: there.Prompt, Text: there.Text}, compared: there.Compared, seed: there.Seed, source: there.Source})
	}
	return all
}

func containsPlace(list []wanted, there drawnPicture) bool {
	for _, w := range list {
		if w.place(there) {
			return true
		}
	}
	return false
}

// stale says whether the scores are of other scorers.
func (p *painting) stale() bool {
	if len(p.drawn.Pictures) == 0 {
		return false
	}
	for _, s := range p.scorers {
		if p.drawn.Scorers[s.name] != s.hash {
			return true
		}
	}
	return len(p.drawn.Scorers) != len(p.scorers)
}

// reopen reads a picture that was kept.
func (p *painting) reopen(there drawnPicture) (*picture.Picture, error) {
	if there.File == "" {
		return nil, fmt.Errorf("it was not kept")
	}
	return picture.Open(filepath.Join(p.drawn.dir, there.File))
}

// work draws chunk by chunk; each is kept before the next begins. Where all is scored
// anew the old record stays until the new one is whole: it names the pictures that are
// kept.
func (p *painting) work(ctx context.Context) error {
	for from := 0; from < len(p.todo); from += chunk {
		to := min(from+chunk, len(p.todo))
		pictures, err := p.pictures(ctx, from, to)
		if err != nil {
			return err
		}
		if err := p.keep(ctx, from, p.todo[from:to], pictures); err != nil {
			return err
		}
		p.pace.drew(to - from)
		p.tell(Progress{Drawn: to, DrawingOf: len(p.todo)})
	}
	if p.anew {
		return p.drawn.write()
	}
	return nil
}

// pictures draws a chunk, one request for each run of seeds of a prompt; what is there
// already is taken or read.
func (p *painting) pictures(ctx context.Context, from, to int) ([]*picture.Picture, error) {
	var all []*picture.Picture
	for len(all) < to-from {
		i := from + len(all)
		if there, err := p.there(i); there != nil || err != nil {
			if err != nil {
				return nil, err
			}
			all = append(all, there)
			continue
		}
		images, err := p.pipeline.Generate(ctx, p.request(p.todo[i], p.runOfSeeds(i, to)))
		if err != nil {
			return nil, err
		}
		for _, image := range images {
			all = append(all, image.Picture)
		}
	}
	return all, nil
}

// there is a picture that need not be drawn: one that was kept, or a real one; nil for
// others.
func (p *painting) there(i int) (*picture.Picture, error) {
	if kept := p.kept[i]; kept != nil || p.todo[i].file == "" {
		return kept, nil
	}
	return picture.Open(p.todo[i].file)
}

// runOfSeeds is how many pictures from one on are of one prompt and of seeds in turn.
func (p *painting) runOfSeeds(i, to int) int {
	n := 1
	for i+n < to && p.kept[i+n] == nil && p.todo[i+n].prompt.ID == p.todo[i].prompt.ID && p.todo[i+n].seed == p.todo[i].seed+uint64(n) {
		n++
	}
	return n
}

// request is what draws a prompt with so many seeds.
func (p *painting) request(w wanted, count int) diffusion.Request {
	s := p.protocol.Sampling
	r := diffusion.Request{Steps: s.Steps, GuidanceScale: s.Guidance, Sampler: s.Sampler, Seed: w.seed, Count: count, Batch: count, Prompt: w.compared}
	if p.concept != nil {
		r.Prompt = strings.ReplaceAll(w.prompt.Text, subjectMark, p.subjectWord(w.prompt.Lang))
		r.Concepts = []diffusion.Use{{Concept: p.concept, Weight: 1, Guided: p.unit.method.Guided}}
	}
	return r
}

// subjectWord is how prompts name what was learned, with the class in the prompt's
// language where it is said.
func (p *painting) subjectWord(lang string) string {
	return p.concept.InPrompts(p.unit.subject.class.In(lang))
}

// keep scores a chunk, which begins at from, and writes it unless all is scored anew.
func (p *painting) keep(ctx context.Context, from int, list []wanted, pictures []*picture.Picture) error {
	records, embeds, err := p.score(ctx, list, pictures)
	if err != nil {
		return err
	}
	for i, w := range list {
		if p.keeps(w) || p.kept[from+i] != nil {
			records[i].File = fmt.Sprintf("%s-%d.png", w.prompt.ID, w.seed)
			if err := p.save(records[i].File, pictures[i]); err != nil {
				return err
			}
		}
		p.drawn.add(records[i], embeds[i])
	}
	if p.anew {
		return nil
	}
	return p.drawn.write()
}

// score makes the records of pictures, with their embeddings by scorer and part.
func (p *painting) score(ctx context.Context, list []wanted, pictures []*picture.Picture) ([]drawnPicture, []map[string]measure.Embedding, error) {
	records, embeds := make([]drawnPicture, len(list)), make([]map[string]measure.Embedding, len(list))
	texts := make([]string, len(list))
	for i, w := range list {
		copying, err := measure.Copying(p.given.pictures, pictures[i])
		if err != nil {
			return nil, nil, err
		}
		records[i] = drawnPicture{Prompt: w.prompt.ID, Text: w.prompt.Text, Compared: w.compared, Seed: w.seed, Source: w.source,
			Copying: copying.Value, Scores: map[string]Scores{}}
		embeds[i], texts[i] = map[string]measure.Embedding{}, w.compared
	}
	for _, s := range p.scorers {
		scores, parts, err := s.score(ctx, p.given, pictures, texts)
		if err != nil {
			return nil, nil, fmt.Errorf("score by %s: %w", s.name, err)
		}
		for i := range list {
			records[i].Scores[s.name] = scores[i]
			for part, e := range parts {
				embeds[i][embedName(s.name, part)] = e[i]
			}
		}
	}
	return records, embeds, nil
}

// keeps says whether a picture is to be kept. Real ones are there already, but their
// place may not be there when the report is made.
func (p *painting) keeps(w wanted) bool {
	switch p.keepPictures {
	case KeepAll:
		return true
	case KeepGrid:
		return w.file != "" || w.seed == p.protocol.Seeds[0]
	}
	return false
}

func (p *painting) save(file string, drawn *picture.Picture) error {
	path := filepath.Join(p.drawn.dir, file)
	if err := makeParent(path); err != nil {
		return err
	}
	return picture.WriteFile(path, drawn, map[string]string{"Software": "ichimai"})
}
