package evaluate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/tuning"
)

// placeholder is the word of every subject.
const placeholder = "<it>"

// learned is what was learned of one subject by one setting: the record of a folder
// that holds the concepts of some numbers of steps.
type learned struct {
	Subject  string       `json:"subject"`
	Method   string       `json:"method"` // of package tuning
	Setting  string       `json:"setting"`
	Identity string       `json:"identity"` // the settings
	Steps    map[int]look `json:"steps"`

	dir string
}

// look is a concept after some steps, and what it took.
type look struct {
	// Seconds is the time from reading the picture on, without the other looks.
	Seconds float64 `json:"seconds"`
	// Timed is false where the run was interrupted before, so that Seconds is not known.
	Timed bool `json:"timed"`
	// Of Seconds, Prepared went by before the first step, Starting in the first step
	// beyond what later ones take, which is the building and loading of its program; 0
	// where there was one step alone. Step is the mean of the later ones.
	Prepared float64 `json:"prepared"`
	Starting float64 `json:"starting"`
	Step     float64 `json:"step"`
}

const learnedFile = "learned.json"

func (l *learned) path(steps int) string {
	return filepath.Join(l.dir, fmt.Sprintf("step-%06d.safetensors", steps))
}

func openLearned(dir string) (*learned, error) {
	l := &learned{Steps: map[int]look{}}
	_, err := readJSON(filepath.Join(dir, learnedFile), l)
	l.dir = dir
	return l, err
}

// has says whether the concept after some steps is there.
func (l *learned) has(steps int) bool {
	_, known := l.Steps[steps]
	if !known {
		return false
	}
	_, err := os.Stat(l.path(steps))
	return err == nil
}

// add keeps a concept.
func (l *learned) add(steps int, c *concept.Concept, took look) error {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	if err := c.Write(l.path(steps)); err != nil {
		return err
	}
	l.Steps[steps] = took
	return writeJSON(filepath.Join(l.dir, learnedFile), l)
}

// learnedDir is where what a unit learns is kept. steps counts where the first steps
// of a long run are not those of a short one.
func (r *runner) learnedDir(ctx context.Context, u unit, steps int) (dir string, s tuning.Settings, err error) {
	s, err = u.method.settings(u.candidate, r.small, steps)
	if err != nil {
		return "", s, err
	}
	id, err := identity(s)
	if err != nil {
		return "", s, err
	}
	g, err := r.given(u.subject)
	if err != nil {
		return "", s, err
	}
	parts := []string{formatLearned, r.modelHash, u.method.Method, id, g.hash, r.classWord(u)}
	if u.method.Method == encoderMethod {
		h, err := r.encoderHash(ctx, u.method)
		if err != nil {
			return "", s, err
		}
		parts = append(parts, h)
	}
	// Named after the way to learn, so that methods that only draw otherwise share it.
	folder := fmt.Sprintf("%s-%s", slug(u.method.Method), digest(parts...))
	return filepath.Join(r.store, "learned", slug(u.subject.name), folder), s, nil
}

// formatLearned changes when what is kept would be read otherwise.
const formatLearned = "learned 1"

// classWord is the subject's word in English for the methods that begin with one, as
// their papers do; the encoder is told nothing unless the protocol says so.
func (r *runner) classWord(u unit) string {
	if u.method.Method == encoderMethod && !u.method.ClassWord {
		return ""
	}
	return u.subject.class.EN
}

// learn makes the concepts of a unit that are not there yet, and gives the folder of
// each number of steps.
func (r *runner) learn(ctx context.Context, u unit) (map[int]*learned, error) {
	byStep := map[int]*learned{}
	missing := map[string][]int{} // by folder
	var order []string
	for _, n := range u.steps {
		dir, _, err := r.learnedDir(ctx, u, n)
		if err != nil {
			return nil, err
		}
		l, err := openLearned(dir)
		if err != nil {
			return nil, err
		}
		if byStep[n] = l; l.has(n) {
			continue
		}
		if missing[dir] == nil {
			order = append(order, dir)
		}
		missing[dir] = append(missing[dir], n)
	}
	for _, dir := range order {
		l, err := r.learnInto(ctx, u, dir, missing[dir])
		if err != nil {
			return nil, err
		}
		for _, n := range missing[dir] {
			byStep[n] = l
		}
	}
	return byStep, nil
}

