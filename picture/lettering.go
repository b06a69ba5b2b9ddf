package picture

import (
	"image"
	"strings"
	"sync"
	"unicode"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// lettering is a typeface at one size. Text that Go Regular has glyphs for is
// set in it; anything else, Japanese above all, in a bitmap face, enlarged
// to be legible.
type lettering struct {
	face       font.Face
	scale      int // each pixel of the face becomes scale by scale
	ascent     int // of a line, in output pixels
	lineHeight int
}

var (
	goFont  = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(goregular.TTF) })
	strange = map[rune]bool{'\n': true, '\t': true} // handled before drawing
)

// letteringFor chooses one typeface for all texts of a sheet, so that they look
// alike: size is pixels an em of Go Regular, enlarge the enlargement of the
// bitmap face, which has 12.
func letteringFor(size float64, enlarge int, texts []string) lettering {
	f, err := goFont()
	if err == nil && covers(f, texts) {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err == nil {
			return newLettering(face, 1)
		}
	}
	return newLettering(bitmapfont.Face, enlarge)
}

func newLettering(face font.Face, scale int) lettering {
	m := face.Metrics()
	ascent, descent := m.Ascent.Ceil()*scale, m.Descent.Ceil()*scale
	return lettering{face: face, scale: scale, ascent: ascent, lineHeight: ascent + descent + 2}
}

func covers(f *sfnt.Font, texts []string) bool {
	var buffer sfnt.Buffer
	for _, r := range strings.Join(texts, "") {
		if strange[r] {
			continue
		}
		if glyph, err := f.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}

// width is the drawn width of one line in output pixels.
func (l lettering) width(line string) int {
	return font.MeasureString(l.face, line).Ceil() * l.scale
}

// draw sets one line with its upper left corner at (x, y).
func (l lettering) draw(p *Picture, line string, x, y int, shade uint8) {
	w := font.MeasureString(l.face, line).Ceil() + 2
	h := l.lineHeight/l.scale + 2
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: l.face, Dot: fixed.P(0, l.ascent/l.scale)}
	d.DrawString(line)
	for my := range h * l.scale {
		for mx := range w * l.scale {
			cover := int(mask.Pix[my/l.scale*mask.Stride+mx/l.scale])
			if cover > 0 && (image.Point{X: x + mx, Y: y + my}).In(p.Bounds()) {
				p.shade(x+mx, y+my, shade, cover)
			}
		}
	}
}

// shade mixes a gray into one pixel; cover is 0 to 255.
func (p *Picture) shade(x, y int, gray uint8, cover int) {
	i := 3 * (y*p.Width + x)
	for c := range 3 {
		p.Pix[i+c] = over255(int(gray)*cover + int(p.Pix[i+c])*(255-cover))
	}
}

// wrap breaks text into lines that fit width pixels: at its own line breaks, at
// spaces, between Japanese characters where the rules of line breaking allow
// it, and inside a word only when it is wider than the line.
func (l lettering) wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\t", " "), "\n") {
		line := ""
		for _, piece := range pieces(paragraph) {
			if l.width(strings.TrimRight(line+piece, " ")) > width && line != "" {
				lines = append(lines, strings.TrimRight(line, " "))
				line = ""
			}
			for l.width(strings.TrimRight(line+piece, " ")) > width {
				head, tail := l.cut(piece, width)
				if tail == "" {
					break
				}
				lines, piece = append(lines, head), tail
			}
			line += piece
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// cut takes as many characters as fit, at least one.
func (l lettering) cut(word string, width int) (head, tail string) {
	for i := range word {
		if i > 0 && l.width(word[:i]) > width {
			return head, word[len(head):]
		}
		head = word[:i]
	}
	if head == "" || l.width(word) <= width {
		return word, ""
	}
	return head, word[len(head):]
}

// pieces splits a line into parts that are not broken: words with the spaces
// after them, and single Japanese characters with their punctuation.
func pieces(line string) []string {
	var out []string
	start, last := 0, rune(0)
	for i, r := range line {
		if i > start && breakable(last, r) {
			out = append(out, line[start:i])
			start = i
		}
		last = r
	}
	return append(out, line[start:])
}

const (
	notFirst = "、。，．）」』】〕》〉！？：；・ーっゃゅょぁぃぅぇぉッャュョァィゥェォ々,.)!?:;%"
	notLast  = "（「『【〔《〈(「"
)

// breakable reports whether a line may end between two characters.
func breakable(before, after rune) bool {
	if after == ' ' || strings.ContainsRune(notFirst, after) || strings.ContainsRune(notLast, before) {
		return false
	}
	return before == ' ' || wide(before) || wide(after)
}

// wide reports characters of scripts written without spaces.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFFEF
}
