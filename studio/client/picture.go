package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Picture is a picture that was drawn, with everything to draw it again.
type Picture struct {
	ID             string              `json:"id"`
	Revision       int64               `json:"revision"`
	CreatedAt      time.Time           `json:"created_at"`
	UpdatedAt      time.Time           `json:"updated_at"`
	JobID          string              `json:"job_id"`
	TemplateID     string              `json:"template_id"`
	ConceptIDs     []string            `json:"concept_ids"`
	Name           string              `json:"name"`
	Blob           string              `json:"blob"` // for Download
	ThumbBlob      string              `json:"thumb_blob"`
	Size           int64               `json:"size"` // bytes of Blob
	Prompt         string              `json:"prompt"`
	NegativePrompt string              `json:"negative_prompt"`
	Seed           int64               `json:"seed"`
	Width          int                 `json:"width"` // pixels
	Height         int                 `json:"height"`
	Settings       json.RawMessage     `json:"settings"`
	Scores         map[string]float64  `json:"scores"`
	Favourite      bool                `json:"favourite"`
	State          studio.PictureState `json:"state"`
	SubmittedBy    string              `json:"submitted_by"` // user
	Checks         []studio.Verdict    `json:"checks"`       // of the automatic checks
}

// Pictures lists the pictures that were drawn.
func (p *Project) Pictures(ctx context.Context, page Page) (List[Picture], error) {
	return get[List[Picture]](ctx, p.client, p.path("pictures"), page.into(nil))
}

// PicturesOf lists those of a job, for [All].
func (p *Project) PicturesOf(job string) func(context.Context, Page) (List[Picture], error) {
	return func(ctx context.Context, page Page) (List[Picture], error) {
		return get[List[Picture]](ctx, p.client, p.path("pictures"), page.into(url.Values{"job": {job}}))
	}
}

// Picture returns a picture.
func (p *Project) Picture(ctx context.Context, id string) (Picture, error) {
	return get[Picture](ctx, p.client, p.path("pictures", id), nil)
}

// Download writes a file of the project, such as a picture's Blob, and returns
// its length in bytes. The SHA-256 of what came is checked: it is the blob's name,
// but for a published picture, which the studio stamps as it leaves and names the
// hash of. What was written is not to be used where there is an error.
func (p *Project) Download(ctx context.Context, blob string, to io.Writer) (int64, error) {
	response, err := p.client.answer(ctx, call{method: http.MethodGet, path: p.path("files", blob)})
	if err != nil {
		return 0, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return n, fmt.Errorf("download %s: %w", blob, err)
	}
	want := strings.Trim(response.Header.Get("ETag"), `"`)
	if !studio.ValidBlob(want) {
		want = blob
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return n, fmt.Errorf("download %s: what came is another file, %s", blob, got)
	}
	return n, nil
}
