package picture

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrid(t *testing.T) {
	a, b := Filled(2, 2, 1, 1, 1), Filled(1, 1, 2, 2, 2)
	got := Grid([]*Picture{a, nil, b}, 2, 1)
	want := Filled(5, 5, 255, 255, 255)
	want.Paste(a, 0, 0)
	want.Paste(b, 0, 3)
	mustEqual(t, got, want)
	if g := Grid(slices.Repeat([]*Picture{b}, 7), 0, 0); g.Width != 3 || g.Height != 3 {
		t.Errorf("seven pictures make a grid of %dx%d", g.Width, g.Height)
	}
	mustEqual(t, Grid(nil, 3, 3), Filled(1, 1, 255, 255, 255))
}

func TestSheetShowsItsPicturesWhole(t *testing.T) {
	red, blue := Filled(30, 20, 255, 0, 0), Filled(10, 10, 0, 0, 255)
	s := Sheet{Title: "急須", Input: &Cell{red, "入力"}, Cell: 60, Wrap: 2, Rows: []Row{{"Steps", []Cell{{blue, "1"}, {blue, "a long caption that is wrapped into several lines"}, {blue, ""}}}}}
	got, err := s.Draw()
	if err != nil {
		t.Fatal(err)
	}
	reds, blues := 0, 0
	for i := 0; i < len(got.Pix); i += 3 {
		switch [3]uint8(got.Pix[i : i+3]) {
		case [3]uint8{255, 0, 0}:
			reds++
		case [3]uint8{0, 0, 255}:
			blues++
		}
	}
	if reds != 90*60 || blues != 3*60*60 {
		t.Errorf("%d red and %d blue pixels, want %d and %d", reds, blues, 90*60, 3*60*60)
	}
	for x := range got.Width {
		for _, y := range []int{0, got.Height - 1} {
			if r, g, b := got.RGB(x, y); r != 255 || g != 255 || b != 255 {
				t.Fatalf("the margin is drawn on at (%d, %d)", x, y)
			}
		}
	}
	again, err := s.Draw()
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, again, got)
}

func TestSheetErrors(t *testing.T) {
	if _, err := (Sheet{Title: "nothing"}).Draw(); err == nil {
		t.Error("a sheet without pictures gives no error")
	}
	huge := Sheet{Cell: 20_000, Rows: []Row{{Cells: make([]Cell, 4)}}}
	if _, err := huge.Draw(); err == nil || !strings.Contains(err.Error(), "smaller cells") {
		t.Errorf("error is %v", err)
	}
}

func TestLetteringShowsJapanese(t *testing.T) {
	l := letteringFor(18, 2, []string{"急須"})
	p := Filled(80, 40, 255, 255, 255)
	l.draw(p, "急須", 2, 2, 0)
	dark := 0
	for x := range p.Width {
		for y := range p.Height {
			if r, _, _ := p.RGB(x, y); r == 0 {
				dark++
			}
		}
	}
	if dark < 200 {
		t.Errorf("two characters blacken %d pixels only", dark)
	}
}

func TestWrap(t *testing.T) {
	l := letteringFor(18, 1, []string{"急"}) // the bitmap face: 6 pixels a letter, 12 a Japanese character
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"one two three", 48, []string{"one two", "three"}},
		{"one\ntwo", 480, []string{"one", "two"}},
		{"急須の写真。", 60, []string{"急須の写", "真。"}},
		{"写真は「静物」", 48, []string{"写真は", "「静物」"}},
		{"unbreakable", 30, []string{"unbre", "akabl", "e"}},
		{"a unbreakable", 30, []string{"a", "unbre", "akabl", "e"}},
		{"", 30, []string{""}},
		{"x", 1, []string{"x"}},
	} {
		if diff := cmp.Diff(c.want, l.wrap(c.text, c.width)); diff != "" {
			t.Errorf("%q in %d pixels (-want +got):\n%s", c.text, c.width, diff)
		}
	}
}
