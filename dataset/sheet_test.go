package dataset

import (
	"context"
	"os"
	"testing"

	"github.com/ichimai/ichimai/picture"
)

// TestContactSheet writes samples of a real pack as one picture for a person to
// look at, their captions in the log:
//
//	ICHIMAI_PACK=pack ICHIMAI_HELDOUT=heldout.json ICHIMAI_SHEET=sheet.png go test ./dataset -run ContactSheet -v
func TestContactSheet(t *testing.T) {
	out := os.Getenv("ICHIMAI_SHEET")
	if out == "" {
		t.Skip("set ICHIMAI_SHEET to the PNG to write and ICHIMAI_PACK to a pack")
	}
	s := realScenes(t)
	const columns, rows = 8, 5
	sheet := picture.Filled(columns*132, rows*132, 255, 255, 255)
	for i := range columns * rows {
		sample, err := s.At(context.Background(), i, 20)
		if err != nil {
			t.Fatal(err)
		}
		sheet.Paste(sample.Pixels, i%columns*132+2, i/columns*132+2)
		t.Logf("%2d %s", i, sample.Caption)
		if c := sample.Meta.Scene; c != nil {
			t.Logf("   %s | %s", c.English(), c.Japanese())
		}
	}
	if err := picture.WriteFile(out, sheet, nil); err != nil {
		t.Fatal(err)
	}
}

// TestViewsSheet writes pairs of views with inventions and changes beside each other:
//
//	ICHIMAI_PACK=pack ICHIMAI_SHEET=sheet.png go test ./dataset -run ViewsSheet -v
func TestViewsSheet(t *testing.T) {
	out := os.Getenv("ICHIMAI_SHEET")
	if out == "" {
		t.Skip("set ICHIMAI_SHEET to the PNG to write and ICHIMAI_PACK to a pack")
	}
	s := realScenes(t)
	s.config.Invented, s.config.Changed, s.config.Photos = 0.7, 0.5, 0
	s.drawer.config = s.config
	const columns, rows = 6, 8
	sheet := picture.Filled(columns*272, rows*132, 255, 255, 255)
	for i := range columns * rows {
		seen, drawn, err := s.Views(context.Background(), i, 20)
		if err != nil {
			t.Fatal(err)
		}
		x, y := i%columns*272, i/columns*132
		sheet.Paste(seen.Pixels, x+2, y+2)
		sheet.Paste(drawn.Pixels, x+134, y+2)
		t.Logf("%2d %s", i, drawn.Caption)
	}
	if err := picture.WriteFile(out, sheet, nil); err != nil {
		t.Fatal(err)
	}
}

// realScenes opens the pack that ICHIMAI_PACK names, or skips.
func realScenes(t testing.TB) *Scenes {
	t.Helper()
	dir := os.Getenv("ICHIMAI_PACK")
	if dir == "" {
		t.Skip("set ICHIMAI_PACK to a pack that demo/recipe has built")
	}
	list := os.Getenv("ICHIMAI_HELDOUT")
	if list == "" {
		list = "../demo/recipe/heldout.json"
	}
	held, err := OpenHeldOut(list)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := OpenPack(dir, held)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pack.Close() })
	s, err := NewScenes(pack, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkScenes(b *testing.B) {
	s := realScenes(b)
	for i := range 4000 { // fill the cache
		s.At(context.Background(), i%s.Len(), 1)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := s.At(context.Background(), i%s.Len(), 2); err != nil {
			b.Fatal(err)
		}
	}
}
