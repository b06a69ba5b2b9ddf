package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio"
)

// formField is a field of a multipart body, for the document and for reading.
type formField struct {
	name string
	doc  string
	file bool
	kind string // huma.TypeString where it is empty
	form string // format
}

const (
	maxFormText  = 64 << 10 // bytes of all text fields
	maxFormParts = 64
)

// form is a multipart body that has been read. File is to be closed.
type form struct {
	values map[string]string
	name   string // of the file
	file   *spool
}

var (
	notMultipart = text{"send the fields as multipart/form-data", "項目をmultipart/form-dataで送信してください。"}
	brokenForm   = text{"the multipart form is broken", "multipart形式の本文が正しくありません。"}
	noFile       = text{"the file is missing", "ファイルがありません。"}
	twoFields    = text{"the field is there twice", "項目が重複しています。"}
	notBoolean   = text{"is neither true nor false", "trueまたはfalseを指定してください。"}
	notTime      = text{"is no time such as 2027-03-31T00:00:00Z", "2027-03-31T00:00:00Zのような日時を指定してください。"}
	noSuchField  = text{"the form has no such field", "不明な項目です。"}
)

// readForm reads the fields that the operation knows. The body lies spooled
// within its bounds already; the file is spooled apart, so that it can be read
// whatever the order of the fields.
func readForm(r *http.Request, fields []formField) (f *form, err error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, &Problem{Title: http.StatusText(http.StatusUnsupportedMediaType), Status: http.StatusUnsupportedMediaType,
			Code: studio.Invalid, Detail: notMultipart.in(languageOf(r)), RequestID: requestID(r.Context())}
	}
	f = &form{values: map[string]string{}}
	reader, room := multipart.NewReader(r.Body, params["boundary"]), int64(maxFormText)
	for range maxFormParts {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, errors.Join(brokenForm.error(studio.Invalid), f.Close())
		}
		if err := f.take(part, fields, &room); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return nil, errors.Join(brokenForm.error(studio.TooLarge), f.Close())
}

// take reads one part.
func (f *form) take(part *multipart.Part, fields []formField, room *int64) (err error) {
	name := part.FormName()
	field, known := findField(fields, name)
	_, again := f.values[name]
	switch {
	case !known:
		return fieldError(name, noSuchField)
	case again || field.file && f.file != nil:
		return fieldError(name, twoFields)
	case field.file:
		f.name = part.FileName()
		if f.file, err = newSpool(part); err != nil && !errors.Is(err, errSpool) {
			return brokenForm.error(studio.Invalid)
		}
		return err
	}
	value, err := io.ReadAll(io.LimitReader(part, *room+1))
	if err != nil {
		return brokenForm.error(studio.Invalid)
	}
	if *room -= int64(len(value)); *room < 0 {
		return fieldError(name, bodyTooLarge)
	}
	f.values[name] = string(value)
	return nil
}

func findField(fields []formField, name string) (formField, bool) {
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
	}
	return formField{}, false
}

func fieldError(name string, t text) error {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if len(name) > 100 {
		name = "" // not one of ours, and nothing to repeat
	}
	return &studio.Error{Code: studio.Invalid, Field: name, English: t.en, Japanese: t.ja}
}

// reader is the file.
func (f *form) reader() (io.Reader, error) {
	if f.file == nil {
		return nil, fieldError("file", noFile)
	}
	return f.file.reader(), nil
}

// boolean reads a field, which is false where it was not sent.
func (f *form) boolean(name string) (bool, error) {
	s := f.values[name]
	if s == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, fieldError(name, notBoolean)
	}
	return v, nil
}

// time reads a field, which is zero where it was not sent.
func (f *form) time(name string) (time.Time, error) {
	s := f.values[name]
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fieldError(name, notTime)
	}
	return t, nil
}

// Close removes the file's spool.
func (f *form) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// describeForm writes the fields into the document. Huma does not read such a
// body itself, so it learns of it only now.
func (s *server) describeForm(op operation) {
	if op.form == nil {
		return
	}
	schema := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, f := range op.form {
		property := &huma.Schema{Type: huma.TypeString, Description: f.doc, Format: f.form}
		if f.kind != "" {
			property.Type = f.kind
		}
		if f.file {
			property.Format = "binary"
			schema.Required = append(schema.Required, f.name)
		}
		schema.Properties[f.name] = property
	}
	s.api.OpenAPI().Paths[op.path].Post.RequestBody = &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: schema}},
	}
}
