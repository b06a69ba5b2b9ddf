package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Rights say who allowed a picture to be used, and within which bounds.
type Rights struct {
	Owner       string    `json:"owner" doc:"Person or company that holds the right"`
	Licence     string    `json:"licence" doc:"Such as own work, CC BY 4.0, contract 2026-014"`
	Territory   string    `json:"territory" doc:"Such as JP or worldwide; empty where nothing limits it"`
	Expires     time.Time `json:"expires,omitzero" doc:"Absent for never"`
	ConsentBlob string    `json:"consent_blob,omitempty" doc:"The document of consent"`
	ConfirmedBy string    `json:"confirmed_by,omitempty" doc:"User who took responsibility"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// Source is a picture that was given, with the rights to it.
type Source struct {
	ID           string    `json:"id"`
	Revision     int64     `json:"revision"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	CreatedBy    string    `json:"created_by,omitempty" doc:"User"`
	Name         string    `json:"name"`
	Blob         string    `json:"blob" doc:"The picture, as PNG"`
	ThumbBlob    string    `json:"thumb_blob,omitempty" doc:"A small JPEG"`
	Size         int64     `json:"size" doc:"Bytes of blob"`
	Width        int       `json:"width" doc:"Pixels"`
	Height       int       `json:"height" doc:"Pixels"`
	Rights       Rights    `json:"rights"`
	WithdrawnAt  time.Time `json:"withdrawn_at,omitzero" doc:"Absent while it may be used"`
	WithdrawnWhy string    `json:"withdrawn_why,omitempty"`
}

func sourceOf(s studio.Source) Source {
	r := s.Rights
	return Source{
		ID: s.ID, Revision: s.Revision, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, CreatedBy: s.CreatedBy,
		Name: s.Name, Blob: s.Blob, ThumbBlob: s.ThumbBlob, Size: s.Size, Width: s.Width, Height: s.Height,
		Rights: Rights{Owner: r.Owner, Licence: r.Licence, Territory: r.Territory, Expires: r.Expires,
			ConsentBlob: r.ConsentBlob, ConfirmedBy: r.ConfirmedBy, ConfirmedAt: r.ConfirmedAt},
		WithdrawnAt: s.WithdrawnAt, WithdrawnWhy: s.WithdrawnWhy,
	}
}

type inSources struct {
	InProject
	Paged
	Text          string    `query:"text" maxLength:"4000" doc:"Part of the name"`
	Withdrawn     flag      `query:"withdrawn" enum:"true,false"`
	ExpiresBefore time.Time `query:"expires_before" doc:"Those whose right ends, and before this"`
	Blob          string    `query:"blob" maxLength:"64" doc:"Those with this content"`
}

type inRights struct {
	InProjectItem
	Body struct {
		Revision  int64     `json:"revision,omitempty" doc:"As it was read; 0 for whatever it is"`
		Owner     string    `json:"owner"`
		Licence   string    `json:"licence"`
		Territory string    `json:"territory,omitempty"`
		Expires   time.Time `json:"expires,omitzero" doc:"Absent for never"`
		Confirmed bool      `json:"confirmed" doc:"I take responsibility for the rights as they are now"`
	}
}

type inReason struct {
	InProjectItem
	Body struct {
		Reason string `json:"reason" doc:"Why; it is kept in the record"`
	}
}

// sourceForm are the fields of an upload.
var sourceForm = []formField{
	{name: "file", doc: "The picture: JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF", file: true},
	{name: "name", doc: "The file's own name where it is empty"},
	{name: "owner", doc: "Person or company that holds the right"},
	{name: "licence", doc: "Such as own work, CC BY 4.0, contract 2026-014"},
	{name: "territory", doc: "Such as JP or worldwide"},
	{name: "expires", doc: "When the right ends; empty for never", form: "date-time"},
	{name: "confirmed", doc: "I take responsibility for the rights", kind: huma.TypeBoolean},
	{name: "or_known", doc: "A picture that the project has already is returned as it is, in place of a conflict", kind: huma.TypeBoolean},
}

var consentForm = []formField{{name: "file", doc: "The document, such as a signed form", file: true}}

// uploadTimeout bounds an upload and what is done with it.
const uploadTimeout = 5 * time.Minute

// uploadBody is how large the body may be that carries a file.
func (s *server) uploadBody() int64 { return s.MaxUpload + maxFormText + 1<<16 }

