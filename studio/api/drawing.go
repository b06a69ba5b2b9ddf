package api

import (
	"context"
	"net/http"

	"github.com/ichimai/ichimai/studio/workspace"
)

// GenerateRequest asks for pictures of one prompt.
type GenerateRequest struct {
	Prompt         string            `json:"prompt,omitempty" doc:"Ignored with a template"`
	NegativePrompt string            `json:"negative_prompt,omitempty" doc:"Added to the template's"`
	TemplateID     string            `json:"template_id,omitempty"`
	Fields         map[string]string `json:"fields,omitempty" doc:"Of the template"`
	ConceptIDs     []string          `json:"concept_ids,omitempty" nullable:"false"`
	Width          int               `json:"width,omitempty" doc:"Pixels; 0 leaves it to the model"`
	Height         int               `json:"height,omitempty" doc:"Pixels; 0 leaves it to the model"`
	Count          int               `json:"count,omitempty" doc:"Pictures; 0 is 1"`
	Seed           *int64            `json:"seed,omitempty" doc:"Of the first picture; the next has the next. Absent for a random one"`
	Steps          int               `json:"steps,omitempty" doc:"0 is the model's own number"`
	Guidance       float64           `json:"guidance,omitempty" doc:"0 is the model's own"`
	Fidelity       *float64          `json:"fidelity,omitempty" doc:"0 to 1; absent for each concept's own"`
	Name           string            `json:"name,omitempty" doc:"Of the pictures"`
}

func (r GenerateRequest) asked() workspace.GenerateRequest {
	return workspace.GenerateRequest{
		Prompt: r.Prompt, NegativePrompt: r.NegativePrompt, TemplateID: r.TemplateID, Fields: r.Fields, ConceptIDs: r.ConceptIDs,
		Width: r.Width, Height: r.Height, Count: r.Count, Seed: r.Seed, Steps: r.Steps, Guidance: r.Guidance,
		Fidelity: r.Fidelity, Name: r.Name,
	}
}

// BatchRequest asks for pictures of a table's rows with one template.
type BatchRequest struct {
	TemplateID string              `json:"template_id"`
	ConceptIDs []string            `json:"concept_ids,omitempty" nullable:"false"`
	Rows       []map[string]string `json:"rows" nullable:"false" doc:"Fields of the template, name for the picture's, and concept: the name or id of the concept that the row is drawn with (several with ; between), in place of concept_ids; its placeholder fills a field product that the row does not"`
	PerRow     int                 `json:"per_row,omitempty" doc:"Pictures of each row; 0 is 1"`
	Width      int                 `json:"width,omitempty" doc:"Pixels; 0 leaves it to the model"`
	Height     int                 `json:"height,omitempty" doc:"Pixels; 0 leaves it to the model"`
	Seed       *int64              `json:"seed,omitempty" doc:"Of the first picture; the next has the next. Absent for a random one"`
	Steps      int                 `json:"steps,omitempty" doc:"0 is the model's own number"`
	Guidance   float64             `json:"guidance,omitempty" doc:"0 is the model's own"`
	Fidelity   *float64            `json:"fidelity,omitempty" doc:"0 to 1; absent for each concept's own"`
}

func (r BatchRequest) asked() workspace.BatchRequest {
	return workspace.BatchRequest{
		TemplateID: r.TemplateID, ConceptIDs: r.ConceptIDs, Rows: r.Rows, PerRow: r.PerRow, Width: r.Width, Height: r.Height,
		Seed: r.Seed, Steps: r.Steps, Guidance: r.Guidance, Fidelity: r.Fidelity,
	}
}

// Plan says what a batch would take.
type Plan struct {
	Count   int     `json:"count" doc:"Pictures"`
	Seconds float64 `json:"seconds" doc:"On this machine, once the batch has its turn; 0 where nothing was drawn yet"`
	Bytes   int64   `json:"bytes" doc:"On disk"`

	Concepts []PlannedConcept `json:"concepts" nullable:"false" doc:"That are drawn, in the order of their first picture"`
}

// PlannedConcept is a concept of a batch.
type PlannedConcept struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Version  int    `json:"version"`
	Pictures int    `json:"pictures"`
}

func planOf(p workspace.Plan) Plan {
	concepts := each(p.Concepts, func(c workspace.PlannedConcept) PlannedConcept { return PlannedConcept(c) })
	return Plan{Count: p.Count, Seconds: p.Seconds, Bytes: p.Bytes, Concepts: concepts}
}

type inGenerate struct {
	InProject
	Body GenerateRequest
}

type inBatch struct {
	InProject
	Body BatchRequest
}

type inExport struct {
	InProject
	Body struct {
		PictureIDs []string `json:"picture_ids" nullable:"false"`
		Format     string   `json:"format" doc:"One of the policy's formats"`
	}
}

// batchBody bounds a batch's table, in bytes.
const batchBody = 8 << 20

func (s *server) drawings() {
	handle(s, operation{
		id: "generate", method: http.MethodPost, path: "/projects/{project}/generate", tag: tagDrawing, status: http.StatusAccepted,
		summary: text{"Draw pictures of a prompt", "プロンプトから画像を生成"},
	}, func(ctx context.Context, actor workspace.Actor, in *inGenerate) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.Generate(ctx, actor, in.Project, in.Body.asked()))
	})
	handle(s, operation{
		id: "batch", method: http.MethodPost, path: "/projects/{project}/batches", tag: tagDrawing, status: http.StatusAccepted,
		summary: text{"Draw pictures of a table and a template", "表とテンプレートから画像を一括生成"}, maxBody: batchBody,
	}, func(ctx context.Context, actor workspace.Actor, in *inBatch) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.Batch(ctx, actor, in.Project, in.Body.asked()))
	})
	handle(s, operation{
		id: "plan-batch", method: http.MethodPost, path: "/projects/{project}/batches/plan", tag: tagDrawing,
		summary: text{"Say what a batch would take, without drawing", "一括生成の所要量を見積もり"}, maxBody: batchBody,
	}, func(ctx context.Context, actor workspace.Actor, in *inBatch) (*answer[Plan], error) {
		return reply(planOf)(s.work.PlanBatch(ctx, actor, in.Project, in.Body.asked()))
	})
	handle(s, operation{
		id: "export", method: http.MethodPost, path: "/projects/{project}/exports", tag: tagDrawing, status: http.StatusAccepted,
		summary: text{"Pack pictures into one file", "画像を1つのファイルに書き出し"},
		detail:  "The job's result_blob is the file.",
	}, func(ctx context.Context, actor workspace.Actor, in *inExport) (*answer[Job], error) {
		r := workspace.ExportRequest{PictureIDs: in.Body.PictureIDs, Format: in.Body.Format}
		return reply(readerOf(ctx).job)(s.work.Export(ctx, actor, in.Project, r))
	})
}
