package draw

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
)

// Draw is jobs.Runner's. A picture is that of its shot alone: the same shot
// gives the same picture whatever was drawn before it.
func (r *Runner) Draw(ctx context.Context, task jobs.DrawTask, report jobs.Report, each func(jobs.Drawn) error) error {
	if len(task.Shots) == 0 {
		return errors.New("draw: there is nothing to draw")
	}
	return r.exclusive(ctx, func(o *opened) error {
		d, err := o.begin(ctx, task, report)
		if err != nil {
			return err
		}
		for i := range task.Shots {
			drawn, err := d.shoot(ctx, i)
			if err != nil {
				return fmt.Errorf("draw picture %d of %d: %w", i+1, len(task.Shots), told(err))
			}
			if err := each(drawn); err != nil {
				return err
			}
		}
		return nil
	})
}

// drawing is a task under way.
type drawing struct {
	*opened
	task    jobs.DrawTask
	request diffusion.Request // without what differs between shots
	given   *given
	report  jobs.Report
	start   time.Time
	steps   int // of the sampler that are done, of all shots
	calls   int // of the UNet for one picture; 0 until the first tells
}

// begin reads the concepts and the given pictures.
func (o *opened) begin(ctx context.Context, task jobs.DrawTask, report jobs.Report) (*drawing, error) {
	d := &drawing{opened: o, task: task, report: report, start: time.Now()}
	d.request = diffusion.Request{Steps: task.Steps, GuidanceScale: task.Guidance}
	if task.Steps == 0 {
		d.request.Steps = o.steps()
	}
	if task.Guidance == 0 {
		d.request.GuidanceScale = o.guidance()
	}
	d.request.Width, d.request.Height = o.size(task.Width, task.Height)
	for _, f := range task.Concepts {
		c, err := o.concepts.get(f)
		if err != nil {
			return nil, err
		}
		d.request.Concepts = append(d.request.Concepts, use(c, f.Fidelity))
	}
	if err := o.room(d.request); err != nil {
		return nil, err
	}
	var err error
	d.given, err = o.critic.look(ctx, task.Subjects)
	return d, err
}

// use is a concept at a fidelity. One that is the concept's own is left to it, so
// that what was compiled for its previews serves here too; another needs a second
// path to blend with.
func use(c *concept.Concept, fidelity float64) diffusion.Use {
	u := diffusion.Use{Concept: c, Weight: 1}
	if fidelity != ownFidelity(c) && strings.TrimSpace(c.NearestWord) != "" {
		u.Fidelity = &fidelity
	}
	return u
}

// ownFidelity is that of a concept of which nobody says otherwise.
func ownFidelity(c *concept.Concept) float64 {
	if c.Alpha == nil {
		return 1
	}
	return *c.Alpha
}

// room refuses what cannot fit into memory, before it is tried. A card's memory
// is not this machine's: there is nothing to say of it.
func (o *opened) room(r diffusion.Request) error {
	r.Prompt = "a photo"
	plan, err := o.model.Plan(r)
	if err != nil {
		return told(err)
	}
	return o.fits(plan.Working())
}

func (o *opened) fits(working int64) error {
	available := engine.ReadMemory().Available
	if o.model.Engine.Device() == engine.DeviceCUDA || available == 0 || uint64(working) <= available {
		return nil
	}
	const gib = 1 << 30
	return studio.Errorf(studio.TooLarge,
		"this needs about %.1f GiB of memory beside the model, and %.1f GiB are free; choose a smaller size",
		"モデルのほかに約%.1f GiBのメモリーが必要ですが、空きは%.1f GiBです。サイズを小さくしてください。",
		float64(working)/gib, float64(available)/gib)
}

// shoot draws, scores and describes one picture.
func (d *drawing) shoot(ctx context.Context, i int) (jobs.Drawn, error) {
	shot := d.task.Shots[i]
	shot.Prompt = said(shot.Prompt, d.request.Concepts)
	r := d.request
	r.Prompt, r.NegativePrompt, r.Seed = shot.Prompt, shot.NegativePrompt, uint64(shot.Seed)
	r.OnStep = func(v diffusion.Preview) { d.tell(ctx, i, v) }
	images, err := d.pipeline.Generate(ctx, r)
	if err != nil {
		return jobs.Drawn{}, err
	}
	image := images[0]
	scores, err := d.critic.score(ctx, view{drawn: image.Picture, text: plainText(shot.Prompt, d.request.Concepts), given: d.given})
	if err != nil {
		return jobs.Drawn{}, err
	}
	return jobs.Drawn{Shot: shot, Picture: image.Picture, Metadata: image.Metadata,
		Settings: []byte(image.Metadata[diffusion.MetadataOwn]), Scores: scores}, nil
}

// previewEvery is after how many steps of the sampler a rough view is shown.
const previewEvery = 5

// tell reports a step, and every few of them what the picture is about to be.
func (d *drawing) tell(ctx context.Context, shot int, v diffusion.Preview) {
	d.steps, d.calls = d.steps+1, v.Steps
	p := studio.Progress{Step: shot*v.Steps + v.Step, Steps: len(d.task.Shots) * v.Steps, Message: jobs.MessageDrawing}
	p.Rate, p.Left = pace(d.start, d.steps, p.Steps-p.Step)
	var rough *picture.Picture
	if v.Step%previewEvery == 0 {
		if view, err := v.Picture(ctx); err == nil { // a preview is no reason to fail
			rough = view.ResizeWith(d.request.Width, d.request.Height, picture.Bicubic)
		}
	}
	d.report(p, rough)
}

// pace is the steps a second since start, and how long the others take at that.
func pace(start time.Time, done, left int) (rate float64, remaining time.Duration) {
	took := time.Since(start)
	if done == 0 || took <= 0 {
		return 0, 0
	}
	rate = float64(done) / took.Seconds()
	return rate, (time.Duration(float64(left) / rate * float64(time.Second))).Truncate(time.Millisecond)
}

// said is a prompt with the kinds of things behind the placeholders of concepts that
// were learned so. One that would become too long to be kept stays as it is: no text
// encoder reads as far.
func said(prompt string, uses []diffusion.Use) string {
	whole := prompt
	for _, u := range uses {
		whole = u.Concept.Said(whole)
	}
	if utf8.RuneCountInString(whole) > studio.MaxText {
		return prompt
	}
	return whole
}

// plainText is a prompt in words that CLIP knows: a placeholder gives way to the
// kind of thing that it stands for, which is said once.
func plainText(prompt string, uses []diffusion.Use) string {
	for _, u := range uses {
		prompt = u.Concept.Named(prompt, kind(u.Concept))
	}
	return prompt
}

// kind is a word for what a concept is of.
func kind(c *concept.Concept) string {
	for _, word := range []string{c.ClassWord, c.NearestWord, c.InitWord} {
		if word = strings.TrimSpace(word); word != "" {
			return word
		}
	}
	return "thing"
}
