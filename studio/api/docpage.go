package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/ichimai/ichimai/studio"
)

// The page holds the whole document and no script, so that it needs no network
// and works under the strictest policy.
//
//go:embed docpage.html docpage.css
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "docpage.html"))

const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// servePage answers /api/docs, in the language of ?lang or of the reader.
func (s *server) servePage(r chi.Router) {
	pages := map[string][]byte{}
	for _, lang := range []string{studio.LanguageEnglish, studio.LanguageJapanese} {
		var page bytes.Buffer
		if err := pageTemplate.Execute(&page, s.pageOf(lang)); err != nil {
			panic("api: write documentation: " + err.Error()) // of this program's own types
		}
		pages[lang] = page.Bytes()
	}
	css, err := pageFiles.ReadFile("docpage.css")
	if err != nil {
		panic("api: " + err.Error()) // it is embedded
	}
	r.Get("/api/docs", s.limitAddress(func(w http.ResponseWriter, r *http.Request) {
		page, known := pages[r.URL.Query().Get("lang")]
		if !known {
			page = pages[languageOf(r)]
		}
		sendPage(w, "text/html; charset=utf-8", page)
	}))
	r.Get("/api/docs.css", s.limitAddress(func(w http.ResponseWriter, _ *http.Request) { sendPage(w, "text/css; charset=utf-8", css) }))
}

func sendPage(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(body) // who does not read it may ask again
}

// docPage is what the template shows.
type docPage struct {
	Lang, Other, OtherName     string
	Title, Version, Document   string
	About                      []string
	Contents                   string
	Parameter, Type, Meaning   string
	Body, Answer, Errors, Form string
	ErrorsText                 string
	Groups                     []docGroup
	Schemas                    []docSchema
	SchemasHeading             string
}

type docGroup struct {
	ID, Heading string
	Operations  []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, Detail string
	Parameters                        []docField
	Form                              []docField
	BodyType, BodyRef                 string
	Status, AnswerType, AnswerRef     string
}

type docSchema struct {
	Name   string
	Fields []docField
}

type docField struct {
	Name, In, Type, Ref, Doc string
	Required                 bool
}

var pageTexts = map[string]text{
	"about": {
		"Programs send an API token as “Authorization: Bearer …”. Browsers send their session's cookie; then a request that changes something also needs the header X-CSRF-Token.\n" +
			"A request that changes something may carry the header Idempotency-Key: a repeat with the same key within 24 hours gets the first answer, and nothing is done twice.\n" +
			"Lists come in pages: give after the next of the page before, or follow the header Link.",
		"プログラムからは、APIトークンを「Authorization: Bearer …」ヘッダーで送信します。ブラウザーからはセッションのCookieが送信されます。その場合、変更を伴うリクエストにはX-CSRF-Tokenヘッダーも必要です。\n" +
			"変更を伴うリクエストにはIdempotency-Keyヘッダーを付けることができます。24時間以内に同じキーで再送すると最初の応答が返され、処理が二重に行われることはありません。\n" +
			"一覧はページに分けて返されます。次のページを取得するには、前のページのnextをafterに指定するか、Linkヘッダーをたどってください。",
	},
	"errors": {
		"Errors are application/problem+json with a code and a message in the language of Accept-Language.",
		"エラーはapplication/problem+json形式です。コードと、Accept-Languageの言語によるメッセージを含みます。",
	},
}

