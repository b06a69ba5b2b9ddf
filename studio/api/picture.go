package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Picture is a picture that was drawn, with everything to draw it again.
type Picture struct {
	ID             string              `json:"id"`
	Revision       int64               `json:"revision"`
	CreatedAt      time.Time           `json:"created_at"`
	UpdatedAt      time.Time           `json:"updated_at"`
	CreatedBy      string              `json:"created_by,omitempty" doc:"User"`
	JobID          string              `json:"job_id,omitempty"`
	TemplateID     string              `json:"template_id,omitempty"`
	ConceptIDs     []string            `json:"concept_ids" nullable:"false"`
	Name           string              `json:"name"`
	Blob           string              `json:"blob" doc:"The picture, as PNG"`
	ThumbBlob      string              `json:"thumb_blob,omitempty" doc:"A small JPEG"`
	Size           int64               `json:"size" doc:"Bytes of blob"`
	Prompt         string              `json:"prompt"`
	NegativePrompt string              `json:"negative_prompt"`
	Seed           int64               `json:"seed"`
	Width          int                 `json:"width" doc:"Pixels"`
	Height         int                 `json:"height" doc:"Pixels"`
	Settings       Object              `json:"settings,omitempty" doc:"Sampler, steps, guidance, model"`
	Scores         map[string]float64  `json:"scores,omitempty" doc:"As it was drawn: subject, prompt, copying, sharpness"`
	Favourite      bool                `json:"favourite"`
	State          studio.PictureState `json:"state" enum:"draft,submitted,approved,rejected,change_requested,published,withdrawn"`
	SubmittedBy    string              `json:"submitted_by,omitempty" doc:"User"`
	WithdrawnAt    time.Time           `json:"withdrawn_at,omitzero"`
	WithdrawnWhy   string              `json:"withdrawn_why,omitempty"`
	Checks         []Verdict           `json:"checks" nullable:"false" doc:"What the automatic checks found when it was submitted, or when they were last run"`
}

func pictureOf(p studio.Picture) Picture {
	return Picture{
		ID: p.ID, Revision: p.Revision, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, CreatedBy: p.CreatedBy,
		JobID: p.JobID, TemplateID: p.TemplateID, ConceptIDs: listed(p.ConceptIDs), Name: p.Name, Blob: p.Blob, ThumbBlob: p.ThumbBlob,
		Size: p.Size, Prompt: p.Prompt, NegativePrompt: p.NegativePrompt, Seed: p.Seed, Width: p.Width, Height: p.Height,
		Settings: Object(p.Settings), Scores: p.Scores, Favourite: p.Favourite, State: p.State, SubmittedBy: p.SubmittedBy,
		WithdrawnAt: p.WithdrawnAt, WithdrawnWhy: p.WithdrawnWhy, Checks: verdictsOf(p.Checks),
	}
}

type inPictures struct {
	InProject
	Paged
	Text          string              `query:"text" maxLength:"4000" doc:"Part of the name or the prompt"`
	State         studio.PictureState `query:"state" enum:"draft,submitted,approved,rejected,change_requested,published,withdrawn"`
	Favourite     flag                `query:"favourite" enum:"true,false"`
	Job           string              `query:"job" maxLength:"64" doc:"Those of this job"`
	Template      string              `query:"template" maxLength:"64" doc:"Those drawn with this template"`
	Concept       string              `query:"concept" maxLength:"64" doc:"Those drawn with this concept"`
	CreatedBy     string              `query:"created_by" maxLength:"64" doc:"User"`
	CreatedBefore time.Time           `query:"created_before"`
}

func (in *inPictures) filter() studio.PictureFilter {
	return studio.PictureFilter{
		Text: in.Text, State: in.State, Favourite: in.Favourite.pointer(), JobID: in.Job, TemplateID: in.Template,
		ConceptID: in.Concept, CreatedBy: in.CreatedBy, CreatedBefore: in.CreatedBefore,
	}
}

type inPictureName struct {
	InProjectItem
	Body struct {
		Revision int64  `json:"revision" doc:"As it was read; a stale one is a conflict"`
		Name     string `json:"name"`
	}
}

type inFavourite struct {
	InProjectItem
	Body struct {
		Favourite bool `json:"favourite"`
	}
}

func (s *server) pictures() {
	handle(s, operation{
		id: "list-pictures", method: http.MethodGet, path: "/projects/{project}/pictures", tag: tagPictures,
		summary: text{"List drawn pictures", "生成画像の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inPictures) (*listing[Picture], error) {
		return replyList(ctx, pictureOf)(s.work.Pictures(ctx, actor, in.Project, in.filter(), in.page()))
	})
	handle(s, operation{
		id: "count-pictures", method: http.MethodGet, path: "/projects/{project}/picture-counts", tag: tagPictures,
		summary: text{"Count pictures by state", "状態別の画像の件数"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProject) (*answer[map[studio.PictureState]int64], error) {
		counts, err := s.work.CountPictures(ctx, actor, in.Project)
		if err != nil {
			return nil, err
		}
		return &answer[map[studio.PictureState]int64]{Body: counts}, nil
	})
	handle(s, operation{
		id: "get-picture", method: http.MethodGet, path: "/projects/{project}/pictures/{id}", tag: tagPictures,
		summary: text{"Get a drawn picture", "生成画像を取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.Picture(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "list-picture-sources", method: http.MethodGet, path: "/projects/{project}/pictures/{id}/sources", tag: tagPictures,
		summary: text{"The given pictures behind a drawn one", "生成画像の元になった素材画像"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Page[Source]], error) {
		list, err := s.work.PictureSources(ctx, actor, in.Project, in.ID)
		return reply(func(l []studio.Source) Page[Source] { return Page[Source]{Items: each(l, sourceOf)} })(list, err)
	})
	s.editPictures()
}

// editPictures are the operations that change a picture before its review.
func (s *server) editPictures() {
	handle(s, operation{
		id: "rename-picture", method: http.MethodPut, path: "/projects/{project}/pictures/{id}/name", tag: tagPictures,
		summary: text{"Name a picture", "画像の名前を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inPictureName) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.RenamePicture(ctx, actor, in.Project, in.ID, in.Body.Revision, in.Body.Name))
	})
	handle(s, operation{
		id: "favourite-picture", method: http.MethodPut, path: "/projects/{project}/pictures/{id}/favourite", tag: tagPictures,
		summary: text{"Make a picture a favourite, or no longer", "画像のお気に入りを設定"},
	}, func(ctx context.Context, actor workspace.Actor, in *inFavourite) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.Favourite(ctx, actor, in.Project, in.ID, in.Body.Favourite))
	})
	handle(s, operation{
		id: "delete-picture", method: http.MethodDelete, path: "/projects/{project}/pictures/{id}", tag: tagPictures,
		summary: text{"Delete a picture", "画像を削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeletePicture(ctx, actor, in.Project, in.ID))
	})
}
