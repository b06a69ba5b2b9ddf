package workspace

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
)

// Formats of a stamped picture.
const (
	FormatPNG  = "png"
	FormatJPEG = "jpeg"
)

// Stamper makes a picture's file and says in it what the picture is.
type Stamper interface {
	// Stamp returns the file of a picture, with the invisible mark in its pixels where
	// about.Watermark says so.
	Stamp(ctx context.Context, p *picture.Picture, format string, about About) ([]byte, error)
	// Holds reports whether the picture with an id can hold the invisible mark.
	Holds(ctx context.Context, p *picture.Picture, id string) (bool, error)
}

// About is what is known of a picture that is stamped.
type About struct {
	Project, Job string          // ids
	Picture      string          // id; "" before there is one
	Name         string          // of the picture, or its id
	Prompt       string          // of which the file tells a hash
	Seed         int64           // not negative
	Created      time.Time       // zero where that is not known yet
	Concepts     []string        // names
	Owners       []string        // of the rights to the pictures that the concepts were learned from
	Licences     []string        // of those rights
	Settings     json.RawMessage // how it was drawn: a diffusion.Record
	Metadata     map[string]string
	Watermark    bool
}

// Add says that a concept is in the picture, and whose pictures it was learned from.
func (a *About) Add(c studio.Concept, sources []studio.Source) {
	once := func(list []string, s string) []string {
		if s == "" || slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	a.Concepts = append(a.Concepts, c.Name)
	for _, s := range sources {
		a.Owners, a.Licences = once(a.Owners, s.Rights.Owner), once(a.Licences, s.Rights.Licence)
	}
}

// StamperOptions say how pictures are marked and signed.
type StamperOptions struct {
	Key    provenance.Key     // of the watermark; the zero key is provenance.PublicKey
	Signer *provenance.Signer // nil labels files without a signed manifest
}

// NewStamper returns a Stamper that writes a label with the IPTC digital source
// type into each file and, with a signer, a C2PA manifest (see package provenance);
// About.Metadata goes into PNG files. The payload of a mark is the first 32 bits of
// the SHA-256 of the picture's id: see [MarkPayload].
func NewStamper(o StamperOptions) Stamper {
	if o.Key == (provenance.Key{}) {
		o.Key = provenance.PublicKey()
	}
	return marker{o.Key, o.Signer}
}

type marker struct {
	key    provenance.Key
	signer *provenance.Signer
}

// jpegQuality is that of JPEG files: the eye sees no loss, and the mark stays.
const jpegQuality = 92

// Stamp is Stamper's.
func (m marker) Stamp(ctx context.Context, p *picture.Picture, format string, about About) ([]byte, error) {
	what := about.statement()
	if about.Watermark {
		var err error
		if p, err = m.mark(ctx, p, about); err != nil {
			return nil, err
		}
		payload := MarkPayload(about.Picture)
		what.Watermark = &payload
	}
	file, err := m.encode(p, format, about)
	if err != nil {
		return nil, err
	}
	if m.signer == nil {
		file, err = provenance.Label(file, what)
	} else {
		file, err = m.signer.Stamp(file, what)
	}
	if err != nil {
		return nil, fmt.Errorf("stamp picture: %w", err)
	}
	return file, nil
}

// statement is what the file says of itself.
func (a About) statement() provenance.Statement {
	var settings struct {
		Model struct{ Name, Hash string }
	}
	json.Unmarshal(a.Settings, &settings) // where they say nothing, neither does the file
	prompt := sha256.Sum256([]byte(a.Prompt))
	seed := uint64(a.Seed)
	return provenance.Statement{
		Title: a.Name, Model: settings.Model.Name, ModelHash: settings.Model.Hash, Concepts: a.Concepts, Seed: &seed,
		PromptHash: hex.EncodeToString(prompt[:]), Owner: strings.Join(a.Owners, ", "), Licence: strings.Join(a.Licences, ", "),
		Created: a.Created,
	}
}

// mark puts the mark in. A picture that holds none is refused: the policy wants it.
func (m marker) mark(ctx context.Context, p *picture.Picture, about About) (*picture.Picture, error) {
	marked, err := provenance.Mark(ctx, p, m.key, MarkPayload(about.Picture))
	if errors.Is(err, provenance.ErrUnmarkable) {
		return nil, errUnmarkable(about.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("mark picture: %w", err)
	}
	return marked.Picture, nil
}

// Holds is Stamper's.
func (m marker) Holds(ctx context.Context, p *picture.Picture, id string) (bool, error) {
	_, err := provenance.Mark(ctx, p, m.key, MarkPayload(id))
	if errors.Is(err, provenance.ErrUnmarkable) {
		return false, nil
	}
	return err == nil, err
}

func (m marker) encode(p *picture.Picture, format string, about About) ([]byte, error) {
	switch format {
	case FormatPNG:
		var b bytes.Buffer
		if err := picture.EncodePNG(&b, p, about.Metadata); err != nil {
			return nil, fmt.Errorf("write picture: %w", err)
		}
		return b.Bytes(), nil
	case FormatJPEG:
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: jpegQuality}); err != nil {
			return nil, fmt.Errorf("write picture: %w", err)
		}
		return b.Bytes(), nil
	}
	return nil, fmt.Errorf("write picture: there is no format %q", format)
}

// MarkPayload is the number that a picture's mark carries, by the picture's id.
func MarkPayload(id string) uint32 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint32(sum[:])
}
