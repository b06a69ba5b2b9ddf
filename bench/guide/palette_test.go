package main

import (
	"bytes"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/picture"
)

func TestPalette(t *testing.T) {
	t.Run("few colours stay as they are", func(t *testing.T) {
		pix := []uint8{255, 255, 255, 255, 255, 255, 0, 0, 0, 10, 20, 30}
		got := map[color.Color]bool{}
		for _, c := range palette(pix, 4) {
			got[c] = true
		}
		want := map[color.Color]bool{color.NRGBA{255, 255, 255, 255}: true, color.NRGBA{0, 0, 0, 255}: true, color.NRGBA{10, 20, 30, 255}: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("many are joined, and the ground stays", func(t *testing.T) {
		var pix []uint8
		for range 1000 {
			pix = append(pix, 246, 246, 243)
		}
		for i := range 256 {
			pix = append(pix, uint8(i), uint8(255-i), 40)
		}
		list := palette(pix, 16)
		if len(list) != 16 {
			t.Fatalf("%d colours, want 16", len(list))
		}
		if ground := (color.NRGBA{246, 246, 243, 255}); list.Convert(ground) != ground {
			t.Errorf("the ground became %v", list.Convert(ground))
		}
	})
	t.Run("same picture, same palette", func(t *testing.T) {
		var pix []uint8
		for i := range 3000 {
			pix = append(pix, uint8(i*7), uint8(i*13), uint8(i*29))
		}
		if diff := cmp.Diff(palette(pix, 32), palette(pix, 32)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWrite(t *testing.T) {
	p := picture.Filled(400, 200, 200, 30, 30)
	var data bytes.Buffer
	if err := picture.EncodePNG(&data, p, nil); err != nil {
		t.Fatal(err)
	}
	g := guide{out: t.TempDir(), small: 100}
	if err := g.write("review", data.Bytes()); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(g.out, "review.png"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(bytes.NewReader(written))
	if _, indexed := c.ColorModel.(color.Palette); err != nil || c.Width != 100 || c.Height != 50 || !indexed {
		t.Errorf("%d x %d, palette %v, error %v", c.Width, c.Height, indexed, err)
	}
	if left, err := filepath.Glob(filepath.Join(g.out, "*.part")); len(left) > 0 || err != nil {
		t.Errorf("left %v, error %v", left, err)
	}
	if err := g.write("review", []byte("no picture")); err == nil {
		t.Error("what is no picture was written")
	}
}