func (s *server) sources() {
	handle(s, operation{
		id: "list-sources", method: http.MethodGet, path: "/projects/{project}/sources", tag: tagSources,
		summary: text{"List given pictures", "素材画像の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inSources) (*listing[Source], error) {
		filter := studio.SourceFilter{Text: in.Text, Withdrawn: in.Withdrawn.pointer(), ExpiresBefore: in.ExpiresBefore, Blob: in.Blob}
		return replyList(ctx, sourceOf)(s.work.Sources(ctx, actor, in.Project, filter, in.page()))
	})
	handle(s, operation{
		id: "add-source", method: http.MethodPost, path: "/projects/{project}/sources", tag: tagSources, status: http.StatusCreated,
		summary: text{"Give a picture", "素材画像を追加"}, form: sourceForm, maxBody: s.uploadBody(), timeout: uploadTimeout,
		detail: "The picture is kept as a new PNG without its metadata (place, serial numbers).",
	}, func(ctx context.Context, actor workspace.Actor, in *InProject) (*answer[Source], error) {
		f, err := readForm(visitOf(ctx).request, sourceForm)
		if err != nil {
			return nil, err
		}
		defer s.closeForm(ctx, f)
		given, err := newSource(f)
		if err != nil {
			return nil, err
		}
		return reply(sourceOf)(s.work.AddSource(ctx, actor, in.Project, given))
	})
	handle(s, operation{
		id: "get-source", method: http.MethodGet, path: "/projects/{project}/sources/{id}", tag: tagSources,
		summary: text{"Get a given picture", "素材画像を取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Source], error) {
		return reply(sourceOf)(s.work.Source(ctx, actor, in.Project, in.ID))
	})
	s.rights()
}

// rights are the operations about a source's rights.
func (s *server) rights() {
	handle(s, operation{
		id: "update-rights", method: http.MethodPut, path: "/projects/{project}/sources/{id}/rights", tag: tagSources,
		summary: text{"Change the rights to a given picture", "素材画像の使用権限を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inRights) (*answer[Source], error) {
		b := in.Body
		return reply(sourceOf)(s.work.UpdateRights(ctx, actor, in.Project, in.ID, workspace.RightsChange{
			Rights:    workspace.Rights{Owner: b.Owner, Licence: b.Licence, Territory: b.Territory, Expires: b.Expires},
			Confirmed: b.Confirmed, Revision: b.Revision,
		}))
	})
	handle(s, operation{
		id: "add-consent", method: http.MethodPost, path: "/projects/{project}/sources/{id}/consent", tag: tagSources,
		summary: text{"Add the document of consent", "同意書を追加"}, form: consentForm, maxBody: s.uploadBody(), timeout: uploadTimeout,
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Source], error) {
		f, err := readForm(visitOf(ctx).request, consentForm)
		if err != nil {
			return nil, err
		}
		defer s.closeForm(ctx, f)
		document, err := f.reader()
		if err != nil {
			return nil, err
		}
		return reply(sourceOf)(s.work.AddConsent(ctx, actor, in.Project, in.ID, document))
	})
	handle(s, operation{
		id: "withdraw-source", method: http.MethodPost, path: "/projects/{project}/sources/{id}/withdraw", tag: tagSources,
		summary: text{"Withdraw a picture and all that was made from it", "素材画像とその派生物の使用を取り消し"},
		detail:  "The answer names everything that was withdrawn with it.",
	}, func(ctx context.Context, actor workspace.Actor, in *inReason) (*answer[Withdrawal], error) {
		return reply(readerOf(ctx).withdrawal)(s.work.WithdrawSource(ctx, actor, in.Project, in.ID, in.Body.Reason))
	})
}

// newSource is what an upload's fields say.
func newSource(f *form) (given workspace.NewSource, err error) {
	given = workspace.NewSource{
		Name:   f.values["name"],
		Rights: workspace.Rights{Owner: f.values["owner"], Licence: f.values["licence"], Territory: f.values["territory"]},
	}
	if given.Name == "" {
		given.Name = f.name
	}
	if given.File, err = f.reader(); err != nil {
		return given, err
	}
	if given.Rights.Expires, err = f.time("expires"); err != nil {
		return given, err
	}
	if given.Confirmed, err = f.boolean("confirmed"); err != nil {
		return given, err
	}
	given.OrKnown, err = f.boolean("or_known")
	return given, err
}

func (s *server) closeForm(ctx context.Context, f *form) {
	if err := f.Close(); err != nil {
		s.Log.WarnContext(ctx, "remove uploaded file", "error", err)
	}
}
