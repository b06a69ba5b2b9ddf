package jobs

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// packer writes an export, item by item.
type packer interface {
	add(item) error
	close() error
}

// newPacker writes count items to w: as a page, as a ZIP with a table of them, or,
// in the other formats, one as it is and several as a ZIP.
func newPacker(w io.Writer, format string, count int) packer {
	switch {
	case format == "html":
		return &page{w: w}
	case format == "zip":
		return &archive{zip: zip.NewWriter(w), table: newTable()}
	case count == 1:
		return single{w}
	}
	return &archive{zip: zip.NewWriter(w)}
}

// single is one item as it is.
type single struct{ w io.Writer }

func (s single) add(it item) error { _, err := s.w.Write(it.Data); return err }

func (s single) close() error { return nil }

// archive is a ZIP. Equal items give equal bytes.
type archive struct {
	zip   *zip.Writer
	table *table    // nil where none is wanted
	last  time.Time // of the newest item
}

// add is packer's. Pictures are compressed already.
func (a *archive) add(it item) error {
	if a.table != nil {
		a.table.add(it)
	}
	if it.CreatedAt.After(a.last) {
		a.last = it.CreatedAt
	}
	return a.write(it.File, zip.Store, it.CreatedAt, it.Data)
}

func (a *archive) write(name string, method uint16, at time.Time, data []byte) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: at})
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

func (a *archive) close() error {
	if a.table != nil {
		if err := a.write("pictures.csv", zip.Deflate, a.last, a.table.bytes()); err != nil {
			return err
		}
	}
	return a.zip.Close()
}

// table lists items as CSV, with the mark by which spreadsheet programs know UTF-8.
type table struct {
	b bytes.Buffer
	w *csv.Writer
}

func newTable() *table {
	t := &table{}
	t.b.WriteString("\ufeff")
	t.w = csv.NewWriter(&t.b)
	t.w.Write([]string{"file", "name", "state", "prompt", "negative_prompt", "seed", "width", "height", "created"}) // to memory: it cannot fail
	return t
}

func (t *table) add(it item) {
	t.w.Write([]string{it.File, cell(it.Name), string(it.State), cell(it.Prompt), cell(it.NegativePrompt), strconv.FormatInt(it.Seed, 10),
		strconv.Itoa(it.Width), strconv.Itoa(it.Height), it.CreatedAt.Format(time.RFC3339)})
}

func (t *table) bytes() []byte {
	t.w.Flush()
	return t.b.Bytes()
}

// cell is a text that a spreadsheet program takes as text: one that begins like a
// formula gets an apostrophe in front.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

//go:embed catalogue.html
var catalogueText string

var catalogue = template.Must(template.New("catalogue").Funcs(template.FuncMap{
	"source": func(it item) template.URL {
		return template.URL("data:" + it.Type + ";base64," + base64.StdEncoding.EncodeToString(it.Data))
	},
}).Parse(catalogueText))

// page is one HTML page that holds the pictures, to look at and to print.
type page struct {
	w     io.Writer
	begun bool
}

func (p *page) add(it item) error {
	if err := p.begin(); err != nil {
		return err
	}
	return catalogue.ExecuteTemplate(p.w, "item", it)
}

func (p *page) begin() error {
	if p.begun {
		return nil
	}
	p.begun = true
	return catalogue.ExecuteTemplate(p.w, "begin", nil)
}

func (p *page) close() error {
	if err := p.begin(); err != nil {
		return err
	}
	return catalogue.ExecuteTemplate(p.w, "end", nil)
}

// itemName is the name of an item's file: its number of count and its own name, in
// letters and digits that every system takes.
func itemName(it item, index, count int) string {
	ending := ".png"
	if it.Type == typeJPEG {
		ending = ".jpg"
	}
	return fmt.Sprintf("%0*d%s%s", len(strconv.Itoa(count)), index+1, fileName(it.Name), ending)
}

// maxFileName bounds the part of a file's name that is the picture's, in characters:
// with three bytes each and the number it is within what file systems take.
const maxFileName = 60

// fileName is a picture's name as a part of a file's: letters and digits of any
// script, and - before each word.
func fileName(name string) string {
	var b strings.Builder
	n := 0
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }
	for _, word := range strings.FieldsFunc(name, between) {
		b.WriteByte('-')
		for _, r := range word {
			if n++; n > maxFileName {
				return b.String()
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
