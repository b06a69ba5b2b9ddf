package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/ichimai/ichimai/studio"
)

// MaxBatch is the most pictures of one Batch.
const MaxBatch = 2000

// Columns of a table beside the template's fields.
const (
	NameField    = "name"    // names the pictures of a row
	ConceptField = "concept" // names the concepts of a row, unless the template has a field of this name
)

// BatchRequest asks for pictures of a table's rows with one template.
type BatchRequest struct {
	TemplateID    string
	ConceptIDs    []string            // of rows that name none of their own
	Rows          []map[string]string // fields of the template, NameField and ConceptField; other columns are ignored
	Columns       map[string]string   // what the table calls them, for errors; nil for their own names
	PerRow        int                 // pictures of each row; 0 is 1
	Width, Height int
	Seed          *int64
	Steps         int
	Guidance      float64
	Fidelity      *float64
}

// BatchParams are the Params of a job of kind batch: row after row, each row's
// pictures together.
type BatchParams struct {
	Drawing
	PerRow int    `json:"per_row"`
	Shots  []Shot `json:"shots"`
}

// Plan says what a batch would take.
type Plan struct {
	Count   int     // pictures
	Seconds float64 // as this machine has drawn lately, once the batch has its turn; 0 where nothing was drawn yet
	Bytes   int64   // on disk, as the project's pictures take; where there are none, at most

	Concepts []PlannedConcept // that are drawn, in the order of their first picture
}

// PlannedConcept is a concept of a batch.
type PlannedConcept struct {
	ID       string
	Name     string
	Version  int
	Pictures int
}

// Batch makes a job that draws pictures of each row. A row's concepts are those that
// its column [ConceptField] names (see [ConceptsNamed]), else the request's. What
// Generate asks for holds for every row; an error says which row is wrong, counted
// from 1, and where it is one column which.
func (w *Workspace) Batch(ctx context.Context, actor Actor, project string, r BatchRequest) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		params, err := c.batchParams(r)
		if err != nil {
			return err
		}
		j, err = c.enqueue(studio.JobBatch, params, fields{"pictures": len(params.Shots), "rows": len(r.Rows), "template": r.TemplateID, "concepts": params.ConceptIDs})
		return err
	})
	if err != nil {
		return studio.Job{}, err
	}
	return j, nil
}

// PlanBatch checks a batch as Batch does and says what it would take.
func (w *Workspace) PlanBatch(ctx context.Context, actor Actor, project string, r BatchRequest) (plan Plan, err error) {
	err = w.view(ctx, actor, project, mayCreate, func(c *call) error {
		params, err := c.batchParams(r)
		if err != nil {
			return err
		}
		plan.Count = len(params.Shots)
		if plan.Concepts, err = c.plannedConcepts(params); err != nil {
			return err
		}
		if plan.Bytes, err = c.estimateBytes(params.Drawing, plan.Count); err != nil {
			return err
		}
		each, err := c.secondsEach()
		plan.Seconds = each * float64(plan.Count)
		return err
	})
	return plan, err
}

func (c *call) batchParams(r BatchRequest) (BatchParams, error) {
	p := BatchParams{
		Drawing: Drawing{r.TemplateID, r.ConceptIDs, r.Width, r.Height, r.Steps, r.Guidance, r.Fidelity},
		PerRow:  cmp.Or(r.PerRow, 1),
	}
	if r.TemplateID == "" {
		return p, invalid("template_id", "a batch needs a template", "テンプレートを選択してください。")
	}
	if len(r.Rows) == 0 {
		return p, invalid("rows", "the table has no rows", "表に行がありません。")
	}
	if p.PerRow < 1 || p.PerRow > MaxCount || len(r.Rows) > MaxBatch || len(r.Rows)*p.PerRow > MaxBatch {
		return p, studio.Errorf(studio.TooLarge, "a batch may have at most %d pictures, and a row %d", "1回のバッチで作成できるのは%d枚まで、1行につき%d枚までです。", MaxBatch, MaxCount)
	}
	seed, err := firstSeed(r.Seed)
	if err != nil {
		return p, err
	}
	template, err := c.prepare(&p.Drawing)
	if err != nil {
		return p, err
	}
	concepts := rowConcepts{call: c, template: template, column: r.column(ConceptField)}
	for i, row := range r.Rows {
		shot, err := c.rowShot(template, &concepts, p.ConceptIDs, row)
		if err != nil {
			return p, inRow(i+1, err)
		}
		for range p.PerRow {
			shot.Seed = seed + int64(len(p.Shots))
			p.Shots = append(p.Shots, shot)
		}
	}
	p.gather()
	return p, nil
}

