package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Concept is what was learned of one subject; each version is one.
type Concept struct {
	ID           string              `json:"id"`
	Revision     int64               `json:"revision"`
	CreatedAt    time.Time           `json:"created_at"`
	UpdatedAt    time.Time           `json:"updated_at"`
	CreatedBy    string              `json:"created_by,omitempty" doc:"User"`
	Name         string              `json:"name"`
	Placeholder  string              `json:"placeholder" doc:"What a prompt calls it, such as <mug>"`
	Version      int                 `json:"version" doc:"From 1"`
	ParentID     string              `json:"parent_id,omitempty" doc:"The version that this one came from"`
	SourceIDs    []string            `json:"source_ids" nullable:"false"`
	Blob         string              `json:"blob,omitempty" doc:"The concept file; absent before it is ready"`
	PreviewBlob  string              `json:"preview_blob,omitempty"`
	Method       string              `json:"method,omitempty"`
	ModelHash    string              `json:"model_hash,omitempty" doc:"Of the base model"`
	Fidelity     float64             `json:"fidelity" doc:"How strongly it draws the subject, 0 to 1"`
	Alpha        float64             `json:"alpha" doc:"The fraction of steps that the second path takes, 0 to 1"`
	Scores       map[string]float64  `json:"scores,omitempty"`
	State        studio.ConceptState `json:"state" enum:"learning,ready,failed,withdrawn"`
	Message      string              `json:"message,omitempty" doc:"Why it failed, in the language of Accept-Language"`
	WithdrawnAt  time.Time           `json:"withdrawn_at,omitzero"`
	WithdrawnWhy string              `json:"withdrawn_why,omitempty"`
}

func (r reader) concept(c studio.Concept) Concept {
	return Concept{
		ID: c.ID, Revision: c.Revision, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, CreatedBy: c.CreatedBy,
		Name: c.Name, Placeholder: c.Placeholder, Version: c.Version, ParentID: c.ParentID, SourceIDs: listed(c.SourceIDs),
		Blob: c.Blob, PreviewBlob: c.PreviewBlob, Method: c.Method, ModelHash: c.ModelHash, Fidelity: c.Fidelity, Alpha: c.Alpha,
		Scores: c.Scores, State: c.State, Message: c.Message.In(r.language), WithdrawnAt: c.WithdrawnAt, WithdrawnWhy: c.WithdrawnWhy,
	}
}

// listed is a list that JSON does not show as null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Learning is a new concept and the job that learns it.
type Learning struct {
	Concept Concept `json:"concept"`
	Job     Job     `json:"job"`
}

type inConcepts struct {
	InProject
	Paged
	Text   string              `query:"text" maxLength:"4000" doc:"Part of the name"`
	Name   string              `query:"name" maxLength:"200" doc:"The whole name: all its versions"`
	State  studio.ConceptState `query:"state" enum:"learning,ready,failed,withdrawn"`
	Source string              `query:"source" maxLength:"64" doc:"Those learned from this given picture"`
}

// LearnRequest asks for a concept to be learned.
type LearnRequest struct {
	Name        string   `json:"name,omitempty" doc:"Taken from the parent where there is one"`
	Placeholder string   `json:"placeholder,omitempty" doc:"What a prompt calls it, such as <mug>; taken from the parent where it is absent"`
	ClassWord   *string  `json:"class_word,omitempty" doc:"The kind of thing as one everyday word, such as shoe, at most 60 characters: pictures get better, and the method dreambooth_lora needs it. Absent for what the parent was told, empty for none"`
	SourceIDs   []string `json:"source_ids" nullable:"false"`
	ParentID    string   `json:"parent_id,omitempty" doc:"The version that this one goes on from"`
	Method      string   `json:"method,omitempty" doc:"One of the model's ways to learn; absent for its own choice"`
	Steps       int      `json:"steps,omitempty" doc:"0 is the method's own number"`
	Scenes      []Scene  `json:"scenes,omitempty" nullable:"false" doc:"Pictures that are drawn by themselves as soon as the concept is learned, at most 16. The learning job's result has the drawing's id in drawing_id, or in refused why there is none"`
}

// Scene is a picture that follows the learning of a concept.
type Scene struct {
	Prompt string `json:"prompt" doc:"With {product} where the concept's placeholder stands"`
	Name   string `json:"name,omitempty" doc:"Of the picture"`
	Seed   *int64 `json:"seed,omitempty" doc:"Absent for a random one"`
}

func (r LearnRequest) asked() workspace.LearnRequest {
	return workspace.LearnRequest{
		Name: r.Name, Placeholder: r.Placeholder, ClassWord: r.ClassWord, SourceIDs: r.SourceIDs, ParentID: r.ParentID, Method: r.Method, Steps: r.Steps,
		Scenes: each(r.Scenes, func(s Scene) workspace.Scene { return workspace.Scene(s) }),
	}
}

type inScenes struct {
	InProjectItem
	Body struct {
		Scenes []Scene `json:"scenes,omitempty" nullable:"false" doc:"Absent for those that the learning was to be followed by"`
	}
}

type inConceptName struct {
	InProjectItem
	Body struct {
		Revision int64  `json:"revision" doc:"As it was read; a stale one is a conflict"`
		Name     string `json:"name"`
	}
}

type inLearn struct {
	InProject
	Body LearnRequest
}

