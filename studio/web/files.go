package web

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// download says how a file is handed out.
type download struct {
	name   string // under which to save it
	kind   string // content type
	etag   string // the hash of what it holds
	inline bool   // to be shown in a page
}

// send answers with a file and closes it. What it holds never changes, but who
// may see it can: a browser keeps it, and asks again each time.
func (v *visit) send(file io.ReadSeekCloser, d download) error {
	defer file.Close()
	h := v.w.Header()
	h.Set("Content-Type", d.kind)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+d.etag+`"`)
	if !d.inline {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	}
	http.ServeContent(v.w, v.r, "", time.Time{}, file)
	return nil
}

// serveBlob answers with a picture of the project. What is no picture is only
// ever saved.
func serveBlob(v *visit) error {
	blob := v.r.PathValue("blob")
	file, _, kind, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, blob)
	if err != nil {
		return err
	}
	return v.send(file, download{name: blob, kind: kind, etag: workspace.ContentHash(file, blob), inline: kind == "image/png" || kind == "image/jpeg"})
}

// servePicture hands a drawn picture out with its metadata: as it is stored, or a
// published one as the policy wants it to leave.
func servePicture(v *visit) error {
	p, err := v.work().Picture(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture"))
	if err != nil {
		return err
	}
	file, _, kind, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, p.Blob)
	if err != nil {
		return err
	}
	return v.send(file, download{name: savedName(p), kind: kind, etag: workspace.ContentHash(file, p.Blob)})
}

// savedName is under which a picture is saved: its name or prompt, without what
// file systems do not take, and a piece of its id that sets it apart.
func savedName(p studio.Picture) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) || r < ' ' {
			return '-'
		}
		return r
	}, shorten(pictureTitle(&p), 50))
	return strings.Trim(name, "-. ") + "-" + p.ID[len(p.ID)-6:] + ".png"
}
