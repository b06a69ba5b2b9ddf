package api

import (
	"bytes"
	"image/png"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func TestUploadAndDownload(t *testing.T) {
	b := setup(t)
	project := b.project().ID
	source := b.addSource(project)
	if source.Name != "mug.png" || source.Width != 64 || source.Rights.ConfirmedBy != b.admin.User.ID {
		t.Errorf("source %+v", source)
	}
	path := "/api/v1/projects/" + project + "/files/" + source.Blob
	whole := b.call("GET", path, nil)
	if _, err := png.Decode(bytes.NewReader(whole.Body.Bytes())); whole.Code != 200 || err != nil {
		t.Fatalf("status %d, %v", whole.Code, err)
	}
	h := whole.Header()
	if h.Get("Content-Type") != "image/png" || h.Get("ETag") != `"`+source.Blob+`"` || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "private") {
		t.Errorf("headers %v", h)
	}
	t.Run("OKRange", func(t *testing.T) {
		w := b.call("GET", path, nil, "Range", "bytes=1-3")
		if w.Code != 206 || w.Body.String() != "PNG" {
			t.Errorf("status %d, body %q", w.Code, w.Body)
		}
	})
	t.Run("ErrRange", func(t *testing.T) {
		if w := b.call("GET", path, nil, "Range", "bytes=99999999-"); w.Code != 416 {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("OKNotModified", func(t *testing.T) {
		if w := b.call("GET", path, nil, "If-None-Match", h.Get("ETag")); w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("OKHead", func(t *testing.T) {
		if w := b.call("HEAD", path, nil); w.Code != 200 || w.Header().Get("Content-Length") != strconv.Itoa(whole.Body.Len()) {
			t.Errorf("status %d, headers %v", w.Code, w.Header())
		}
	})
	t.Run("ErrOtherProject", func(t *testing.T) {
		other := "/api/v1/projects/" + b.project().ID + "/files/" + source.Blob
		wantProblem(t, b.call("GET", other, nil), 404, studio.NotFound)
	})
	t.Run("ErrTraversal", func(t *testing.T) {
		for _, name := range []string{"..%2f..%2fstudio.db", `..%5c..%5cstudio.db`, "%2e%2e", "a", "%00", "%ff"} {
			w := b.call("GET", "/api/v1/projects/"+project+"/files/"+name, nil)
			if w.Code != 404 && w.Code != 422 {
				t.Errorf("%s: status %d: %s", name, w.Code, w.Body)
			}
		}
	})
}

func TestUploadIsBounded(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b := setup(t)
	path := "/api/v1/projects/" + b.project().ID + "/sources"
	kind := "multipart/form-data; boundary=x"
	t.Run("ErrSaid", func(t *testing.T) {
		r := b.request("POST", path, io.LimitReader(zeros{}, 1<<30))
		r.Header.Set("Authorization", "Bearer "+b.token)
		r.ContentLength = 1 << 30
		r.Header.Set("Content-Type", kind)
		wantProblem(t, b.send(r), 413, studio.TooLarge)
	})
	t.Run("ErrUnsaid", func(t *testing.T) {
		body := &counted{r: io.LimitReader(zeros{}, 1<<30)}
		wantProblem(t, b.call("POST", path, body, "Content-Type", kind), 413, studio.TooLarge)
		if limit := b.server.uploadBody(); body.n > limit+1<<20 {
			t.Errorf("%d bytes were read, the limit is %d", body.n, limit)
		}
	})
	t.Run("ErrBroken", func(t *testing.T) {
		for _, body := range []string{"", "x", "--x\r\n\r\n", "--x--", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf"} {
			if w := b.call("POST", path, strings.NewReader(body), "Content-Type", kind); w.Code < 400 || w.Code > 499 {
				t.Errorf("%q: status %d: %s", body, w.Code, w.Body)
			}
		}
	})
	t.Run("ErrFields", func(t *testing.T) {
		for _, fields := range [][]string{{"colour", "red"}, {"owner", "a", "owner", "b"}, {"confirmed", "perhaps"}, {"expires", "soon"}} {
			body, kind := upload(t, photo(1), fields...)
			wantProblem(t, b.call("POST", path, body, "Content-Type", kind), 422, studio.Invalid)
		}
		body, kind := upload(t, photo(1), "owner", strings.Repeat("a", maxFormText+1))
		wantProblem(t, b.call("POST", path, body, "Content-Type", kind), 422, studio.Invalid)
	})
	t.Run("ErrNoPicture", func(t *testing.T) {
		body, kind := upload(t, []byte("<html>"), "owner", "a", "licence", "b", "confirmed", "true")
		if w := b.call("POST", path, body, "Content-Type", kind); w.Code < 400 || w.Code > 499 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), "ichimai-body-") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func TestPages(t *testing.T) {
	b := setup(t)
	for range 5 {
		b.project()
	}
	seen, path, pages := map[string]bool{}, "/api/v1/projects?limit=2&text=mugs", 0
	for path != "" {
		w := b.call("GET", path, nil)
		for _, p := range want[Page[Project]](t, w, 200).Items {
			seen[p.ID] = true
		}
		pages++
		path = nextOf(t, w.Header().Get("Link"))
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("%d projects on %d pages", len(seen), pages)
	}
	if p := want[Page[Project]](t, b.call("GET", "/api/v1/projects?text=nothing", nil), 200); p.Items == nil {
		t.Error("an empty list is null")
	}
}

// nextOf reads a Link header.
func nextOf(t *testing.T, link string) string {
	if link == "" {
		return ""
	}
	target, _, ok := strings.Cut(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	if _, err := url.Parse(target); !ok || err != nil {
		t.Fatalf("link %q", link)
	}
	return target
}
