package sheet

import "strings"

// CSV writes the table as text, with commas, which Parse reads to an equal table.
func (t Table) CSV() string {
	var b strings.Builder
	line := func(cell func(column string) string) {
		for i, c := range t.Columns {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(cell(c)))
		}
		b.WriteByte('\n')
	}
	line(func(column string) string { return column })
	for _, row := range t.Rows {
		line(func(column string) string { return row[column] })
	}
	return b.String()
}

// quote puts a cell in quotes where it could be taken for something else: for
// several cells, or for the line that names what parts them.
func quote(cell string) string {
	if strings.ContainsAny(cell, ",;\t\"\r\n") || strings.HasPrefix(cell, "sep=") || strings.TrimSpace(cell) != cell {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}
