package client

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Rights say who allowed a picture to be used, and within which bounds.
type Rights struct {
	Owner       string    `json:"owner"`
	Licence     string    `json:"licence"`   // such as "own work", "CC BY 4.0", "contract 2026-014"
	Territory   string    `json:"territory"` // such as "JP"; "" where nothing limits it
	Expires     time.Time `json:"expires"`   // zero for never
	ConsentBlob string    `json:"consent_blob"`
	ConfirmedBy string    `json:"confirmed_by"` // user
	ConfirmedAt time.Time `json:"confirmed_at"`
}

// Source is a picture that was given, with the rights to it.
type Source struct {
	ID           string    `json:"id"`
	Revision     int64     `json:"revision"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Name         string    `json:"name"`
	Blob         string    `json:"blob"`
	ThumbBlob    string    `json:"thumb_blob"`
	Size         int64     `json:"size"`  // bytes
	Width        int       `json:"width"` // pixels
	Height       int       `json:"height"`
	Rights       Rights    `json:"rights"`
	WithdrawnAt  time.Time `json:"withdrawn_at"` // zero while it may be used
	WithdrawnWhy string    `json:"withdrawn_why"`
}

// NewSource is a picture to give. The file is read into memory, so that it can
// be sent again.
type NewSource struct {
	Name      string // of the file
	File      io.Reader
	Owner     string
	Licence   string
	Territory string
	Expires   time.Time // zero for never
	Confirmed bool      // the user takes responsibility for the rights
	OrKnown   bool      // a picture that the project has already is returned as it is, in place of a conflict
}

// AddSource uploads a picture. The studio bounds its size and drops its
// metadata.
func (p *Project) AddSource(ctx context.Context, s NewSource) (v Source, err error) {
	body, contentType, err := s.form()
	if err != nil {
		return v, err
	}
	err = p.client.do(ctx, call{
		method: http.MethodPost, path: p.path("sources"), contentType: contentType, body: body, key: p.client.key(ctx),
	}, &v)
	return v, err
}

// form is the multipart body.
func (s NewSource) form() (body []byte, contentType string, err error) {
	fields := [][2]string{
		{"name", s.Name}, {"owner", s.Owner}, {"licence", s.Licence}, {"territory", s.Territory}, {"confirmed", strconv.FormatBool(s.Confirmed)},
		{"or_known", strconv.FormatBool(s.OrKnown)},
	}
	if !s.Expires.IsZero() {
		fields = append(fields, [2]string{"expires", s.Expires.UTC().Format(time.RFC3339)})
	}
	return formOf(s.Name, s.File, fields)
}

// Sources lists the pictures that were given.
func (p *Project) Sources(ctx context.Context, page Page) (List[Source], error) {
	return get[List[Source]](ctx, p.client, p.path("sources"), page.into(nil))
}
