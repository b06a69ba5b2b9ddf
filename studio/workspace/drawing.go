package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"github.com/ichimai/ichimai/studio"
)

// Bounds of drawing.
const (
	MaxCount     = 64   // pictures of one Generate
	MaxConcepts  = 4    // in one prompt
	MinSide      = 64   // pixels
	MaxSide      = 2048 // pixels
	MaxDrawSteps = 200
	MaxGuidance  = 50.0
	MaxSeed      = 1<<53 - 1 // which JSON keeps exactly everywhere
)

// GenerateRequest asks for pictures of one prompt.
type GenerateRequest struct {
	Prompt         string // ignored with a template
	NegativePrompt string // added to the template's
	TemplateID     string
	Fields         map[string]string // of the template
	ConceptIDs     []string          // whose placeholders the prompt has to contain
	Width, Height  int               // pixels; 0 leaves both to the template and then the model
	Count          int               // 0 is 1; at most MaxCount
	Seed           *int64            // of the first picture, the next has the next; nil draws one
	Steps          int               // 0 is the template's or the model's own number
	Guidance       float64           // 0 is the template's or the model's own
	Fidelity       *float64          // 0 to 1; nil is each concept's own
	Name           string            // of the pictures
}

// Drawing is what all pictures of a job share.
type Drawing struct {
	TemplateID string   `json:"template_id,omitempty"`
	ConceptIDs []string `json:"concept_ids,omitempty"` // that the job needs: those of all its shots
	Width      int      `json:"width,omitempty"`
	Height     int      `json:"height,omitempty"`
	Steps      int      `json:"steps,omitempty"`
	Guidance   float64  `json:"guidance,omitempty"`
	Fidelity   *float64 `json:"fidelity,omitempty"`
}

// Shot is one picture of a job. Its index is its place in the list.
type Shot struct {
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt,omitempty"`
	Seed           int64  `json:"seed"`
	Name           string `json:"name,omitempty"`

	Fields     map[string]string `json:"fields,omitempty"`     // of the template, with the values that they were filled with
	ConceptIDs []string          `json:"concept_ids,omitzero"` // nil: all of the job
}

// ConceptsOf are the concepts that a shot is drawn with, in the prompt's order.
func (d *Drawing) ConceptsOf(s Shot) []string {
	if s.ConceptIDs != nil {
		return s.ConceptIDs
	}
	return d.ConceptIDs
}

// GenerateParams are the Params of a job of kind generate.
type GenerateParams struct {
	Drawing
	Shots []Shot `json:"shots"`
}

// TemplateSettings are what a template's Settings may hold; a request's own
// values come first.
type TemplateSettings struct {
	Width    int     `json:"width,omitempty"`
	Height   int     `json:"height,omitempty"`
	Steps    int     `json:"steps,omitempty"`
	Guidance float64 `json:"guidance,omitempty"`
}

// Generate makes a job that draws pictures of one prompt. The concepts have to be
// usable, the prompt free of blocked words, and the actor has to have accepted
// the guideline.
func (w *Workspace) Generate(ctx context.Context, actor Actor, project string, r GenerateRequest) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		params, err := c.generateParams(r)
		if err != nil {
			return err
		}
		j, err = c.enqueue(studio.JobGenerate, params, fields{"pictures": len(params.Shots), "concepts": params.ConceptIDs})
		return err
	})
	if err != nil {
		return studio.Job{}, err
	}
	return j, nil
}

func (c *call) generateParams(r GenerateRequest) (GenerateParams, error) {
	p := GenerateParams{Drawing: Drawing{r.TemplateID, r.ConceptIDs, r.Width, r.Height, r.Steps, r.Guidance, r.Fidelity}}
	count := cmp.Or(r.Count, 1)
	if count < 1 || count > MaxCount {
		return p, invalid("count", "has to be from 1 to %d", "1から%dの範囲で指定してください。", MaxCount)
	}
	seed, err := firstSeed(r.Seed)
	if err != nil {
		return p, err
	}
	template, err := c.prepare(&p.Drawing)
	if err != nil {
		return p, err
	}
	shot := Shot{Prompt: r.Prompt, NegativePrompt: r.NegativePrompt, Name: oneLine(r.Name, studio.MaxName)}
	if r.TemplateID != "" {
		if shot.Prompt, shot.NegativePrompt, err = fill(template, r.Fields, r.NegativePrompt); err != nil {
			return p, err
		}
		shot.Fields = fieldsOf(template, r.Fields)
	}
	for i := range count {
		shot.Seed = seed + int64(i)
		p.Shots = append(p.Shots, shot)
	}
	return p, c.checkShots(p.ConceptIDs, p.Shots[:1])
}

// prepare checks what all pictures share and takes the template's settings where
// the request has none.
func (c *call) prepare(d *Drawing) (t studio.Template, err error) {
	if err := c.acknowledged(); err != nil {
		return t, err
	}
	if d.TemplateID != "" {
		if t, err = c.Tx.Template(c.project.ID, d.TemplateID); err != nil {
			return t, err
		}
		if err := d.take(t.Settings); err != nil {
			return t, err
		}
	}
	if err := d.check(); err != nil {
		return t, err
	}
	return t, c.usable(d.ConceptIDs...)
}

