package dataset

import (
	"archive/tar"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// heldOutFile is the project's own copy of the held-out list.
const heldOutFile = "../demo/recipe/heldout.json"

func heldOut(t testing.TB) *HeldOut {
	t.Helper()
	h, err := OpenHeldOut(heldOutFile)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type member struct {
	name string
	data []byte
}

// writeTar writes a plain tar of regular members.
func writeTar(t testing.TB, file string, members []member) {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, file, out.Bytes())
}

func writeFile(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// blob is a 32-pixel PNG with a disc or a square of one colour, off centre, on transparent ground.
func blob(t testing.TB, c color.NRGBA, square bool) []byte {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			dx, dy := x-14, y-17
			if square && max(dx*dx, dy*dy) <= 100 || !square && dx*dx+dy*dy <= 100 {
				p.SetNRGBA(x, y, c)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// testThings are drawn as discs in the look "round" and squares in "square".
var testThings = []struct {
	codepoint, kind, en, ja, form, plural string
	colour                                color.NRGBA
}{
	{"1f415", "animal", "dog", "イヌ", "", "dogs", color.NRGBA{150, 90, 40, 255}},
	{"1f54a", "animal", "dove", "ハト", "", "doves", color.NRGBA{230, 230, 240, 255}},
	{"1f421", "animal", "blowfish", "フグ", "", "blowfish", color.NRGBA{240, 200, 90, 255}},
	{"1f998", "animal", "kangaroo", "カンガルー", "", "kangaroos", color.NRGBA{190, 130, 80, 255}},
	{"1f953", "food", "bacon", "ベーコン", "mass", "", color.NRGBA{200, 60, 60, 255}},
	{"1f347", "food", "grapes", "ぶどう", "plural", "", color.NRGBA{110, 50, 140, 255}},
}

const manifestHeader = "key,archive,member,category,set,look,codepoint,name,en,ja,kind,form,plural,licence\n"

// testPack writes a pack of a dozen procedural cut-outs and four photos; extra
// lines go into its manifest.
func testPack(t testing.TB, extra ...string) string {
	t.Helper()
	dir := t.TempDir()
	manifest := manifestHeader
	var sprites, photos []member
	for _, set := range []string{"round", "square"} {
		for _, th := range testThings {
			key := set + "/" + th.codepoint
			sprites = append(sprites, member{key + ".png", blob(t, th.colour, set == "square")})
			manifest += fmt.Sprintf("%s,sprites.tar,%s.png,sprite,%s,%s,%s,%s,%s,%s,%s,%s,%s,CC0-1.0\n",
				key, key, set, set, th.codepoint, th.en, th.en, th.ja, th.kind, th.form, th.plural)
		}
	}
	for i := range 4 {
		name := fmt.Sprintf("photo%d.png", i)
		photos = append(photos, member{name, blob(t, color.NRGBA{0, uint8(60 * i), 200, 255}, true)})
		manifest += fmt.Sprintf("photos/%d,photos.tar,%s,photo,clothing,photo,,hat,hat,帽子,clothing,,,CC0-1.0\n", i, name)
	}
	writeTar(t, filepath.Join(dir, spriteArchive), sprites)
	writeTar(t, filepath.Join(dir, photoArchive), photos)
	writeFile(t, filepath.Join(dir, "manifest.csv"), []byte(manifest+strings.Join(extra, "\n")))
	writeFile(t, filepath.Join(dir, "pack.json"), []byte(`{"version":1,"looks":[
		{"set":"round","en":"soft cartoon","ja":"やわらかい漫画風"},{"set":"square","en":"outlined doodle","ja":"線で描いた落書き風"}]}`))
	return dir
}

func openPack(t testing.TB) *Pack {
	t.Helper()
	p, err := OpenPack(testPack(t), heldOut(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func scenes(t testing.TB, change func(*Config)) *Scenes {
	t.Helper()
	c := DefaultConfig()
	c.Size = 64
	if change != nil {
		change(&c)
	}
	s, err := NewScenes(openPack(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
