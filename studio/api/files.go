package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio/workspace"
)

// stream is the output of an operation that writes its answer itself.
type stream struct {
	Body func(huma.Context)
}

// InProject is the path of a project.
type InProject struct {
	Project string `path:"project" maxLength:"64" doc:"Id of the project"`
}

// InProjectItem is the path of one thing in a project.
type InProjectItem struct {
	InProject
	ID string `path:"id" maxLength:"64" doc:"Id"`
}

type inFile struct {
	InProject
	Blob string `path:"blob" maxLength:"64" doc:"SHA-256 of the file, as fields named blob hold it"`
}

func (s *server) files() {
	handle(s, operation{
		id: "get-file", method: http.MethodGet, path: "/projects/{project}/files/{blob}", tag: tagPictures,
		summary: text{"Download a file", "ファイルをダウンロード"}, stream: true, produces: "application/octet-stream",
		detail: "Any file that something of the project refers to. ETag is the hash of what comes: that is the blob's name, but for a published picture, which comes labelled and, where the policy wants it, with the invisible mark. Parts can be asked for with Range.",
	}, func(ctx context.Context, actor workspace.Actor, in *inFile) (*stream, error) {
		file, _, contentType, err := s.work.OpenFile(ctx, actor, in.Project, in.Blob)
		if err != nil {
			return nil, err
		}
		return s.download(ctx, file, contentType, workspace.ContentHash(file, in.Blob), fileName(in.Blob, contentType)), nil
	})
}

// fileName names a file that has no name of its own.
func fileName(blob, contentType string) string {
	extensions := map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "application/zip": ".zip", "text/html": ".html"}
	return blob[:min(len(blob), 16)] + extensions[contentType]
}

// download answers with a file: whole, a range of it, or that the asker has it
// already. It is never shown in the studio's own origin.
func (s *server) download(ctx context.Context, file io.ReadSeekCloser, contentType, etag, name string) *stream {
	v := visitOf(ctx)
	return &stream{Body: func(huma.Context) {
		defer func() {
			if err := file.Close(); err != nil {
				s.Log.WarnContext(ctx, "close file", "error", err)
			}
		}()
		h := v.writer.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.Set("Cache-Control", "private, no-cache") // may be kept, and is asked for anew: it can be withdrawn
		if etag != "" {
			h.Set("ETag", `"`+etag+`"`)
		}
		// Not every writer knows deadlines; without them the server's own holds.
		_ = http.NewResponseController(v.writer).SetWriteDeadline(time.Time{})
		http.ServeContent(v.writer, v.request, "", time.Time{}, file)
	}}
}
