package workspace

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// Stamp makes the file of a picture that a worker has drawn.
func (w *Workspace) Stamp(ctx context.Context, p *picture.Picture, format string, about About) ([]byte, error) {
	return w.stamper.Stamp(ctx, p, format, about)
}

// StampPicture returns a drawn picture and its file as it leaves the studio: with
// what it is and where it comes from, and with watermark the invisible mark.
func (w *Workspace) StampPicture(ctx context.Context, project, id, format string, watermark bool) (p studio.Picture, data []byte, err error) {
	var about About
	err = w.view(ctx, w.System(), project, maySee, func(c *call) error {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		about, err = c.about(p)
		return err
	})
	if err != nil {
		return p, nil, err
	}
	about.Watermark = watermark
	data, err = w.stampStored(ctx, p.Blob, format, about)
	return p, data, err
}

// about is what is known of a picture that leaves, but for its file's metadata.
func (c *call) about(p studio.Picture) (About, error) {
	a := About{
		Project: p.ProjectID, Job: p.JobID, Picture: p.ID, Name: cmp.Or(p.Name, p.ID), Prompt: p.Prompt, Seed: p.Seed,
		Created: p.CreatedAt, Settings: p.Settings,
	}
	for _, id := range p.ConceptIDs {
		v, err := c.Tx.Concept(c.project.ID, id)
		if err != nil {
			return a, err
		}
		var sources []studio.Source
		for _, source := range v.SourceIDs {
			s, err := c.Tx.Source(c.project.ID, source)
			if err != nil {
				return a, err
			}
			sources = append(sources, s)
		}
		a.Add(v, sources)
	}
	return a, nil
}

// keywordXMP is that of a PNG's label.
const keywordXMP = "XML:com.adobe.xmp"

// stampStored stamps a picture that is kept.
func (w *Workspace) stampStored(ctx context.Context, blob, format string, about About) ([]byte, error) {
	file, _, err := w.files.Open(ctx, blob)
	if err != nil {
		return nil, err
	}
	stored, err := io.ReadAll(io.LimitReader(file, maxStored))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read picture %s: %w", about.Picture, err)
	}
	if about.Metadata, err = picture.ReadPNGMetadata(bytes.NewReader(stored)); err != nil {
		return nil, fmt.Errorf("read picture %s: %w", about.Picture, err)
	}
	delete(about.Metadata, keywordXMP) // the label is written anew
	pixels, err := picture.Decode(bytes.NewReader(stored), picture.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read picture %s: %w", about.Picture, err)
	}
	return w.stamper.Stamp(ctx, pixels, format, about)
}

// openLeaving opens a published picture as people get it: stamped as the policy
// wants it now.
func (w *Workspace) openLeaving(ctx context.Context, blob string, about About) (io.ReadSeekCloser, int64, error) {
	what, err := json.Marshal(about)
	if err != nil {
		return nil, 0, fmt.Errorf("describe picture %s: %w", about.Picture, err)
	}
	data, err := w.leaving.get(ctx, blob+string(what), func() ([]byte, error) {
		select {
		case decoding <- struct{}{}:
			defer func() { <-decoding }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return w.stampStored(ctx, blob, FormatPNG, about)
	})
	if err != nil {
		return nil, 0, err
	}
	sum := sha256.Sum256(data)
	return stampedFile{bytes.NewReader(data), hex.EncodeToString(sum[:])}, int64(len(data)), nil
}

// stampedFile is a file that is not kept.
type stampedFile struct {
	*bytes.Reader
	sum string
}

// Close gives nothing back.
func (stampedFile) Close() error { return nil }

// ContentHash is the SHA-256 of what OpenFile opened for a blob, in lower-case
// hexadecimal: the blob's own name, but for a published picture, which is stamped.
func ContentHash(file io.ReadSeekCloser, blob string) string {
	if s, stamped := file.(stampedFile); stamped {
		return s.sum
	}
	return blob
}
