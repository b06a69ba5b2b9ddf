package draw

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/tuning"
)

// Learn is jobs.Runner's. The default method is that which is the fastest with
// the model: from what its encoder predicts, where it has one.
func (r *Runner) Learn(ctx context.Context, task jobs.LearnTask, report jobs.Report) (learned jobs.Learned, err error) {
	err = r.exclusive(ctx, func(o *opened) error {
		l := &learning{opened: o, task: task, report: report, scratch: r.options.Scratch}
		learned, err = l.run(ctx)
		return told(err)
	})
	if err != nil {
		return jobs.Learned{}, err
	}
	return learned, nil
}

// learning is a task under way.
type learning struct {
	*opened
	task    jobs.LearnTask
	report  jobs.Report
	scratch string
	last    studio.Progress
}

// previews is how many pictures a run shows after the one before its first step.
const previews = 4

// run learns, draws what was learned once more in full, and scores that.
func (l *learning) run(ctx context.Context) (jobs.Learned, error) {
	c, err := l.learn(ctx)
	if err != nil {
		return jobs.Learned{}, err
	}
	base, err := l.model.BaseHash(ctx)
	if err != nil {
		return jobs.Learned{}, fmt.Errorf("identify the model: %w", err)
	}
	learned := jobs.Learned{Method: c.Method, ModelHash: base, Fidelity: ownFidelity(c), Alpha: ownFidelity(c)}
	if learned.Preview, learned.Scores, err = l.judge(ctx, c); err != nil {
		return jobs.Learned{}, err
	}
	if learned.File, err = bytesOf(c, l.scratch); err != nil {
		return jobs.Learned{}, err
	}
	return learned, nil
}

// learn runs the method, from where a run in the same folder was stopped. What an
// earlier version of the program left there is of no use, and is removed.
func (l *learning) learn(ctx context.Context) (*concept.Concept, error) {
	method, job, err := l.job()
	if err != nil {
		return nil, err
	}
	c, err := tuning.Learn(ctx, method, job)
	var other *tuning.SettingsError
	if errors.As(err, &other) {
		if err := empty(l.task.Folder); err != nil {
			return nil, err
		}
		return tuning.Learn(ctx, method, job)
	}
	return c, err
}

// job is the task as package tuning wants it.
func (l *learning) job() (string, tuning.Job, error) {
	method := l.task.Method
	switch {
	case method == "":
		method = tuning.Methods()[0]
	case method == "dreambooth_lora" && l.task.ClassWord == "":
		return "", tuning.Job{}, &studio.Error{Code: studio.Invalid, Field: "class_word",
			English:  "method dreambooth_lora needs a word for the kind of thing (class_word), such as shoe; give one, or choose another method",
			Japanese: "学習方法dreambooth_loraには、「靴」のようなものの種類（class_word）の指定が必要です。種類を指定するか、ほかの学習方法を選択してください。"}
	}
	settings, err := tuning.Defaults(method, l.small)
	if err != nil {
		return "", tuning.Job{}, studio.Errorf(studio.Invalid, "there is no method %q", "学習方法%qはありません。", method)
	}
	if l.task.Steps > 0 {
		settings.Steps = l.task.Steps
	}
	settings.PreviewEvery = max(1, (settings.Steps+previews-1)/previews)
	job := tuning.Job{
		Model: l.model, Pictures: l.task.Pictures, Name: l.task.Name, Placeholder: l.task.Placeholder, ClassWord: l.task.ClassWord,
		Settings: settings, Dir: l.task.Folder, Created: l.task.Created,
		Room: l.fits, Report: l.step, Preview: l.preview,
	}
	for _, s := range l.task.Sources {
		job.Sources = append(job.Sources, concept.Source{Name: s.Name, SHA256: s.SHA256})
	}
	return method, job, nil
}

// step reports a step of learning.
func (l *learning) step(p tuning.Progress) {
	l.last = studio.Progress{Step: p.Step, Steps: p.Steps, Message: jobs.MessageLearning}
	switch p.Event {
	case tuning.EventStep:
		if p.Rate > 0 {
			l.last.Rate, l.last.Left = p.Rate, p.Left.Truncate(1e6)
		}
	case tuning.EventPrepared, tuning.EventStart, tuning.EventResumed:
		l.last.Message = jobs.MessagePreparing
	}
	l.report(l.last, nil)
}

// Steps of the sampler and how often it runs the whole UNet, for a preview:
// enough to see what it is.
const (
	previewSteps = 8
	previewCache = 2
)

// preview draws what was learned so far, roughly.
func (l *learning) preview(ctx context.Context, _ int, c *concept.Concept) error {
	r := l.portrait(c, plainScene)
	r.Steps = previewSteps
	if !l.small {
		r.DeepCache, r.GuidanceShare = previewCache, 0.5
	}
	images, err := l.pipeline.Generate(ctx, r)
	if err != nil {
		return err
	}
	l.report(l.last, images[0].Picture)
	return nil
}

// Scenes of a concept, with {} where the subject goes: what previews show, and what
// is compared with the pictures that were given. On a plain ground a small model
// shows most clearly what it knows; likeness to a photo needs one.
const (
	plainScene = "{} on a plain white background"
	photoScene = "a photo of {}"
)

// portrait asks for the subject in a scene.
func (l *learning) portrait(c *concept.Concept, scene string) diffusion.Request {
	subject := c.InPrompts(c.ClassWord)
	if c.Vectors() == 0 {
		subject = kind(c)
	}
	return diffusion.Request{Prompt: strings.ReplaceAll(scene, "{}", subject), Steps: l.steps(), GuidanceScale: l.guidance(), Seed: 1,
		Concepts: []diffusion.Use{{Concept: c, Weight: 1}}}
}

// judge draws the preview that is kept, and a photo of the subject, and scores
// both: the one by the text, the other by the pictures that were given.
func (l *learning) judge(ctx context.Context, c *concept.Concept) (*picture.Picture, map[string]float64, error) {
	l.last.Message = jobs.MessageScoring
	l.report(l.last, nil)
	given, err := l.critic.look(ctx, l.task.Pictures)
	if err != nil {
		return nil, nil, err
	}
	_, scores, err := l.scored(ctx, l.portrait(c, photoScene), given)
	if err != nil {
		return nil, nil, err
	}
	preview, byText, err := l.scored(ctx, l.portrait(c, plainScene), nil)
	maps.Copy(scores, byText)
	return preview, scores, err
}

func (l *learning) scored(ctx context.Context, r diffusion.Request, given *given) (*picture.Picture, map[string]float64, error) {
	images, err := l.pipeline.Generate(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	scores, err := l.critic.score(ctx, view{drawn: images[0].Picture, text: plainText(r.Prompt, r.Concepts), given: given})
	return images[0].Picture, scores, err
}

// bytesOf is a concept's file.
func bytesOf(c *concept.Concept, scratch string) (data []byte, err error) {
	dir, err := os.MkdirTemp(scratch, "concept-*")
	if err != nil {
		return nil, fmt.Errorf("write concept: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, tuning.ConceptFile)
	if err := c.Write(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// empty removes what a folder holds.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("empty the run's folder: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("empty the run's folder: %w", err)
		}
	}
	return nil
}
