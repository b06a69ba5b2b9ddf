package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// wild are values that somebody may send where another was meant.
var wild = []string{
	"", "0", "-1", "9223372036854775808", "1e400", "1.5", "true", "null", "[]", "{}", "..", "../../etc/passwd", `..\..\x`, "%", "%00", "\x00", "\xff\xfe",
	"'; DROP TABLE users; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "\u202e", "🙂", "2027-13-45T99:99:99Z", strings.Repeat("a", 5000), "none",
}

// wildJSON are bodies, or parts of bodies, that no operation means.
var wildJSON = []string{
	"", "{", "[]", "null", "3", `"text"`, "{}", `{"a":1}`, "\xff", "{\"name\":\"\xff\"}", `{"name":"\u0000"}`, `{"name":{"a":[[[[]]]]}}`, "[[[[[[", `{"name":1e999}`,
	`{"name":"a","name":"b"}`, strings.Repeat("[", 20000), `{"revision":9223372036854775807}`,
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// TestNoServerError sends malformed requests to every operation of the
// document, with a role that may all, and wants each to be refused as the
// asker's fault.
func TestNoServerError(t *testing.T) {
	b := setup(t)
	random := rand.New(rand.NewPCG(1, 2))
	project := b.project().ID
	source := b.addSource(project)
	known := map[string][]string{"project": {project}, "id": {source.ID, b.admin.User.ID}, "user": {b.admin.User.ID}, "blob": {source.Blob}}
	d := b.document()
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			if strings.HasSuffix(path, "/events") { // goes on until the asker leaves; events_test.go has it
				continue
			}
			for round := range rounds {
				r := b.malformed(random, strings.ToUpper(method), path, o, known, round)
				w := b.send(r)
				if w.Code >= 500 {
					t.Errorf("%s %s with %v: status %d: %s", r.Method, r.URL, r.Header, w.Code, w.Body)
				}
				if w.Code >= 400 && w.Header().Get("Content-Type") != problemType && w.Code != 416 {
					t.Errorf("%s %s: an error of type %q", r.Method, r.URL, w.Header().Get("Content-Type"))
				}
			}
			b.token = b.newToken(b.admin, studio.Scopes()...) // it may have signed itself out
		}
	}
	if strings.Contains(b.log.String(), "msg=panic") {
		t.Error("there was a panic; see the log")
	}
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// malformed is a request that is wrong somewhere.
func (b *bench) malformed(random *rand.Rand, method, path string, o documented, known map[string][]string, round int) *http.Request {
	path = pathParameter.ReplaceAllStringFunc(path, func(p string) string {
		if right := known[p[1:len(p)-1]]; right != nil && round%4 != 0 {
			return pick(random, right)
		}
		return url.PathEscape(pick(random, slices.DeleteFunc(slices.Clone(wild), func(s string) bool { return s == "" || s == ".." })))
	})
	query := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && random.IntN(3) == 0 {
			query.Set(p.Name, pick(random, wild))
		}
	}
	var body any
	kind := "application/json"
	if method != http.MethodGet {
		body = strings.NewReader(b.wildBody(random, o))
		if o.RequestBody != nil && o.RequestBody.Content["multipart/form-data"].Schema != nil {
			kind = pick(random, []string{"multipart/form-data; boundary=x", "multipart/form-data", "multipart/mixed; boundary=x", "x"})
		}
	}
	r := b.request(method, "/", body)
	u, err := url.Parse(path)
	if err != nil {
		b.t.Fatal(err)
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, query.Encode()
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set("Content-Type", kind)
	b.wildHeaders(random, r)
	return r
}

func (b *bench) wildHeaders(random *rand.Rand, r *http.Request) {
	for _, name := range []string{"Accept", "Accept-Language", idempotencyHeader, "Content-Type", "Range", "If-None-Match", "Last-Event-ID", "Cookie", "User-Agent"} {
		if random.IntN(6) == 0 {
			r.Header.Set(name, pick(random, wild))
		}
	}
}

// wildBody is a body that is no JSON, or is of another shape, or has the right
// fields with wild values.
func (b *bench) wildBody(random *rand.Rand, o documented) string {
	if o.RequestBody == nil || random.IntN(3) == 0 {
		return pick(random, wildJSON)
	}
	if random.IntN(3) == 0 {
		return "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + "a.png" + "\"\r\n\r\n" + pick(random, wild) + "\r\n--x--"
	}
	body := map[string]any{}
	for name, kind := range b.fields(o.RequestBody.Content["application/json"].Schema) {
		if random.IntN(5) > 0 {
			body[name] = wildValue(random, kind)
		}
	}
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

// fields are the properties of a body's type, with the kind of each.
func (b *bench) fields(schema json.RawMessage) map[string]string {
	var s struct {
		Ref        string `json:"$ref"`
		Properties map[string]struct{ Type any }
	}
	if schema == nil {
		return nil
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		b.t.Fatal(err)
	}
	if s.Ref != "" {
		return b.fields(b.document().Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]])
	}
	kinds := map[string]string{}
	for name, p := range s.Properties {
		kinds[name] = fmt.Sprint(p.Type)
	}
	return kinds
}

// wildValue is mostly of the right kind, so that it gets past the types.
func wildValue(random *rand.Rand, kind string) any {
	if random.IntN(6) == 0 {
		return pick(random, []any{nil, true, -1, 1e300, "x", []any{}, map[string]any{}})
	}
	switch kind {
	case "string":
		return pick(random, wild)
	case "integer":
		return pick(random, []int64{0, -1, 1, 7, 1 << 40, -1 << 63, 1<<63 - 1})
	case "number":
		return pick(random, []float64{0, -1, 0.5, 1e300, -1e300})
	case "boolean":
		return random.IntN(2) == 0
	case "array":
		return pick(random, []any{[]string{}, []string{pick(random, wild)}, []string{"read", "read"}, []map[string]string{{"a": "b"}}, []any{nil}})
	}
	return pick(random, []any{map[string]any{}, map[string]string{pick(random, wild): pick(random, wild)}, nil, "x"})
}
