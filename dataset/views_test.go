package dataset

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func views(t testing.TB, v Views, index int, seed uint64) (seen, drawn Sample) {
	t.Helper()
	seen, drawn, err := v.Views(context.Background(), index, seed)
	if err != nil {
		t.Fatal(err)
	}
	return seen, drawn
}

// What is drawn is the thing that is looked at, in another picture, and its caption
// says neither what it is nor how it looks.
func TestViewsOfScenes(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Photos, c.OmitLook, c.Recolour, c.Placed, c.Sized = 0, 0, 1, 0.5, 0.5 })
	elsewhere, langs := 0, map[Lang]int{}
	for i := range 20 * s.Len() {
		seen, drawn := views(t, s, i%s.Len(), uint64(i))
		a, b := seen.Meta.Scene, drawn.Meta.Scene
		if a.Things[0].Thing != b.Things[0].Thing || a.Things[0].View != b.Things[0].View || a.Things[0].Colour != b.Things[0].Colour || len(b.Things) != 1 {
			t.Errorf("views %d show %+v and %+v", i, a.Things, b.Things)
		}
		if seen.Pixels.Hash() == drawn.Pixels.Hash() {
			t.Errorf("views %d are one picture", i)
		}
		if a.Ground != b.Ground || a.Place != b.Place || a.Things[0].Size != b.Things[0].Size {
			elsewhere++
		}
		langs[drawn.Lang]++
		saysNothing(t, drawn)
	}
	if n := 20 * s.Len(); elsewhere < n*9/10 {
		t.Errorf("only %d of %d pairs have another ground, place or size", elsewhere, n)
	}
	if langs[English] == 0 || langs[Japanese] == 0 {
		t.Errorf("captions are in %v", langs)
	}
}

// saysNothing checks a caption of a view: the subject's place once, and nothing of
// the thing in it.
func saysNothing(t *testing.T, drawn Sample) {
	t.Helper()
	if strings.Count(drawn.Caption, SubjectWord) != 1 {
		t.Errorf("caption %q does not have %s once", drawn.Caption, SubjectWord)
	}
	if drawn.Caption != SubjectWord && japanese.MatchString(drawn.Caption) != (drawn.Lang == Japanese) {
		t.Errorf("caption %q is said to be in %s", drawn.Caption, drawn.Lang)
	}
	words := []string{drawn.Meta.Name, "picture of", "style", "漫画", "落書き", "a " + SubjectWord}
	if scene := drawn.Meta.Scene; scene != nil {
		first := scene.Things[0]
		words = append(words, first.Thing.Japanese, first.Thing.Plural, scene.Look.English, scene.Look.Japanese)
		if c := Colours[first.Colour]; first.Colour != Natural {
			words = append(words, c.English+" "+SubjectWord, c.Japanese+SubjectWord)
		}
	}
	for _, word := range words {
		if word != "" && strings.Contains(drawn.Caption, word) {
			t.Errorf("caption %q says %q", drawn.Caption, word)
		}
	}
}

// What is said of the ground is what is drawn: the caption is the scene's own with
// the subject in the thing's place.
func TestViewsSayTheGround(t *testing.T) {
	scene := Scene{
		Look: Look{English: "soft cartoon", Japanese: "やわらかい漫画風"}, Ground: Ground{Snow, Natural}, Place: Left,
		Things: []Placed{{Thing: thing("dog", "イヌ", "animal", "dogs", Count), Count: 1, Size: Small, Colour: colourNamed(t, "red")}},
	}
	got := []string{scene.subjectCaption(English, noChange, false), scene.subjectCaption(Japanese, noChange, false)}
	if diff := cmp.Diff([]string{"small {} on the left in snow", "雪景色の左側に小さな{}"}, got); diff != "" {
		t.Error(diff)
	}
	if scene.English() != "a soft cartoon picture of a small red dog on the left in snow" {
		t.Errorf("the scene became %q", scene.English())
	}
}

