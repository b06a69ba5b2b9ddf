package sheet

import (
	"bytes"
	"cmp"
	"io"

	"github.com/ichimai/ichimai/studio"
)

// Table is a table with names for its columns.
type Table struct {
	Columns []string            // each once
	Rows    []map[string]string // cells that are not empty, by column
}

// Limits bound what is read. Zero fields are those of DefaultLimits.
type Limits struct {
	Bytes      int64 // of the file
	Unpacked   int64 // bytes of a workbook's parts together
	Rows       int   // below the names
	Columns    int
	Characters int // of a cell
	Text       int // bytes of all cells together
}

// DefaultLimits are enough for what one campaign draws.
func DefaultLimits() Limits {
	return Limits{Bytes: 8 << 20, Unpacked: 64 << 20, Rows: 2000, Columns: 64, Characters: 2000, Text: 2 << 20}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes: cmp.Or(l.Bytes, d.Bytes), Unpacked: cmp.Or(l.Unpacked, d.Unpacked), Rows: cmp.Or(l.Rows, d.Rows),
		Columns: cmp.Or(l.Columns, d.Columns), Characters: cmp.Or(l.Characters, d.Characters), Text: cmp.Or(l.Text, d.Text),
	}
}

// field is what errors of this package call a table.
const field = "table"

// invalid is an Invalid error of a table.
func invalid(english, japanese string, args ...any) error {
	return coded(studio.Invalid, english, japanese, args...)
}

// tooLarge is a TooLarge error of a table.
func tooLarge(english, japanese string, args ...any) error {
	return coded(studio.TooLarge, english, japanese, args...)
}

func coded(code studio.Code, english, japanese string, args ...any) error {
	e := studio.Errorf(code, english, japanese, args...).(*studio.Error)
	e.Field = field
	return e
}

// Read reads a file: a workbook where it begins like one, else text. An error of
// the reader itself is returned as it is.
func Read(r io.Reader, l Limits) (Table, error) {
	l = l.orDefault()
	data, err := io.ReadAll(io.LimitReader(r, l.Bytes+1))
	if err != nil {
		return Table{}, err
	}
	if int64(len(data)) > l.Bytes {
		return Table{}, tooLarge("the file has more than %d bytes", "ファイルが大きすぎます（上限%dバイト）。", l.Bytes)
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readWorkbook(data, l)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return Table{}, invalid("this is a workbook of the old format (.xls) or one with a password; save it as .xlsx without one, or as CSV",
			"旧形式（.xls）またはパスワード付きのブックは読み込めません。パスワードなしの.xlsxかCSVで保存してください。")
	}
	text, err := decode(data)
	if err != nil {
		return Table{}, err
	}
	return parse(text, l)
}

// Parse reads a table that somebody typed or pasted.
func Parse(text string, l Limits) (Table, error) {
	l = l.orDefault()
	if int64(len(text)) > l.Bytes {
		return Table{}, tooLarge("the text has more than %d bytes", "テキストが大きすぎます（上限%dバイト）。", l.Bytes)
	}
	return parse(text, l)
}
