package api

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// tag groups operations in the document.
type tag string

const (
	tagAccount   tag = "account"
	tagProjects  tag = "projects"
	tagSources   tag = "sources"
	tagConcepts  tag = "concepts"
	tagDrawing   tag = "drawing"
	tagPictures  tag = "pictures"
	tagReview    tag = "review"
	tagKnowledge tag = "knowledge"
	tagTrials    tag = "trials"
	tagRules     tag = "rules"
	tagWebhooks  tag = "webhooks"
)

// tags are the groups in the document's order, with their headings.
var tags = []struct {
	tag     tag
	heading text
}{
	{tagAccount, text{"Signing in and people", "サインインとユーザー"}},
	{tagProjects, text{"Projects and members", "プロジェクトとメンバー"}},
	{tagSources, text{"Given pictures and their rights", "素材画像と使用権限"}},
	{tagConcepts, text{"Concepts", "コンセプト"}},
	{tagDrawing, text{"Drawing and jobs", "画像生成とジョブ"}},
	{tagPictures, text{"Pictures and files", "画像とファイル"}},
	{tagReview, text{"Review", "レビュー"}},
	{tagKnowledge, text{"Templates and cases", "テンプレートと事例"}},
	{tagTrials, text{"Trials and their reports", "トライアルと報告"}},
	{tagRules, text{"Rules, audit and maintenance", "ポリシー、監査、保守"}},
	{tagWebhooks, text{"Webhooks", "Webhook"}},
}

const about = `The studio of Ichimai: projects, given pictures with their rights, concepts learned from them, drawing, review and publication.

**Who asks.** A program sends an API token as ` + "`Authorization: Bearer <token>`" + `. A browser sends its session's cookie; then the request has to come from the studio's own pages, and one that changes something needs the header ` + "`X-CSRF-Token`" + `.

**Doing things once.** A request that changes something may carry ` + "`Idempotency-Key`" + `. A repeat with the same key within 24 hours gets the first answer. The same key on another request, and a repeat while the first still runs, is 409.

**Errors** are application/problem+json with a code and a message in the language of Accept-Language (en, ja).

**Lists** come in pages: give ` + "`after`" + ` the ` + "`next`" + ` of the page before, or follow the header Link.`

// config is huma's, without what it would load from elsewhere.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("Ichimai Studio", s.Version)
	c.CreateHooks = nil // no $schema in answers
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{s.transform}
	c.Info.Description = about
	c.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token with scopes (POST /api/v1/tokens)."},
		"session": {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "A browser's session (POST /api/v1/session)."},
	}
	for _, t := range tags {
		c.Tags = append(c.Tags, &huma.Tag{Name: string(t.tag), Description: t.heading.en, Extensions: map[string]any{"x-description-ja": t.heading.ja}})
	}
	return c
}

// finishDocument takes out what huma put in and nothing refers to.
func (s *server) finishDocument() {
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
}

// serveDocument answers /api/openapi.json and the page /api/docs.
func (s *server) serveDocument(r chi.Router) {
	document, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		panic("api: write OpenAPI document: " + err.Error()) // of this program's own types
	}
	r.Get("/api/openapi.json", s.limitAddress(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(document) // who does not read it may ask again
	}))
	s.servePage(r)
}
