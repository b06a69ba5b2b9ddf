package picture

// white is the ground of grids and sheets.
const white = 255

// Grid lays pictures out in rows of so many columns with gap pixels of white
// between them and none around. All cells are as large as the largest picture
// and smaller ones are centred; a nil picture leaves its cell empty. Columns
// below 1 give the squarest grid. No pictures give one white pixel.
func Grid(pictures []*Picture, columns, gap int) *Picture {
	n := len(pictures)
	if n == 0 {
		return Filled(1, 1, white, white, white)
	}
	if columns < 1 {
		for columns = 1; columns*columns < n; columns++ {
		}
	}
	columns, gap = min(columns, n), max(gap, 0)
	rows := (n + columns - 1) / columns
	width, height := largestSides(pictures)
	out := Filled(columns*width+(columns-1)*gap, rows*height+(rows-1)*gap, white, white, white)
	for i, p := range pictures {
		if p == nil {
			continue
		}
		x, y := i%columns*(width+gap), i/columns*(height+gap)
		out.Paste(p, x+(width-p.Width)/2, y+(height-p.Height)/2)
	}
	return out
}

func largestSides(pictures []*Picture) (width, height int) {
	for _, p := range pictures {
		if p != nil {
			width, height = max(width, p.Width), max(height, p.Height)
		}
	}
	return width, height
}