// A caption that names the thing says it behind the subject, with what is changed
// before both.
func TestViewsNameTheThing(t *testing.T) {
	scene := Scene{
		Ground: Ground{Snow, Natural}, Omit: Omit{Look: true},
		Things: []Placed{{Thing: thing("dog", "イヌ", "animal", "dogs", Count), Count: 1, Colour: colourNamed(t, "red")}},
	}
	got := []string{scene.subjectCaption(English, colourChange, true), scene.subjectCaption(Japanese, noChange, true)}
	if diff := cmp.Diff([]string{"red {} dog in snow", "雪の中の{} イヌ"}, got); diff != "" {
		t.Error(diff)
	}
}

// Pairs name the thing as often as asked, and show the same either way.
func TestViewsAreNamedInAShare(t *testing.T) {
	config := func(named float64) *Scenes {
		return scenes(t, func(c *Config) { c.Photos, c.Japanese, c.Invented, c.Changed, c.Named = 0, 0, 0.5, 0.3, named })
	}
	never, half, always := config(0), config(0.5), config(1)
	n, named := 20*never.Len(), 0
	for i := range n {
		at, seed := i%never.Len(), uint64(i)
		seen, drawn := views(t, never, at, seed)
		for share, s := range map[float64]*Scenes{0.5: half, 1: always} {
			otherSeen, otherDrawn := views(t, s, at, seed)
			if seen.Pixels.Hash() != otherSeen.Pixels.Hash() || drawn.Pixels.Hash() != otherDrawn.Pixels.Hash() {
				t.Fatalf("views %d show something else at a share of %g", i, share)
			}
			with := strings.Replace(drawn.Caption, SubjectWord, SubjectWord+" "+drawn.Meta.Scene.Things[0].Thing.English, 1)
			switch {
			case share == 0.5 && otherDrawn.Caption == with:
				named++
			case otherDrawn.Caption != with && (share == 1 || otherDrawn.Caption != drawn.Caption):
				t.Errorf("views %d at a share of %g say %q where they said %q", i, share, otherDrawn.Caption, drawn.Caption)
			}
		}
	}
	if share := float64(named) / float64(n); math.Abs(share-0.5) > 0.15 {
		t.Errorf("%.2f of %d are named, want half", share, n)
	}
}

// What is changed in the second picture is said, and only that.
func TestViewsSayWhatIsChanged(t *testing.T) {
	s := scenes(t, func(c *Config) {
		c.Photos, c.OmitLook, c.OmitSize, c.Recolour, c.Changed, c.Sized, c.Japanese = 0, 1, 0, 0.5, 1, 0, 0
	})
	kinds := map[change]int{}
	for i := range 40 * s.Len() {
		seen, drawn := views(t, s, i%s.Len(), uint64(i))
		a, b := seen.Meta.Scene.Things[0], drawn.Meta.Scene.Things[0]
		if a.Thing != b.Thing || len(seen.Meta.Scene.Things) != 1 {
			t.Fatalf("views %d show %s and %s", i, a.Thing.English, b.Thing.English)
		}
		colour, look := a.Colour != b.Colour, a.look() != b.look()
		company := len(drawn.Meta.Scene.Things) == 2
		if company && drawn.Meta.Scene.Things[1].Thing == a.Thing {
			t.Errorf("views %d show %s beside itself", i, a.Thing.English)
		}
		said := map[change]bool{
			colourChange:  strings.Contains(drawn.Caption, Colours[max(b.Colour, 0)].English+" "+SubjectWord),
			lookChange:    strings.Contains(drawn.Caption, drawn.Meta.Scene.Look.English),
			companyChange: company && strings.Contains(drawn.Caption, drawn.Meta.Scene.Things[1].Thing.English),
		}
		for kind, done := range map[change]bool{colourChange: colour, lookChange: look, companyChange: company} {
			if said[kind] != done {
				t.Errorf("views %d: change %d is done %t and said %t in %q", i, kind, done, said[kind], drawn.Caption)
			}
			if done {
				kinds[kind]++
			}
		}
	}
	if n := 40 * s.Len(); kinds[colourChange]+kinds[lookChange]+kinds[companyChange] != n || len(kinds) != 3 {
		t.Errorf("of %d views the changes are %v", n, kinds)
	}
}

