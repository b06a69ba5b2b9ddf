package evaluate

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"image"
	"image/jpeg"
	"io/fs"
	"path/filepath"

	"github.com/ichimai/ichimai/picture"
)

// gridView is a subject's pictures: rows are prompts, columns methods.
type gridView struct {
	Name, Class string
	Given       []template.URL
	Rows        []gridRow
}

// gridRow is a prompt with its pictures side by side in one, which takes half the bytes
// of as many.
type gridRow struct {
	Text  string
	Strip template.URL
	Alt   string
}

// Sizes of pictures in grids, largest first, and what JPEG makes of them.
var gridSides = []int{112, 88, 72, 56, 44}

const (
	gridQuality = 78
	gridGap     = 2
)

// gridPlan is what grids show.
type gridPlan struct {
	*summariser
	of      product
	columns []Row
	side    int
}

// newGridPlan shows what was drawn in full, or, before that, each method's best of the
// sweep.
func (s *summariser) newGridPlan() gridPlan {
	g := gridPlan{summariser: s, of: s.whole}
	methods := 0
	for _, r := range s.out.Rows {
		if r.Row.mark() {
			continue
		}
		methods++
	}
	if methods == 0 {
		g.of = s.small
	}
	for _, name := range []string{nameReal, nameBase} {
		if name == nameBase || s.protocol.Real != "" {
			g.columns = append(g.columns, Row{Name: name})
		}
	}
	for _, r := range s.rowsToShow() {
		if !r.Row.mark() {
			g.columns = append(g.columns, r.Row)
		}
	}
	return g
}

// grids are the subjects' pictures within so many bytes; left is how many subjects had
// no room.
func (s *summariser) grids(w words, bytes int64) (grids []gridView, plan gridPlan, left int, err error) {
	plan = s.newGridPlan()
	subjects := plan.subjects()
	if plan.side, err = plan.chooseSide(w, subjects, bytes); err != nil {
		return nil, plan, 0, err
	}
	used := int64(0)
	for i, x := range subjects {
		if err := s.ctx.Err(); err != nil {
			return nil, plan, 0, err
		}
		g, err := plan.grid(w, x)
		if err != nil {
			return nil, plan, 0, err
		}
		if used += g.size(); used > bytes && i > 0 {
			return grids, plan, len(subjects) - i, nil
		}
		grids = append(grids, g)
	}
	return grids, plan, 0, nil
}

// subjects are those that are shown, by name.
func (g gridPlan) subjects() []subject {
	var list []subject
	for _, x := range g.byName() {
		for _, o := range g.of.subjects {
			if o.name == x.name {
				list = append(list, x)
			}
		}
	}
	return list
}

// chooseSide is the largest at which the first few subjects, and as many as there are
// of them, have room.
func (g gridPlan) chooseSide(w words, subjects []subject, most int64) (int, error) {
	sample := subjects[:min(3, len(subjects))]
	for _, side := range gridSides {
		g.side = side
		size := int64(0)
		for _, x := range sample {
			v, err := g.grid(w, x)
			if err != nil {
				return 0, err
			}
			size += v.size()
		}
		if len(sample) == 0 || size*int64(len(subjects))/int64(len(sample)) <= most {
			return side, nil
		}
	}
	return gridSides[len(gridSides)-1], nil
}

func (v gridView) size() (n int64) {
	for _, u := range v.Given {
		n += int64(len(u))
	}
	for _, r := range v.Rows {
		n += int64(len(r.Strip))
	}
	return n
}

func (g gridPlan) grid(w words, x subject) (gridView, error) {
	v := gridView{Name: x.name, Class: x.class.In(w.lang)}
	for _, file := range x.files[:min(4, len(x.files))] {
		p, err := picture.Open(file)
		if err != nil {
			return v, err
		}
		uri, err := jpegURI(p.Square(g.side))
		if err != nil {
			return v, err
		}
		v.Given = append(v.Given, uri)
	}
	for _, q := range g.of.prompts {
		strip, err := g.strip(x, q)
		if err != nil {
			return v, err
		}
		row := gridRow{Text: q.About(x.class), Alt: w.say(textGridAlt, "prompt", q.About(x.class))}
		if row.Strip, err = jpegURI(strip); err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// strip is a prompt's pictures of all columns; what is not there is gray.
func (g gridPlan) strip(x subject, q Prompt) (*picture.Picture, error) {
	strip := picture.Filled(len(g.columns)*(g.side+gridGap)-gridGap, g.side, 255, 255, 255)
	for i, row := range g.columns {
		p, err := g.open(x, row, q)
		if err != nil {
			return nil, err
		}
		if p == nil {
			p = picture.Filled(g.side, g.side, 225, 225, 225)
		}
		strip.Paste(p.Square(g.side), i*(g.side+gridGap), 0)
	}
	return strip, nil
}

// open reads the picture of a row for a prompt with the first seed; nil where it is not
// there or was not kept.
func (g gridPlan) open(x subject, row Row, q Prompt) (*picture.Picture, error) {
	list, _, err := g.pictures(&x, row, g.of)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.Prompt != q.ID || p.File == "" || !row.mark() && p.Seed != g.protocol.Seeds[0] {
			continue
		}
		got, err := g.drawn(x.name, row)
		if err != nil {
			return nil, err
		}
		opened, err := picture.Open(filepath.Join(got.dir, p.File))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return opened, err
	}
	return nil, nil
}

// jpegURI is a picture as the address of an <img>.
func jpegURI(p *picture.Picture) (template.URL, error) {
	rgba := image.NewRGBA(p.Bounds())
	for i, j := 0, 0; i < len(p.Pix); i, j = i+3, j+4 {
		rgba.Pix[j], rgba.Pix[j+1], rgba.Pix[j+2], rgba.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, rgba, &jpeg.Options{Quality: gridQuality}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

var textGridAlt = text{"\"{prompt}\", drawn by each method", "「{prompt}」を各方法で描いた画像"}