// column is what the table calls a field.
func (r *BatchRequest) column(field string) string { return cmp.Or(r.Columns[field], field) }

func (c *call) rowShot(t studio.Template, concepts *rowConcepts, shared []string, row map[string]string) (Shot, error) {
	own, err := concepts.of(row)
	if err != nil {
		return Shot{}, err
	}
	shot, err := RowShot(t, row, own)
	if err != nil {
		return shot, err
	}
	if own != nil {
		shared = shot.ConceptIDs
	}
	return shot, c.checkShots(shared, []Shot{shot})
}

// RowShot is the picture of a row, without its seed: the template with the row's
// fields. Where the row is of concepts of its own and fills no field {product},
// the first one's placeholder stands there.
func RowShot(t studio.Template, row map[string]string, own []studio.Concept) (shot Shot, err error) {
	shot.Name = oneLine(row[NameField], studio.MaxName)
	if len(own) > 0 {
		if _, there := row[studio.ProductField]; !there {
			row = maps.Clone(row)
			row[studio.ProductField] = own[0].Placeholder
		}
		for _, v := range own {
			shot.ConceptIDs = append(shot.ConceptIDs, v.ID)
		}
	}
	if shot.Prompt, shot.NegativePrompt, err = fill(t, row, ""); err != nil {
		return shot, err
	}
	shot.Fields = fieldsOf(t, row)
	return shot, nil
}

// inRow says in which row of the table something is wrong.
func inRow(row int, err error) error { return prefixed(err, "rows", "row %d: ", "%d行目：", row) }

// ofPicture says which picture something is wrong with.
func ofPicture(id string, err error) error {
	return prefixed(err, "picture_ids", "picture %s: ", "画像%s：", id)
}

// prefixed says in front of an error's message where in a field of the request it is.
func prefixed(err error, field, english, japanese string, where any) error {
	var e *studio.Error
	if !errors.As(err, &e) {
		return err
	}
	return &studio.Error{
		Code: e.Code, Field: field,
		English:  fmt.Sprintf(english, where) + e.English,
		Japanese: fmt.Sprintf(japanese, where) + e.Japanese,
	}
}

// plannedSide is the side of a picture whose size is left to the model.
const plannedSide = 512

// estimateBytes goes by the project's latest pictures, or by three bytes a pixel,
// which PNG does not pass by much.
func (c *call) estimateBytes(d Drawing, count int) (int64, error) {
	latest, err := c.ListPictures(c.project.ID, studio.PictureFilter{}, studio.Page{})
	if err != nil {
		return 0, err
	}
	var bytes, pixels int64
	for _, p := range latest.Items {
		bytes += p.Size
		pixels += int64(p.Width) * int64(p.Height)
	}
	each := 3.0
	if pixels > 0 {
		each = float64(bytes) / float64(pixels)
	}
	size := int64(cmp.Or(d.Width, plannedSide)) * int64(cmp.Or(d.Height, plannedSide))
	return int64(each * float64(size) * float64(count)), nil
}

// secondsEach is the mean time of a picture in the latest jobs of any project.
func (c *call) secondsEach() (float64, error) {
	var seconds float64
	var pictures int
	for _, kind := range []studio.JobKind{studio.JobGenerate, studio.JobBatch} {
		latest, err := c.ListAllJobs(studio.JobFilter{Kind: kind, State: studio.JobDone}, studio.Page{Limit: 10})
		if err != nil {
			return 0, err
		}
		for _, j := range latest.Items {
			var done DrawnPictures
			if err := json.Unmarshal(j.Result, &done); err != nil {
				continue // a result of another form says nothing about time
			}
			seconds += j.EndedAt.Sub(j.StartedAt).Seconds()
			pictures += len(done.Pictures)
		}
	}
	if pictures == 0 {
		return 0, nil
	}
	return seconds / float64(pictures), nil
}