func (d *Drawing) take(settings json.RawMessage) error {
	var s TemplateSettings
	if len(settings) == 0 {
		return nil
	}
	if err := json.Unmarshal(settings, &s); err != nil {
		return invalid("settings", "are not those of a template", "テンプレートの設定として読み込めません。")
	}
	if d.Width == 0 && d.Height == 0 {
		d.Width, d.Height = s.Width, s.Height
	}
	d.Steps, d.Guidance = cmp.Or(d.Steps, s.Steps), cmp.Or(d.Guidance, s.Guidance)
	return nil
}

func (d *Drawing) check() error {
	side := func(n int) bool { return n >= MinSide && n <= MaxSide }
	switch {
	case (d.Width != 0 || d.Height != 0) && !(side(d.Width) && side(d.Height)):
		return invalid("width", "both sides have to be from %d to %d pixels, or both 0", "幅と高さは%dから%dピクセルの範囲で、両方とも指定してください。", MinSide, MaxSide)
	case d.Steps < 0 || d.Steps > MaxDrawSteps:
		return invalid("steps", "has to be from 0 to %d", "0から%dの範囲で指定してください。", MaxDrawSteps)
	case !(d.Guidance >= 0 && d.Guidance <= MaxGuidance): // also refuses what is no number
		return invalid("guidance", "has to be from 0 to %v", "0から%vの範囲で指定してください。", MaxGuidance)
	case d.Fidelity != nil && !(*d.Fidelity >= 0 && *d.Fidelity <= 1):
		return invalid("fidelity", "has to be from 0 to 1", "0から1の範囲で指定してください。")
	case len(d.ConceptIDs) > MaxConcepts:
		return invalid("concept_ids", "at most %d concepts can be in one picture", "1枚の画像に使えるコンセプトは%d個までです。", MaxConcepts)
	}
	return nil
}

// firstSeed is the one that was asked for, or a random one that is easy to type.
func firstSeed(asked *int64) (int64, error) {
	if asked == nil {
		return rand.Int64N(1 << 31), nil
	}
	if *asked < 0 || *asked > MaxSeed-MaxBatch {
		return 0, invalid("seed", "has to be from 0 to %d", "0から%dの範囲で指定してください。", int64(MaxSeed-MaxBatch))
	}
	return *asked, nil
}

// fill renders a template and adds to its negative prompt.
func fill(t studio.Template, values map[string]string, negative string) (string, string, error) {
	prompt, own, err := t.Fill(values)
	if err != nil {
		return "", "", err
	}
	if own != "" && strings.TrimSpace(negative) != "" {
		own += ", "
	}
	return prompt, own + negative, nil
}

// fieldsOf are a template's fields with the values that Fill takes.
func fieldsOf(t studio.Template, values map[string]string) map[string]string {
	var fields map[string]string
	for _, name := range t.Fields() {
		value, there := values[name]
		if !there {
			value = t.Defaults[name]
		}
		if fields == nil {
			fields = map[string]string{}
		}
		fields[name] = value
	}
	return fields
}

// checkShots looks at the words of prompts.
func (c *call) checkShots(concepts []string, shots []Shot) error {
	var placeholders []string
	for _, id := range concepts {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return err
		}
		for _, other := range placeholders {
			if other == v.Placeholder {
				return invalid("concept_ids", "two of them have the placeholder %s", "プレースホルダー「%s」を使うコンセプトが2つあります。", other)
			}
		}
		placeholders = append(placeholders, v.Placeholder)
	}
	prompts := make([]string, len(shots))
	for i, s := range shots {
		if err := checkPrompts(s, placeholders); err != nil {
			return err
		}
		prompts[i] = s.Prompt
	}
	return c.checkWords(prompts...)
}

func checkPrompts(s Shot, placeholders []string) error {
	if strings.TrimSpace(s.Prompt) == "" {
		return invalid("prompt", "is empty; say what to draw", "入力されていません。描きたい内容を入力してください。")
	}
	for field, text := range map[string]string{"prompt": s.Prompt, "negative_prompt": s.NegativePrompt} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return invalid(field, "is not valid UTF-8 text", "文字コードがUTF-8ではありません。")
		}
		if n := utf8.RuneCountInString(text); n > studio.MaxText {
			return invalid(field, "has %d characters; at most %d are allowed", "%d文字あります。%d文字以内で入力してください。", n, studio.MaxText)
		}
	}
	for _, token := range placeholders {
		if !strings.Contains(s.Prompt, token) {
			return invalid("prompt", "does not mention %s", "プロンプトに「%s」が含まれていません。", token)
		}
	}
	return nil
}

// braces turns those of a prompt into parentheses, where they would be fields.
var braces = strings.NewReplacer("{", "(", "}", ")")