// An invention is one thing in both pictures, and another than the pack's.
func TestViewsOfInventions(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Photos, c.Recolour, c.Invented = 0, 0, 0.5 })
	invented, mixed := 0, 0
	n := 20 * s.Len()
	for i := range n {
		seen, drawn := views(t, s, i%s.Len(), uint64(i))
		a, b := seen.Meta.Scene.Things[0], drawn.Meta.Scene.Things[0]
		if a.Invention != b.Invention {
			t.Fatalf("views %d show %+v and %+v", i, a, b)
		}
		if a.Invention == nil {
			continue
		}
		invented++
		if a.Invention.With != nil {
			mixed++
		}
		plain := *seen.Meta.Scene
		plain.Things = []Placed{{Thing: a.Thing, View: a.View, Count: 1, Size: a.Size, Colour: a.Colour, Mirror: a.Mirror}}
		own, err := s.Compose(plain)
		if err != nil {
			t.Fatal(err)
		}
		if own.Pixels.Hash() == seen.Pixels.Hash() {
			t.Errorf("views %d: the invention looks like %s", i, a.Thing.English)
		}
	}
	if invented < n*4/10 || invented > n*6/10 || mixed < invented/4 || mixed > invented*3/4 {
		t.Errorf("of %d views %d are of inventions, %d of two things", n, invented, mixed)
	}
}

func TestViewsOfPhotos(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Photos, c.PhotoCrop = 1, 0.5 })
	captions := map[string]bool{}
	for i := range 4 * s.Len() {
		seen, drawn := views(t, s, i%s.Len(), uint64(i))
		if seen.Key != drawn.Key || drawn.Meta.Category != "photo" || seen.Pixels.Hash() == drawn.Pixels.Hash() {
			t.Errorf("views %d are of %s and %s, the same picture: %t", i, seen.Key, drawn.Key, seen.Pixels.Hash() == drawn.Pixels.Hash())
		}
		saysNothing(t, drawn)
		captions[drawn.Caption] = true
	}
	if diff := cmp.Diff(map[string]bool{"a photo of {}": true, "{}の写真": true}, captions); diff != "" {
		t.Error(diff)
	}
}

// Both kinds come in the share of the config, and each is a function of seed and
// index.
func TestViewsAreAFunctionOfSeedAndIndex(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Size, c.Photos = 16, 0.5 })
	photos, others := 0, 0
	const n = 400
	for i := range n {
		index, seed := i%s.Len(), uint64(i)
		a, b := views(t, s, index, seed)
		c, d := views(t, s, index, seed)
		if a.Pixels.Hash() != c.Pixels.Hash() || b.Pixels.Hash() != d.Pixels.Hash() || b.Caption != d.Caption {
			t.Fatalf("views %d of seed %d are others the second time", index, seed)
		}
		if e, _ := views(t, s, index, seed+1000); e.Pixels.Hash() != a.Pixels.Hash() {
			others++
		}
		if b.Meta.Category == "photo" {
			photos++
		}
	}
	if photos < n*4/10 || photos > n*6/10 {
		t.Errorf("%d of %d views are of photos, want half", photos, n)
	}
	if others < n*9/10 {
		t.Errorf("another seed gives other views %d times of %d", others, n)
	}
}

func TestViewsRefuse(t *testing.T) {
	s := scenes(t, nil)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		index int
	}{"before": {context.Background(), -1}, "behind": {context.Background(), s.Len()}, "cancelled": {cancelled, 0}} {
		if _, _, err := s.Views(c.ctx, c.index, 1); err == nil {
			t.Errorf("%s: views of %d are drawn", name, c.index)
		}
	}
}
