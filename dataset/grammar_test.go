package dataset

import "testing"

func thing(en, ja, kind, plural string, form Form) *Thing {
	return &Thing{Name: Name{en, ja, plural, form}, Kind: kind, Views: []ThingView{{Key: "k"}}}
}

func colourNamed(t *testing.T, name string) Colour {
	t.Helper()
	for i, c := range Colours {
		if c.English == name {
			return Colour(i)
		}
	}
	t.Fatalf("there is no colour %q", name)
	return Natural
}

// TestGrammar holds the examples that the captions are specified by, and one
// of each turn that they do not show.
func TestGrammar(t *testing.T) {
	soft, flat := Look{"noto-v1", "soft cartoon", "やわらかい漫画風"}, Look{"noto", "flat cartoon", "フラットな漫画風"}
	doodle := Look{"streamline", "outlined doodle", "線で描いた落書き風"}
	dove, kangaroo := thing("dove", "ハト", "animal", "doves", Count), thing("kangaroo", "カンガルー", "animal", "kangaroos", Count)
	blowfish, dog := thing("blowfish", "フグ", "animal", "blowfish", Count), thing("dog", "イヌ", "animal", "dogs", Count)
	bacon, grapes := thing("bacon", "ベーコン", "food", "", Mass), thing("grapes", "ぶどう", "food", "", Plural)
	liberty := thing("Statue of Liberty", "自由の女神", "place", "", The)
	cat, car := thing("cat", "ネコ", "animal", "cats", Count), thing("car", "車", "vehicle", "cars", Count)
	red, purple, gray, orange := colourNamed(t, "red"), colourNamed(t, "purple"), colourNamed(t, "gray"), colourNamed(t, "orange")
	one := func(th *Thing, c Colour) []Placed { return []Placed{{Thing: th, Count: 1, Colour: c}} }
	for _, c := range []struct {
		scene  Scene
		en, ja string
	}{
		{Scene{Look: soft, Things: one(dove, Natural), Omit: Omit{Ground: true}}, "a soft cartoon picture of a dove", "ハト、やわらかい漫画風"},
		{Scene{Look: flat, Things: one(kangaroo, Natural), Ground: Ground{Snow, Natural}, Omit: Omit{LookLast: true}},
			"a kangaroo, flat cartoon style in snow", "雪の中のカンガルー、フラットな漫画風"},
		{Scene{Things: one(blowfish, purple), Place: TopLeft, Ground: Ground{Gradient, gray}, Omit: Omit{Look: true}},
			"a purple blowfish in the top left corner on a gradient gray background", "グラデーションのグレーの背景の左上に紫のフグ"},
		{Scene{Look: doodle, Things: one(bacon, orange), Ground: Ground{Plain, orange}, Omit: Omit{Pattern: true}},
			"an outlined doodle picture of orange bacon on an orange background", "オレンジ色の背景のオレンジ色のベーコン、線で描いた落書き風"},
		{Scene{Things: []Placed{{Thing: dog, Count: 1, Size: Small, Colour: Natural}, {Thing: cat, Count: 1, Colour: red}}, Relation: LeftOf,
			Ground: Ground{Grass, Natural}, Omit: Omit{Look: true}}, "a small dog left of a red cat on grass", "芝生の上、赤いネコの左に小さなイヌ"},
		{Scene{Things: []Placed{{Thing: dog, Count: 1, Colour: Natural}, {Thing: grapes, Count: 1, Colour: Natural}}, Relation: Behind,
			Ground: Ground{Dotted, red}, Omit: Omit{Look: true}}, "a dog behind grapes on a dotted red background", "水玉模様の赤い背景で、ぶどうの後ろにイヌ"},
		{Scene{Things: []Placed{{Thing: dog, Count: 2, Colour: red}}, Ground: Ground{Plain, gray}, Omit: Omit{Look: true}},
			"two red dogs on a plain gray background", "無地のグレーの背景の2匹の赤いイヌ"},
		{Scene{Things: []Placed{{Thing: car, Count: 4, Colour: Natural}}, Omit: Omit{Look: true, Ground: true}}, "four cars", "4台の車"},
		{Scene{Things: []Placed{{Thing: liberty, Count: 1, Size: Large, Colour: Natural}}, Ground: Ground{Sea, Natural}, Omit: Omit{Look: true}},
			"the large Statue of Liberty in the sea", "海の中の大きな自由の女神"},
		{Scene{Things: one(dog, Natural), Place: Left, Omit: Omit{Look: true, Ground: true}}, "a dog on the left", "画面の左側にイヌ"},
		{Scene{Things: one(dog, Natural), Place: Left, Ground: Ground{Sea, Natural}, Omit: Omit{Look: true, Place: true}}, "a dog in the sea", "海の中のイヌ"},
	} {
		if got := c.scene.English(); got != c.en {
			t.Errorf("English() = %q, want %q", got, c.en)
		}
		if got := c.scene.Japanese(); got != c.ja {
			t.Errorf("Japanese() = %q, want %q", got, c.ja)
		}
	}
}

func TestPhotoCaptions(t *testing.T) {
	p := Photo{Name: Name{"orange", "オレンジ", "", Count}}
	if p.English() != "a photo of an orange" || p.Japanese() != "オレンジの写真" {
		t.Errorf("captions are %q and %q", p.English(), p.Japanese())
	}
	if got := (Photo{Name: Name{"pants", "ズボン", "", Plural}}).English(); got != "a photo of pants" {
		t.Errorf("English() = %q", got)
	}
}

func TestArticles(t *testing.T) {
	for _, want := range []string{"an apple", "a unicorn", "an hourglass", "an SUV", "a CD", "a T-Rex", "a one-piece swimsuit",
		"an onion", "an umbrella", "an outlined doodle", "a yo-yo", "an ox", "a house", "a glossy 3D"} {
		_, phrase := want[:1], want[2:]
		if want[1] == 'n' {
			phrase = want[3:]
		}
		if got := withArticle(phrase); got != want {
			t.Errorf("withArticle(%q) = %q, want %q", phrase, got, want)
		}
	}
}
