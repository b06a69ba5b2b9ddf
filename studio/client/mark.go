package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Mark is a mark that no published picture may show unless an approver allows it.
type Mark struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"` // user
	Name      string    `json:"name"`
	Owner     string    `json:"owner"`  // whose it is
	Reason    string    `json:"reason"` // why it is protected
	Size      int64     `json:"size"`   // bytes of its picture
	Width     int       `json:"width"`  // pixels
	Height    int       `json:"height"`
	Hash      string    `json:"hash"` // perceptual, in hexadecimal
}

// NewMark is a mark to protect. The file is read into memory, so that it can be
// sent again.
type NewMark struct {
	Name     string
	Owner    string
	Reason   string
	FileName string
	File     io.Reader // a picture of the mark alone
}

// Marks lists the protected marks of the whole studio.
func (c *Client) Marks(ctx context.Context, page Page) (List[Mark], error) {
	return get[List[Mark]](ctx, c, "/policy/marks", page.into(nil))
}

// Mark returns a protected mark.
func (c *Client) Mark(ctx context.Context, id string) (Mark, error) {
	return get[Mark](ctx, c, markPath(id), nil)
}

// AddMark has pictures compared with a mark from now on, which takes an admin of the
// studio.
func (c *Client) AddMark(ctx context.Context, m NewMark) (v Mark, err error) {
	body, contentType, err := formOf(m.FileName, m.File, [][2]string{{"name", m.Name}, {"owner", m.Owner}, {"reason", m.Reason}})
	if err != nil {
		return v, err
	}
	err = c.do(ctx, call{method: http.MethodPost, path: "/policy/marks", contentType: contentType, body: body, key: c.key(ctx)}, &v)
	return v, err
}

// RemoveMark has a mark no longer looked for.
func (c *Client) RemoveMark(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: markPath(id), key: c.key(ctx)}, nil)
}

// MarkFile writes the picture of a mark, a PNG.
func (c *Client) MarkFile(ctx context.Context, id string, to io.Writer) error {
	response, err := c.answer(ctx, call{method: http.MethodGet, path: markPath(id) + "/file"})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(to, response.Body); err != nil {
		return fmt.Errorf("download mark %s: %w", id, err)
	}
	return nil
}

func markPath(id string) string { return "/policy/marks/" + url.PathEscape(id) }