// pageOf gathers what the page shows in a language.
func (s *server) pageOf(lang string) docPage {
	p := docPage{
		Lang: lang, Other: studio.LanguageJapanese, OtherName: "日本語",
		Title: text{"Ichimai Studio API", "Ichimai Studio API"}.in(lang), Version: s.Version,
		Document: text{"OpenAPI document", "OpenAPIドキュメント"}.in(lang),
		About:    strings.Split(pageTexts["about"].in(lang), "\n"), ErrorsText: pageTexts["errors"].in(lang),
		Contents: text{"Contents", "目次"}.in(lang), Parameter: text{"Name", "名前"}.in(lang), Type: text{"Type", "型"}.in(lang),
		Meaning: text{"Meaning", "説明"}.in(lang), Body: text{"Body", "本文"}.in(lang), Answer: text{"Answer", "応答"}.in(lang),
		Errors: text{"Errors", "エラー"}.in(lang), Form: text{"Form (multipart/form-data)", "フォーム（multipart/form-data）"}.in(lang),
		SchemasHeading: text{"Types", "型の一覧"}.in(lang), Schemas: s.docSchemas(),
	}
	if lang == studio.LanguageJapanese {
		p.Other, p.OtherName = studio.LanguageEnglish, "English"
	}
	for _, t := range tags {
		p.Groups = append(p.Groups, docGroup{ID: string(t.tag), Heading: t.heading.in(lang), Operations: s.docOperations(t.tag, lang)})
	}
	return p
}

// docOperations are a group's operations by path and method.
func (s *server) docOperations(t tag, lang string) (list []docOperation) {
	for path, item := range s.api.OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if o != nil && ofHuma(o).tag == t {
				list = append(list, describeOperation(path, o, lang))
			}
		}
	}
	order := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}
	slices.SortFunc(list, func(a, b docOperation) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return slices.Index(order, a.Method) - slices.Index(order, b.Method)
	})
	return list
}

func describeOperation(path string, o *huma.Operation, lang string) docOperation {
	d := docOperation{ID: o.OperationID, Method: o.Method, Path: path, Summary: ofHuma(o).summary.in(lang), Detail: o.Description}
	for _, p := range o.Parameters {
		kind, ref := typeName(p.Schema)
		d.Parameters = append(d.Parameters, docField{Name: p.Name, In: p.In, Type: kind, Ref: ref, Doc: p.Description, Required: p.Required})
	}
	if o.RequestBody != nil {
		if m := o.RequestBody.Content["application/json"]; m != nil {
			d.BodyType, d.BodyRef = typeName(m.Schema)
		}
		if m := o.RequestBody.Content["multipart/form-data"]; m != nil {
			d.Form = schemaFields(m.Schema)
		}
	}
	for status, r := range o.Responses {
		if status == "default" {
			continue
		}
		d.Status = status
		for media, m := range r.Content {
			if d.AnswerType, d.AnswerRef = typeName(m.Schema); media != "application/json" {
				d.AnswerType = media
			}
		}
	}
	return d
}

// docSchemas are the document's types by name.
func (s *server) docSchemas() (list []docSchema) {
	for name, schema := range s.api.OpenAPI().Components.Schemas.Map() {
		list = append(list, docSchema{Name: name, Fields: schemaFields(schema)})
	}
	slices.SortFunc(list, func(a, b docSchema) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// schemaFields are an object's properties by name.
func schemaFields(schema *huma.Schema) (list []docField) {
	for name, p := range schema.Properties {
		kind, ref := typeName(p)
		list = append(list, docField{Name: name, Type: kind, Ref: ref, Doc: p.Description, Required: slices.Contains(schema.Required, name)})
	}
	slices.SortFunc(list, func(a, b docField) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// typeName writes a schema in a word, and the type that it leads to.
func typeName(schema *huma.Schema) (name, ref string) {
	switch {
	case schema == nil:
		return "", ""
	case schema.Ref != "":
		ref = schema.Ref[strings.LastIndex(schema.Ref, "/")+1:]
		return ref, ref
	case schema.Items != nil:
		name, ref = typeName(schema.Items)
		return name + "[]", ref
	case len(schema.Enum) > 0:
		words, err := json.Marshal(schema.Enum)
		if err != nil {
			return schema.Type, ""
		}
		return strings.NewReplacer(`"`, "", "[", "", "]", "", ",", " | ").Replace(string(words)), ""
	case schema.Format != "":
		return schema.Type + " (" + schema.Format + ")", ""
	case schema.Type == "":
		return "JSON", ""
	}
	return schema.Type, ""
}
