package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/studio"
)

var customers = Table{
	Columns: []string{"name", "商品", "季節"},
	Rows: []map[string]string{
		{"name": "株式会社あおぞら", "商品": "ぬいぐるみ, 大", "季節": "春"},
		{"name": "表示㈱", "季節": `5"`}, // ㈱ is in CP932 alone
	},
}

const customersCSV = "name,商品,季節\r\n株式会社あおぞら,\"ぬいぐるみ, 大\",春\r\n\r\n表示㈱,,\"5\"\"\"\r\n"

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestReadText(t *testing.T) {
	encode := must[[]byte](t)
	tabs := "name\t商品\t季節\n株式会社あおぞら\tぬいぐるみ, 大\t春\n表示㈱\t\t5\"\n"
	for name, data := range map[string][]byte{
		"OK UTF-8":      []byte(customersCSV),
		"OK BOM":        []byte("\xef\xbb\xbf" + customersCSV),
		"OK Shift_JIS":  encode(japanese.ShiftJIS.NewEncoder().Bytes([]byte(customersCSV))),
		"OK UTF-16LE":   encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(customersCSV))),
		"OK UTF-16BE":   encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(customersCSV))),
		"OK UTF-16 raw": encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(customersCSV))),
		"OK semicolons": []byte("name;商品;季節\n株式会社あおぞら;ぬいぐるみ, 大;春\n表示㈱;;\"5\"\"\"\n"),
		"OK tabs":       []byte(tabs),
		"OK tab UTF-16": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(tabs))),
		"OK sep":        []byte("sep=;\r\nname;商品;季節\r\n株式会社あおぞら;ぬいぐるみ, 大;春\r\n表示㈱;;\"5\"\"\"\r\n"),
		"OK Macintosh":  []byte(strings.ReplaceAll(customersCSV, "\r\n", "\r")),
		"OK blank":      []byte("\n , ,\n name ,商品,季節,,\n株式会社あおぞら,\"ぬいぐるみ, 大\", 春 ,,\n,,\n表示㈱,,\"5\"\"\"\n"),
	} {
		t.Run(name, func(t *testing.T) {
			got := must[Table](t)(Read(bytes.NewReader(data), Limits{}))
			if diff := cmp.Diff(customers, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// workbook makes an XLSX file.
func workbook(t testing.TB, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"name", "商品", "季節"}, {"株式会社あおぞら", "ぬいぐるみ, 大", "春"}, {}, {"表示㈱", nil, `5"`}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	change(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadWorkbook(t *testing.T) {
	t.Run("OK", func(t *testing.T) {
		got := must[Table](t)(Read(bytes.NewReader(workbook(t, func(*excelize.File) {})), Limits{}))
		if diff := cmp.Diff(customers, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
	t.Run("OK number and formula", func(t *testing.T) {
		data := workbook(t, func(f *excelize.File) {
			style := must[int](t)(f.NewStyle(&excelize.Style{NumFmt: 10})) // 0.00%
			_ = f.SetCellValue("Sheet1", "B2", 0.125)
			_ = f.SetCellStyle("Sheet1", "B2", "B2", style)
			_ = f.SetCellValue("Sheet1", "C2", nil)
			_ = f.SetCellFormula("Sheet1", "C2", `=HYPERLINK("https://evil.example/","x")`)
		})
		got := must[Table](t)(Read(bytes.NewReader(data), Limits{}))
		if diff := cmp.Diff(map[string]string{"name": "株式会社あおぞら", "商品": "12.50%"}, got.Rows[0]); diff != "" {
			t.Errorf("a formula without a kept result is empty: -want +got:\n%s", diff)
		}
	})
	t.Run("OK first seen", func(t *testing.T) {
		data := workbook(t, func(f *excelize.File) {
			must[int](t)(f.NewSheet("Second"))
			_ = f.SetSheetRow("Second", "A1", &[]any{"a"})
			_ = f.SetSheetRow("Second", "A2", &[]any{"1"})
			f.SetActiveSheet(1)
			_ = f.SetSheetVisible("Sheet1", false)
		})
		got := must[Table](t)(Read(bytes.NewReader(data), Limits{}))
		if diff := cmp.Diff(Table{Columns: []string{"a"}, Rows: []map[string]string{{"a": "1"}}}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// bomb is an archive with a part of many equal bytes.
func bomb(t testing.TB, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part, err := z.Create("xl/sharedStrings.xml")
	if err == nil {
		_, err = part.Write(bytes.Repeat([]byte(" "), size))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadErrors(t *testing.T) {
	far := workbook(t, func(f *excelize.File) { _ = f.SetCellValue("Sheet1", "XFD5", "x") })
	deep := workbook(t, func(f *excelize.File) { _ = f.SetCellValue("Sheet1", "A20200", "x") })
	for name, c := range map[string]struct {
		data   string
		limits Limits
		code   studio.Code
		says   string
	}{
		"ErrEmpty":        {"", Limits{}, studio.Invalid, "empty"},
		"ErrBlank":        {" ,,\n\n", Limits{}, studio.Invalid, "empty"},
		"ErrNoRows":       {"a,b\n", Limits{}, studio.Invalid, "no rows"},
		"ErrTwice":        {"a,b,a\n1,2,3\n", Limits{}, studio.Invalid, "columns A and C"},
		"ErrNoName":       {"a,,c\n1,2,3\n", Limits{}, studio.Invalid, "row 1 has something in column B"},
		"ErrPastNames":    {"a\n1\n1,2\n", Limits{}, studio.Invalid, "row 2 has something in column B"},
		"ErrLongName":     {strings.Repeat("長", 101) + "\n1\n", Limits{}, studio.Invalid, "column A"},
		"ErrQuotes":       {"a,b\n1,\"x\"y\n", Limits{}, studio.Invalid, "line 2"},
		"ErrColumns":      {"a,b,c\n1\n", Limits{Columns: 2}, studio.TooLarge, "3 columns"},
		"ErrRows":         {"a\n1\n2\n3\n", Limits{Rows: 2}, studio.TooLarge, "more than 2 rows"},
		"ErrCell":         {"a,b\n1,22\n1,長い値\n", Limits{Characters: 2}, studio.TooLarge, `row 2, column "b"`},
		"ErrText":         {"a\n12345\n12345\n", Limits{Text: 10}, studio.TooLarge, "row 2"},
		"ErrBytes":        {"a\n1\n", Limits{Bytes: 3}, studio.TooLarge, "3 bytes"},
		"ErrBinary":       {"\x00\x01\x02\x03", Limits{}, studio.Invalid, "no table"},
		"ErrPicture":      {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", Limits{}, studio.Invalid, "no table"},
		"ErrOldWorkbook":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1and more", Limits{}, studio.Invalid, ".xls"},
		"ErrZIP":          {"PK\x03\x04 and no more", Limits{}, studio.Invalid, "could not be read"},
		"ErrOtherZIP":     {string(bomb(t, 10)), Limits{}, studio.Invalid, ""},
		"ErrBomb":         {string(bomb(t, 65<<20)), Limits{}, studio.TooLarge, "unpacks to more"},
		"ErrFarCell":      {string(far), Limits{}, studio.Invalid, "column XFD"},
		"ErrDeepCell":     {string(deep), Limits{Rows: 100}, studio.TooLarge, "20100 rows"},
		"ErrWorkbookRows": {string(workbook(t, func(*excelize.File) {})), Limits{Rows: 1}, studio.TooLarge, "more than 1 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := Read(strings.NewReader(c.data), c.limits)
			var e *studio.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Field != "table" || e.Japanese == "" || strings.Contains(e.English+e.Japanese, "%!") {
				t.Fatalf("%v and %v", table, err)
			}
			if !strings.Contains(e.English, c.says) {
				t.Errorf("%q does not say %q", e.English, c.says)
			}
		})
	}
	t.Run("ErrReader", func(t *testing.T) {
		broken := errors.New("broken")
		if _, err := Read(failing{broken}, Limits{}); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestCSV wants any table to be read as it was written, but for names of columns that are
// too long, which are refused.
func TestCSV(t *testing.T) {
	cell := rapid.StringMatching(`([a-z,;"=+ あ漢\t'-]|sep=)*[a-z;"あ]`).Filter(func(s string) bool { return clean(s) == s })
	rapid.Check(t, func(t *rapid.T) {
		want := Table{Columns: rapid.SliceOfNDistinct(cell, 1, 5, rapid.ID).Draw(t, "columns")}
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			row := map[string]string{want.Columns[0]: cell.Draw(t, "first")}
			for _, c := range want.Columns[1:] {
				if rapid.Bool().Draw(t, "filled") {
					row[c] = cell.Draw(t, "cell")
				}
			}
			want.Rows = append(want.Rows, row)
		}
		got, err := Parse(want.CSV(), Limits{})
		if slices.ContainsFunc(want.Columns, func(name string) bool { return utf8.RuneCountInString(name) > maxName }) {
			if studio.ErrorCode(err) != studio.Invalid {
				t.Fatalf("a name that is too long gave %v and %v", got, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, want.CSV())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

// FuzzRead gives the reader what nobody would: it returns a table within its
// limits or an error for people.
func FuzzRead(f *testing.F) {
	f.Add([]byte(customersCSV))
	f.Add([]byte("sep=;\na;b\n1;2"))
	f.Add([]byte("\xff\xfea\x00\n\x001\x00"))
	f.Add([]byte("\x83\x65,\x83\x58\n\x83,\x83\x67"))
	f.Add(workbook(f, func(*excelize.File) {}))
	f.Add(bomb(f, 100))
	limits := Limits{Bytes: 1 << 16, Unpacked: 1 << 18, Rows: 20, Columns: 5, Characters: 30, Text: 500}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Read(bytes.NewReader(data), limits)
		var e *studio.Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("%v is nothing for people", err)
			}
			return
		}
		if len(table.Rows) == 0 || len(table.Rows) > limits.Rows || len(table.Columns) > limits.Columns {
			t.Fatalf("%d rows of %d columns", len(table.Rows), len(table.Columns))
		}
		again, err := Parse(table.CSV(), Limits{})
		if diff := cmp.Diff(table, again); err != nil || diff != "" {
			t.Fatalf("%v; -want +got:\n%s", err, diff)
		}
	})
}