type inFidelity struct {
	InProjectItem
	Body struct {
		Revision int64   `json:"revision" doc:"As it was read; a stale one is a conflict"`
		Fidelity float64 `json:"fidelity" doc:"0 to 1"`
	}
}

func (s *server) concepts() {
	handle(s, operation{
		id: "list-concepts", method: http.MethodGet, path: "/projects/{project}/concepts", tag: tagConcepts,
		summary: text{"List concepts", "コンセプトの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inConcepts) (*listing[Concept], error) {
		filter := studio.ConceptFilter{Text: in.Text, Name: in.Name, State: in.State, SourceID: in.Source}
		return replyList(ctx, readerOf(ctx).concept)(s.work.Concepts(ctx, actor, in.Project, filter, in.page()))
	})
	handle(s, operation{
		id: "learn-concept", method: http.MethodPost, path: "/projects/{project}/concepts", tag: tagConcepts, status: http.StatusAccepted,
		summary: text{"Learn a concept from given pictures", "素材画像からコンセプトを学習"},
		detail:  "The job learns it; follow it by get-job or get-events.",
	}, func(ctx context.Context, actor workspace.Actor, in *inLearn) (*answer[Learning], error) {
		concept, job, err := s.work.LearnConcept(ctx, actor, in.Project, in.Body.asked())
		r := readerOf(ctx)
		return reply(func(c studio.Concept) Learning { return Learning{r.concept(c), r.job(job)} })(concept, err)
	})
	handle(s, operation{
		id: "get-concept", method: http.MethodGet, path: "/projects/{project}/concepts/{id}", tag: tagConcepts,
		summary: text{"Get a concept", "コンセプトを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Concept], error) {
		return reply(readerOf(ctx).concept)(s.work.Concept(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "get-concept-file", method: http.MethodGet, path: "/projects/{project}/concepts/{id}/file", tag: tagConcepts,
		summary: text{"Download a concept's file", "コンセプトのファイルをダウンロード"}, stream: true, produces: "application/octet-stream",
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*stream, error) {
		concept, err := s.work.Concept(ctx, actor, in.Project, in.ID)
		if err != nil {
			return nil, err
		}
		file, _, err := s.work.OpenConcept(ctx, actor, in.Project, in.ID)
		if err != nil {
			return nil, err
		}
		return s.download(ctx, file, "application/octet-stream", concept.Blob, concept.Name+".safetensors"), nil
	})
	s.editConcepts()
}

// editConcepts are the operations that change a concept.
func (s *server) editConcepts() {
	handle(s, operation{
		id: "draw-scenes", method: http.MethodPost, path: "/projects/{project}/jobs/{id}/scenes", tag: tagConcepts, status: http.StatusAccepted,
		summary: text{"Draw scenes after a learning", "学習後の場面を生成"},
		detail:  "Where a learning's scenes were refused, or none were asked for. A learning has one drawing: where it is there already, that is returned.",
	}, func(ctx context.Context, actor workspace.Actor, in *inScenes) (*answer[Job], error) {
		scenes := each(in.Body.Scenes, func(s Scene) workspace.Scene { return workspace.Scene(s) })
		return reply(readerOf(ctx).job)(s.work.DrawScenes(ctx, actor, in.Project, in.ID, scenes))
	})
	handle(s, operation{
		id: "rename-concept", method: http.MethodPut, path: "/projects/{project}/concepts/{id}/name", tag: tagConcepts,
		summary: text{"Name a concept, with all its versions", "コンセプトの名前を変更（すべての版）"},
		detail:  "The word that prompts use for it stays.",
	}, func(ctx context.Context, actor workspace.Actor, in *inConceptName) (*answer[Concept], error) {
		return reply(readerOf(ctx).concept)(s.work.RenameConcept(ctx, actor, in.Project, in.ID, in.Body.Revision, in.Body.Name))
	})
	handle(s, operation{
		id: "set-fidelity", method: http.MethodPut, path: "/projects/{project}/concepts/{id}/fidelity", tag: tagConcepts,
		summary: text{"Set how strongly a concept draws its subject", "コンセプトの忠実度を設定"},
	}, func(ctx context.Context, actor workspace.Actor, in *inFidelity) (*answer[Concept], error) {
		return reply(readerOf(ctx).concept)(s.work.SetFidelity(ctx, actor, in.Project, in.ID, in.Body.Revision, in.Body.Fidelity))
	})
	handle(s, operation{
		id: "withdraw-concept", method: http.MethodPost, path: "/projects/{project}/concepts/{id}/withdraw", tag: tagConcepts,
		summary: text{"Withdraw a concept and all that was drawn with it", "コンセプトとその画像の使用を取り消し"},
		detail:  "The answer names everything that was withdrawn with it.",
	}, func(ctx context.Context, actor workspace.Actor, in *inReason) (*answer[Withdrawal], error) {
		return reply(readerOf(ctx).withdrawal)(s.work.WithdrawConcept(ctx, actor, in.Project, in.ID, in.Body.Reason))
	})
	handle(s, operation{
		id: "delete-concept", method: http.MethodDelete, path: "/projects/{project}/concepts/{id}", tag: tagConcepts,
		summary: text{"Delete a concept that nothing uses", "未使用のコンセプトを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteConcept(ctx, actor, in.Project, in.ID))
	})
}
