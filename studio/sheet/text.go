package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// decode finds out how text is written: by its mark; else UTF-16 where every
// second byte of Latin text is 0; else UTF-8 where that is valid; else Shift_JIS
// in Microsoft's variant (CP932), where that is valid.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return check(string(data[3:]))
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeWith(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), data)
	case zeros(data, 1):
		return decodeWith(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), data)
	case zeros(data, 0):
		return decodeWith(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), data)
	case utf8.Valid(data):
		return check(string(data))
	}
	return decodeWith(japanese.ShiftJIS, data)
}

// zeros reports whether a 0 is at an odd (1) or even (0) place of the beginning,
// and none at the others.
func zeros(data []byte, odd int) bool {
	data = data[:min(len(data), 1024)]
	count := [2]int{}
	for i, b := range data {
		if b == 0 {
			count[i%2]++
		}
	}
	return count[odd] > 0 && count[1-odd] == 0
}

func decodeWith(e encoding.Encoding, data []byte) (string, error) {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return "", errEncoding
	}
	return check(string(text))
}

var errEncoding = invalid("this is no table: the file is neither a workbook nor text in UTF-8, UTF-16 or Shift_JIS; save it as .xlsx or as CSV in UTF-8",
	"表として読み込めません。ブック（.xlsx）でも、UTF-8、UTF-16、Shift_JISのテキストでもありません。.xlsxかCSV（UTF-8）で保存してください。")

// check refuses what is no text.
func check(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\ufffd") {
		return "", errEncoding
	}
	return text, nil
}

// parse reads delimited text as RFC 4180 has it. Where it has tabs, as what is
// pasted from a spreadsheet program, quotes may stand anywhere.
func parse(text string, l Limits) (Table, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // as Excel once wrote on the Macintosh
	}
	comma, text := delimiter(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, comma == '\t'
	g := grid{limits: l}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return g.done()
		}
		if err != nil {
			return Table{}, broken(err)
		}
		if err := g.add(cells); err != nil {
			return Table{}, err
		}
	}
}

// broken says where the quotes of a text are wrong.
func broken(err error) error {
	var e *csv.ParseError
	if !errors.As(err, &e) {
		return invalid("the text could not be read", "テキストを読み取れませんでした。")
	}
	return invalid(`line %d: a quotation mark (") is wrong, at or before character %d; inside a quoted cell write it twice`,
		`%d行目の%d文字目付近：引用符（"）の使い方が正しくありません。引用符で囲んだセルの中では、引用符を2つ続けて書いてください。`, e.Line, e.Column)
}

// delimiter is what parts the cells: what Excel's line "sep=;" says, else the one
// of tab, comma and semicolon that is most often in the first line, outside
// quotes. It returns the text without the line of Excel's.
func delimiter(text string) (rune, string) {
	first, rest, _ := strings.Cut(text, "\n")
	if sep, found := strings.CutPrefix(strings.TrimRight(first, "\r"), "sep="); found && len(sep) == 1 && strings.Contains(",;\t", sep) {
		return rune(sep[0]), rest
	}
	count, quoted := map[rune]int{}, false
	for _, r := range strings.TrimLeft(text, "\r\n") {
		if r == '"' {
			quoted = !quoted
		}
		if r == '\n' && !quoted {
			break
		}
		if !quoted && strings.ContainsRune(",;\t", r) {
			count[r]++
		}
	}
	best := ','
	for _, r := range "\t;" {
		if count[r] > count[best] {
			best = r
		}
	}
	return best, text
}
