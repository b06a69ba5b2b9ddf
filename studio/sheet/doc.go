// Package sheet reads tables that people keep in spreadsheet programs: text with
// commas, semicolons or tabs, and workbooks of Excel (XLSX).
//
// Text may be UTF-8 or UTF-16, with or without a byte order mark, or Shift_JIS,
// which Excel writes in Japan. The first row that is not blank holds the names of
// the columns. Blank rows are left out, and every other row has a number, counted
// from 1 below the names, by which errors call it.
//
// What it reads comes from strangers. Size, rows, columns and the length of a cell
// are bounded, a workbook also in what it unpacks to, no formula is evaluated, and
// what is wrong is a studio.Error in English and Japanese.
package sheet