// learnInto learns for the largest of some numbers of steps, and keeps the concepts
// of all of them.
func (r *runner) learnInto(ctx context.Context, u unit, dir string, steps []int) (*learned, error) {
	most := slices.Max(steps)
	l, s, err := r.beginLearned(ctx, u, dir, most)
	if err != nil {
		return nil, err
	}
	if err := r.warmUp(ctx, u, s); err != nil {
		return nil, err
	}
	job, err := r.job(u, s)
	if err != nil {
		return nil, err
	}
	w, err := r.watchRun(u, l, &job, steps)
	if err != nil {
		return nil, err
	}
	w.start()
	c, err := tuning.Learn(ctx, u.method.Method, job)
	if err != nil {
		return nil, err
	}
	if !l.has(most) {
		if err := l.add(most, c, w.look(r.spent(u))); err != nil {
			return nil, err
		}
	}
	return l, os.RemoveAll(job.Dir)
}

// beginLearned opens a folder's record for a run of so many steps.
func (r *runner) beginLearned(ctx context.Context, u unit, dir string, steps int) (*learned, tuning.Settings, error) {
	l, err := openLearned(dir)
	if err != nil {
		return nil, tuning.Settings{}, err
	}
	_, s, err := r.learnedDir(ctx, u, steps)
	if err != nil {
		return nil, s, err
	}
	l.Subject, l.Method, l.Setting = u.subject.name, u.method.Method, u.candidate.label
	l.Identity, err = identity(s)
	return l, s, err
}

// watchRun gives a job its folder and has it timed and, where one run serves several
// numbers of steps, looked at on the way.
func (r *runner) watchRun(u unit, l *learned, job *tuning.Job, steps []int) (*watch, error) {
	job.Dir = filepath.Join(l.dir, "run")
	w := &watch{now: r.now, resumed: exists(filepath.Join(job.Dir, tuning.StateFile))}
	if !w.resumed { // what a start without a state left would count as no time
		if err := os.RemoveAll(job.Dir); err != nil {
			return nil, err
		}
	}
	r.class.credit = 0
	job.Report = func(p tuning.Progress) {
		w.report(p)
		if p.Event == tuning.EventStep {
			r.tell(Progress{Learning: p.Step, LearningSteps: p.Steps})
		}
	}
	if !prefixed(job.Settings) {
		return w, nil
	}
	job.Settings.PreviewEvery = spacing(steps)
	job.Preview = func(_ context.Context, step int, c *concept.Concept) error {
		defer w.pause()
		if !slices.Contains(steps, step) {
			return nil
		}
		return l.add(step, c, w.look(r.spent(u)))
	}
	return w, nil
}

// spent is what a unit's time has beside the learning: reading the picture, and the
// class pictures that were taken from another setting's.
func (r *runner) spent(u unit) time.Duration {
	g, err := r.given(u.subject)
	if err != nil { // it was read before
		return r.class.credit
	}
	return g.took + r.class.credit
}

// job is what a unit learns.
func (r *runner) job(u unit, s tuning.Settings) (tuning.Job, error) {
	g, err := r.given(u.subject)
	if err != nil {
		return tuning.Job{}, err
	}
	return tuning.Job{
		Model: r.model, Pictures: g.pictures, Name: u.subject.name, Placeholder: placeholder, ClassWord: r.classWord(u),
		Encoder: r.protocol.Folder(u.method.Encoder), Settings: s, Created: r.now(), Draw: r.class.draw,
	}, nil
}

// warmUp learns a step that is not kept before a setting is timed for the first time,
// so that nothing is compiled in what is timed.
func (r *runner) warmUp(ctx context.Context, u unit, s tuning.Settings) error {
	key := u.name + "\n" + u.candidate.label
	if r.warm[key] {
		return nil
	}
	s.Steps, s.Choose = 1, "last"
	job, err := r.job(u, s)
	if err != nil {
		return err
	}
	if _, err := tuning.Learn(ctx, u.method.Method, job); err != nil {
		return err
	}
	r.warm[key] = true
	return nil
}

// spacing is every how many steps all of some numbers lie.
func spacing(steps []int) int {
	d := 0
	for _, n := range steps {
		for n != 0 {
			d, n = n, d%n
		}
	}
	return d
}
