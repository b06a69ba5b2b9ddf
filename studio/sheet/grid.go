package sheet

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// grid takes the rows of a file, one after the other, and makes a table of them.
type grid struct {
	limits Limits
	table  Table
	names  []string // of the columns by place; "" where there is none
	text   int      // bytes so far
}

// add takes the next row. Blank ones are passed over.
func (g *grid) add(cells []string) error {
	for i, c := range cells {
		cells[i] = clean(c)
	}
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	switch {
	case len(cells) == 0:
		return nil
	case g.names == nil:
		return g.head(cells)
	}
	return g.row(cells)
}

// head takes the names of the columns.
func (g *grid) head(cells []string) error {
	if len(cells) > g.limits.Columns {
		return tooLarge("the table has %d columns; at most %d are read", "表に%d列あります。読み込めるのは%d列までです。", len(cells), g.limits.Columns)
	}
	for i, name := range cells {
		switch first := slices.Index(cells, name); {
		case name == "":
			continue
		case utf8.RuneCountInString(name) > maxName:
			return invalid("the name of column %s is longer than %d characters; is the first row the one with the names?",
				"%s列の列名が%d文字を超えています。1行目が列名の行になっているかご確認ください。", letters(i), maxName)
		case first != i:
			return invalid("the columns %s and %s are both called %q; rename one", "%s列と%s列の列名がどちらも「%s」です。一方の列名を変更してください。", letters(first), letters(i), name)
		}
		g.table.Columns = append(g.table.Columns, name)
		g.text += len(name)
	}
	g.names = slices.Clone(cells)
	return nil
}

// maxName bounds a column's name, in characters.
const maxName = 100

func (g *grid) row(cells []string) error {
	number := len(g.table.Rows) + 1
	if number > g.limits.Rows {
		return tooLarge("the table has more than %d rows; divide it", "表の行数が上限（%d行）を超えています。表を分割してください。", g.limits.Rows)
	}
	row := map[string]string{}
	for i, c := range cells {
		if c == "" {
			continue
		}
		if i >= len(g.names) || g.names[i] == "" {
			return invalid("row %d has something in column %s, which has no name: %.40q", "%d行目の%s列に値がありますが、列名がありません：「%.40s」", number, letters(i), c)
		}
		if n := utf8.RuneCountInString(c); n > g.limits.Characters {
			return tooLarge("row %d, column %q: the cell has %d characters; at most %d are read", "%d行目の「%s」列：セルに%d文字あります。読み込めるのは%d文字までです。", number, g.names[i], n, g.limits.Characters)
		}
		row[g.names[i]] = c
		g.text += len(c)
	}
	if g.text > g.limits.Text {
		return tooLarge("the cells hold more than %d bytes of text, from row %d on", "%[2]d行目でテキスト全体の上限（%[1]dバイト）を超えました。", g.limits.Text, number)
	}
	g.table.Rows = append(g.table.Rows, row)
	return nil
}

// done returns the table, if it has rows.
func (g *grid) done() (Table, error) {
	switch {
	case g.names == nil:
		return Table{}, invalid("the table is empty", "表が空です。")
	case len(g.table.Rows) == 0:
		return Table{}, invalid("the table has names of columns and no rows below them", "列名の下にデータの行がありません。")
	}
	return g.table, nil
}

// clean makes a cell one line of text without what cannot be seen around it.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\ufeff':
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	return strings.TrimSpace(s)
}

// letters is what spreadsheet programs call the column at a place, from 0: A, B,
// and after Z, AA.
func letters(place int) string {
	name, err := excelize.ColumnNumberToName(place + 1)
	if err != nil {
		return "?" // past what any program has
	}
	return name
}
