package picture

import (
	"errors"
	"fmt"
)

// Cell is a picture on a sheet with what is written under it, in English or
// Japanese; long captions are wrapped.
type Cell struct {
	Picture *Picture // nil leaves the place empty
	Caption string
}

// Row is pictures side by side under a heading.
type Row struct {
	Label string
	Cells []Cell
}

// Sheet is pictures to compare on a white ground: a title, optionally the
// input at the left, and rows of steps or scenes at its right.
type Sheet struct {
	Title string
	Note  string // under the title
	Input *Cell  // shown larger at the left; nil for none
	Rows  []Row
	Cell  int // side of a cell in pixels, pictures are fitted into it; default 256
	Wrap  int // most cells side by side, longer rows continue below; default 8
}

// maxSheetPixels bounds what Draw allocates, 450 MB.
const maxSheetPixels = 150_000_000

// Grays of a sheet.
const (
	inkTitle   = 0x22
	inkLabel   = 0x44
	inkCaption = 0x77
	inkRule    = 0xDD
	groundNone = 0xF2 // of a cell without a picture
)

// Draw lays the sheet out. It gives an error when there is nothing to show or
// the result would have more than 150 million pixels.
func (s Sheet) Draw() (*Picture, error) {
	if s.Cell < 1 {
		s.Cell = 256
	}
	if s.Wrap < 1 {
		s.Wrap = 8
	}
	if s.Input == nil && s.columns() == 0 {
		return nil, errors.New("draw sheet: it has no pictures")
	}
	l := newLayout(s)
	l.place()
	if pixels := int64(l.width) * int64(l.height); pixels > maxSheetPixels {
		return nil, fmt.Errorf("draw sheet: it would have %d by %d pixels; use smaller cells or fewer rows", l.width, l.height)
	}
	out := Filled(l.width, l.height, white, white, white)
	for _, paint := range l.paint {
		paint(out)
	}
	return out, nil
}

// columns is the number of cells in the longest line of cells.
func (s Sheet) columns() int {
	most := 0
	for _, row := range s.Rows {
		most = max(most, min(len(row.Cells), s.Wrap))
	}
	return most
}

// texts is everything written on the sheet.
func (s Sheet) texts() []string {
	texts := []string{s.Title, s.Note}
	if s.Input != nil {
		texts = append(texts, s.Input.Caption)
	}
	for _, row := range s.Rows {
		texts = append(texts, row.Label)
		for _, cell := range row.Cells {
			texts = append(texts, cell.Caption)
		}
	}
	return texts
}
