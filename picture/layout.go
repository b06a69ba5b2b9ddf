package picture

// layout places the parts of a sheet from top to bottom; what is to be painted
// is kept until the size of the whole is known.
type layout struct {
	sheet         Sheet
	title, text   lettering
	gap, margin   int
	inputSide     int // of the input's picture, 0 for none
	left          int // of the rows
	width, height int // of the sheet, margins included
	paint         []func(*Picture)
}

func newLayout(s Sheet) *layout {
	gap := max(s.Cell/16, 8)
	l := &layout{
		sheet: s, gap: gap, margin: 2 * gap, left: 2 * gap,
		title: letteringFor(26, 3, s.texts()), text: letteringFor(18, 2, s.texts()),
	}
	if s.Input != nil {
		l.inputSide = s.Cell * 3 / 2
		l.left += l.inputSide + 2*gap
	}
	content := s.columns()*(s.Cell+gap) - gap
	if s.columns() == 0 { // only an input
		content = -2 * gap
	}
	l.width = l.left + content + l.margin
	return l
}

// place puts every part where it belongs and finds the height.
func (l *layout) place() {
	inner := l.width - 2*l.margin
	y := l.margin
	y = l.lines(l.title, l.sheet.Title, l.margin, y, inner, inkTitle)
	y = l.lines(l.text, l.sheet.Note, l.margin, y, inner, inkCaption)
	if y > l.margin {
		y += l.gap
	}
	bottom := y
	if in := l.sheet.Input; in != nil {
		bottom = l.cell(*in, l.margin, y, l.inputSide)
	}
	for i, row := range l.sheet.Rows {
		if i > 0 {
			y += l.gap
		}
		y = l.row(row, y)
	}
	l.height = max(y, bottom) + l.margin
}

// row places a heading with a rule under it and its lines of cells; it returns
// the y below.
func (l *layout) row(row Row, y int) int {
	width := l.width - l.margin - l.left
	if row.Label != "" {
		y = l.lines(l.text, row.Label, l.left, y, width, inkLabel) + 2
		l.rule(l.left, y, width)
		y += l.gap / 2
	}
	cells := row.Cells
	for len(cells) > 0 {
		n := min(len(cells), l.sheet.Wrap)
		below := y
		for i, cell := range cells[:n] {
			below = max(below, l.cell(cell, l.left+i*(l.sheet.Cell+l.gap), y, l.sheet.Cell))
		}
		y, cells = below, cells[n:]
		if len(cells) > 0 {
			y += l.gap
		}
	}
	return y
}

// cell places a picture fitted into side by side with its caption under it.
// A wide picture keeps its own height, so that the caption stays close.
func (l *layout) cell(c Cell, x, y, side int) int {
	if c.Picture == nil {
		l.paint = append(l.paint, func(p *Picture) {
			p.Paste(Filled(side, side, groundNone, groundNone, groundNone), x, y)
		})
		return l.lines(l.text, c.Caption, x, y+side+l.gap/2, side, inkCaption)
	}
	fitted := c.Picture.Fit(side, side)
	l.paint = append(l.paint, func(p *Picture) { p.Paste(fitted, x+(side-fitted.Width)/2, y) })
	return l.lines(l.text, c.Caption, x, y+fitted.Height+l.gap/2, side, inkCaption)
}

// lines places wrapped text and returns the y below it; no text takes no room.
func (l *layout) lines(face lettering, text string, x, y, width int, ink uint8) int {
	if text == "" {
		return y
	}
	for _, line := range face.wrap(text, width) {
		top := y
		l.paint = append(l.paint, func(p *Picture) { face.draw(p, line, x, top, ink) })
		y += face.lineHeight
	}
	return y
}

func (l *layout) rule(x, y, width int) {
	l.paint = append(l.paint, func(p *Picture) { p.Paste(Filled(width, 1, inkRule, inkRule, inkRule), x, y) })
}
