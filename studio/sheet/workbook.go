package sheet

import (
	"archive/zip"
	"bytes"

	"github.com/xuri/excelize/v2"
)

// maxParts bounds the files in a workbook, of which an ordinary one has a dozen.
const maxParts = 4096

// readWorkbook reads the first sheet of a workbook that is not hidden. Cells are
// as their formats show them; of a formula it is the result that the program kept
// that wrote the file.
func readWorkbook(data []byte, l Limits) (t Table, err error) {
	defer func() {
		if recover() != nil { // the reader is not ours, and the file a stranger's
			t, err = Table{}, errWorkbook
		}
	}()
	if err := checkParts(data, l); err != nil {
		return Table{}, err
	}
	// All of it stays in memory: parts over UnzipXMLSizeLimit would go to files.
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: l.Unpacked, UnzipXMLSizeLimit: l.Unpacked})
	if err != nil {
		return Table{}, errWorkbook
	}
	defer book.Close()
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		return readSheet(book, name, l)
	}
	return Table{}, invalid("the workbook has no sheet that can be seen", "ブックに表示されているシートがありません。")
}

var errWorkbook = invalid("the workbook could not be read; open it in a spreadsheet program and save it as .xlsx or CSV again",
	"ブックを読み取れませんでした。表計算ソフトで開き、.xlsxかCSVで保存し直してください。")

// checkParts bounds what the workbook unpacks to, by what it says of its parts:
// archive/zip gives no part more bytes than that.
func checkParts(data []byte, l Limits) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errWorkbook
	}
	left := uint64(l.Unpacked)
	for _, part := range archive.File {
		if part.UncompressedSize64 > left {
			return tooLarge("the workbook unpacks to more than %d bytes; copy the table into a new one", "ブックの展開後のサイズが上限（%dバイト）を超えています。表だけを新しいブックにコピーしてください。", l.Unpacked)
		}
		left -= part.UncompressedSize64
	}
	if len(archive.File) > maxParts {
		return tooLarge("the workbook has %d parts", "ブックを構成するファイルが多すぎます（%d個）。", len(archive.File))
	}
	return nil
}

// maxBlank bounds the blank rows of a sheet, which may say that its last row is
// the millionth.
const maxBlank = 20000

func readSheet(book *excelize.File, name string, l Limits) (Table, error) {
	rows, err := book.Rows(name)
	if err != nil {
		return Table{}, errWorkbook
	}
	defer rows.Close()
	g := grid{limits: l}
	for read := 0; rows.Next(); read++ {
		if read > l.Rows+maxBlank {
			return Table{}, tooLarge("the sheet goes on for more than %d rows, most of them blank; copy the table into a new workbook", "シートが%d行を超えて続いています（大半が空行です）。表だけを新しいブックにコピーしてください。", l.Rows+maxBlank)
		}
		cells, err := rows.Columns()
		if err != nil {
			return Table{}, errWorkbook
		}
		if err := g.add(cells); err != nil {
			return Table{}, err
		}
	}
	if rows.Error() != nil {
		return Table{}, errWorkbook
	}
	return g.done()
}
