package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio/workspace"
)

// Bounds of a request's body and time unless its operation says otherwise.
const (
	maxBody        = 1 << 20
	defaultTimeout = 30 * time.Second
)

// prefix stands before every operation's path.
const prefix = "/api/v1"

// operation is what there is to say of an operation beside its Go types.
type operation struct {
	id, method, path string
	tag              tag
	summary          text
	detail           string
	status           int           // of success; 0 for what the output's type says
	public           bool          // nobody has to be signed in
	secret           bool          // the answer holds a secret
	stream           bool          // the answer goes on; nothing bounds its time
	maxBody          int64         // bytes; 0 is maxBody
	timeout          time.Duration // 0 is defaultTimeout
	produces         string        // type of an answer that is not JSON
	form             []formField   // of a multipart body
}

// operationKey is where a huma operation's metadata keeps ours.
const operationKey = "operation"

func ofHuma(o *huma.Operation) operation {
	ours, _ := o.Metadata[operationKey].(operation)
	return ours
}

func isPublic(o *huma.Operation) bool { return ofHuma(o).public }

// handle puts an operation into the router and the document. An error that do
// returns becomes a Problem.
func handle[I, O any](s *server, op operation, do func(context.Context, workspace.Actor, *I) (*O, error)) {
	op = op.withDefaults()
	huma.Register(s.api, op.describe(s), func(ctx context.Context, in *I) (*O, error) {
		v := visitOf(ctx)
		out, err := do(ctx, v.actor, in)
		if err != nil {
			p := s.problemOf(v.request, err)
			setErrorHeaders(v.writer.Header(), p)
			return nil, p
		}
		return out, nil
	})
	s.describeForm(op)
}

func (op operation) withDefaults() operation {
	if op.maxBody == 0 {
		op.maxBody = maxBody
	}
	if op.timeout == 0 {
		op.timeout = defaultTimeout
	}
	op.path = prefix + op.path
	return op
}

// describe is the operation in the document's terms.
func (op operation) describe(s *server) huma.Operation {
	o := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{string(op.tag)},
		Summary: op.summary.en, Description: op.detail, DefaultStatus: op.status,
		MaxBodyBytes: op.maxBody + 1, // ours comes first, and its refusal is better
		Extensions:   map[string]any{"x-summary-ja": op.summary.ja},
		Metadata:     map[string]any{operationKey: op},
		Responses:    map[string]*huma.Response{"default": s.problemResponse()},
		Security:     []map[string][]string{{"token": {}}, {"session": {}}},
	}
	if op.public {
		o.Security = []map[string][]string{}
	} else if !safe(op.method) {
		o.Parameters = append(o.Parameters, idempotencyParam(), csrfParam())
	}
	if op.produces != "" {
		o.Responses["200"] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{op.produces: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}
	}
	return o
}

func (s *server) problemResponse() *huma.Response {
	return &huma.Response{
		Description: "What went wrong",
		Content:     map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
	}
}

func idempotencyParam() *huma.Param {
	return &huma.Param{
		Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Any text that names this request, at most 200 characters. A repeat with it gets the first answer and does nothing again.",
	}
}

func csrfParam() *huma.Param {
	return &huma.Param{
		Name: CSRFHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Needed with the session's cookie: csrf_token of GET " + prefix + "/session.",
	}
}

// bound gives an operation only so much time.
func (s *server) bound(ctx huma.Context, next func(huma.Context)) {
	op := ofHuma(ctx.Operation())
	if op.stream {
		next(ctx)
		return
	}
	limited, cancel := context.WithTimeout(ctx.Context(), op.timeout)
	defer cancel()
	next(huma.WithContext(ctx, limited))
}
