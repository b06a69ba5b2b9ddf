package dataset

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ichimai/ichimai/picture"
)

// shown is what a sample is compared by.
type shown struct {
	Key, Caption string
	Lang         Lang
	Hash         string
}

func at(t testing.TB, ds Dataset, index int, seed uint64) shown {
	t.Helper()
	s, err := ds.At(context.Background(), index, seed)
	if err != nil {
		t.Fatal(err)
	}
	return shown{s.Key, s.Caption, s.Lang, s.Pixels.Hash()}
}

func TestScenesAreAFunctionOfSeedAndIndex(t *testing.T) {
	cached, bare := scenes(t, nil), scenes(t, func(c *Config) { c.CacheBytes = 0 })
	n := cached.Len()
	want := make([]shown, n)
	for i := range n {
		want[i] = at(t, cached, i, 7)
	}
	var all sync.WaitGroup
	for i := n - 1; i >= 0; i-- { // in another order, at the same time, without the cache
		all.Go(func() {
			if diff := cmp.Diff(want[i], at(t, bare, i, 7)); diff != "" {
				t.Errorf("sample %d differs (-first +second):\n%s", i, diff)
			}
		})
	}
	all.Wait()
	if cmp.Equal(want[0], at(t, cached, 0, 8)) && cmp.Equal(want[1], at(t, cached, 1, 8)) {
		t.Error("another seed gives the same samples")
	}
}

func TestScenesRefuseIndexesOutside(t *testing.T) {
	s := scenes(t, nil)
	for _, i := range []int{-1, s.Len()} {
		if _, err := s.At(context.Background(), i, 1); err == nil {
			t.Errorf("index %d of %d is accepted", i, s.Len())
		}
	}
}

func TestScenesHaveTheSharesOfTheConfig(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Size = 16; c.Photos, c.Japanese, c.Two, c.Several = 0.3, 0.5, 0.2, 0 })
	const n = 2000
	counts := map[string]int{}
	for i := range n {
		sample, err := s.At(context.Background(), i%s.Len(), uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		counts[sample.Meta.Category]++
		counts[string(sample.Lang)]++
		if scene := sample.Meta.Scene; scene != nil && scene.Relation != None {
			counts["two"]++
		}
	}
	near := func(what string, want float64) {
		t.Helper()
		if got := float64(counts[what]) / n; math.Abs(got-want) > 0.04 {
			t.Errorf("the share of %q is %.3f, want about %.3f", what, got, want)
		}
	}
	near("photo", 0.3)
	near("ja", 0.5)
	near("two", 0.7*0.2)
}

func TestTrainAndValidationShareNothing(t *testing.T) {
	keys := func(part Part) map[string]bool {
		s := scenes(t, func(c *Config) { c.Part, c.Validation, c.Photos, c.Size = part, 0.3, 0, 8 })
		found := map[string]bool{}
		for i := range 400 {
			sample, err := s.At(context.Background(), i%s.Len(), uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			found[sample.Key] = true
			if scene := sample.Meta.Scene; scene != nil {
				for _, p := range scene.Things {
					found[p.Thing.Views[p.View].Key] = true
				}
			}
		}
		return found
	}
	train, validation := keys(Train), keys(Validation)
	for key := range validation {
		if train[key] {
			t.Errorf("%s is in both parts", key)
		}
	}
	if len(train)+len(validation) != 12 || len(validation) == 0 {
		t.Errorf("the parts have %d and %d cut-outs; 12 are in the pack", len(train), len(validation))
	}
}

// Weights leave out kinds and looks, and a thing needs as many looks as are asked
// for.
func TestScenesDrawWhatIsWanted(t *testing.T) {
	names := func(change func(*Config)) map[string]bool {
		found := map[string]bool{}
		for _, thing := range scenes(t, change).Things() {
			found[thing.Kind] = true
			for _, v := range thing.Views {
				found[openPack(t).Looks[v.Look].Set] = true
			}
		}
		return found
	}
	all := names(nil)
	first := openPack(t).Looks[0].Set
	if !all["animal"] || !all["food"] || !all[first] {
		t.Fatalf("without weights: %v", all)
	}
	if got := names(func(c *Config) { c.Kinds = map[string]float64{"food": 0} }); got["food"] || !got["animal"] {
		t.Errorf("without food: %v", got)
	}
	if got := names(func(c *Config) { c.Looks = map[string]float64{first: 0} }); got[first] {
		t.Errorf("without look %s: %v", first, got)
	}
	if got := names(func(c *Config) { c.MinLooks = 2 }); !got["animal"] {
		t.Errorf("things in two looks: %v", got)
	}
	only := scenes(t, nil).Things()[0].English
	for _, thing := range scenes(t, func(c *Config) { c.Things = []string{only} }).Things() {
		if thing.English != only {
			t.Errorf("%s is drawn, only %s should be", thing.English, only)
		}
	}
	shares := map[string]int{}
	s := scenes(t, func(c *Config) { c.Kinds, c.Photos = map[string]float64{"food": 20}, 0 })
	for i := range 300 {
		scene, err := s.Scene(1, i)
		if err != nil {
			t.Fatal(err)
		}
		shares[scene.Things[0].Thing.Kind]++
	}
	if shares["food"] < 4*shares["animal"] {
		t.Errorf("with food weighed 20 times: %v", shares)
	}
}

// Settings files name grounds and colours by words.
func TestConfigKeys(t *testing.T) {
	want := Config{Grounds: map[GroundKind]float64{NightSky: 0.5, Plain: 1}, Colours: []Colour{0, Natural}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"night_sky":0.5`, `"colours":["red","natural"]`} {
		if !strings.Contains(string(text), key) {
			t.Errorf("%s is not in %s", key, text)
		}
	}
	var got Config
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range []string{`{"grounds":{"lava":1}}`, `{"colours":["octarine"]}`} {
		if err := json.Unmarshal([]byte(wrong), &got); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
	if _, err := json.Marshal(Config{Colours: []Colour{99}}); err == nil {
		t.Error("colour 99 has a name")
	}
}

func TestNewScenesErrors(t *testing.T) {
	p := openPack(t)
	for name, change := range map[string]func(*Config){
		"share":   func(c *Config) { c.Photos = 1.2 },
		"nan":     func(c *Config) { c.Two = math.NaN() },
		"size":    func(c *Config) { c.Size = 0 },
		"looks":   func(c *Config) { c.Looks = map[string]float64{"none": 1} },
		"kinds":   func(c *Config) { c.Kinds = map[string]float64{"none": 1} },
		"weight":  func(c *Config) { c.Looks = map[string]float64{openPack(t).Looks[0].Set: -1} },
		"grounds": func(c *Config) { c.Grounds = nil },
		"kind":    func(c *Config) { c.Grounds = map[GroundKind]float64{99: 1} },
		"colour":  func(c *Config) { c.Colours = []Colour{40} },
		"nothing": func(c *Config) {
			c.Looks = map[string]float64{}
			for _, l := range openPack(t).Looks {
				c.Looks[l.Set] = 0
			}
		},
		"min_looks": func(c *Config) { c.MinLooks = 9 },
		"things":    func(c *Config) { c.Things = []string{"no such thing"} },
	} {
		c := DefaultConfig()
		change(&c)
		if _, err := NewScenes(p, c); err == nil {
			t.Errorf("%s: the config is accepted", name)
		}
	}
}

func TestCaptionsNeedNoPictures(t *testing.T) {
	s := scenes(t, nil)
	first := slices.Collect(s.Captions(3, 200))
	if diff := cmp.Diff(first, slices.Collect(s.Captions(3, 200))); diff != "" || len(first) != 200 {
		t.Errorf("%d captions, differing by %s", len(first), diff)
	}
	inJapanese := 0
	for _, text := range first {
		if japanese.MatchString(text) {
			inJapanese++
		}
	}
	if inJapanese < 40 || inJapanese > 120 {
		t.Errorf("%d of 200 captions are Japanese; about 80 are expected", inJapanese)
	}
	for range s.Captions(3, 200) {
		break // must stop when asked to
	}
}

// TestRelationsAreDrawnAsSaid finds the two things of composed scenes by their
// colours and compares where they are.
func TestRelationsAreDrawnAsSaid(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Size = 96 })
	red, green := colourNamed(t, "red"), colourNamed(t, "green")
	for relation := LeftOf; relation <= Below; relation++ {
		things := s.Things()
		sample, err := s.Compose(Scene{
			Look: s.pack.Looks[0], Relation: relation, Ground: Ground{Plain, colourNamed(t, "black")}, Seed: uint64(relation),
			Things: []Placed{{Thing: things[0], Count: 1, Colour: red}, {Thing: things[1], Count: 1, Colour: green}},
		})
		if err != nil {
			t.Fatal(err)
		}
		x1, y1 := centre(sample.Pixels, func(r, g, b uint8) bool { return r > g+60 })
		x2, y2 := centre(sample.Pixels, func(r, g, b uint8) bool { return g > r+40 })
		holds := map[Relation]bool{LeftOf: x1 < x2-20, RightOf: x1 > x2+20, Above: y1 < y2-20, Below: y1 > y2+20}
		if !holds[relation] {
			t.Errorf("%q: the first is at (%.0f, %.0f), the second at (%.0f, %.0f)", sample.Caption, x1, y1, x2, y2)
		}
	}
}

func TestPlacesAreDrawnAsSaid(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Size = 96 })
	for place := Centre; place <= BottomRight; place++ {
		sample, err := s.Compose(Scene{
			Look: s.pack.Looks[0], Place: place, Ground: Ground{Plain, colourNamed(t, "black")}, Seed: uint64(place),
			Things: []Placed{{Thing: s.Things()[0], Count: 1, Colour: colourNamed(t, "red")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		x, y := centre(sample.Pixels, func(r, g, b uint8) bool { return r > g+60 })
		if side(x, 96) != place.column() || side(y, 96) != place.row() {
			t.Errorf("%q is drawn at (%.0f, %.0f) of 96", sample.Caption, x, y)
		}
	}
}

// side is -1, 0 or 1 as v lies in the first, middle or last part of n.
func side(v float64, n int) int {
	return int(math.Round((v/float64(n) - 0.5) * 4))
}

func centre(p *picture.Picture, is func(r, g, b uint8) bool) (x, y float64) {
	n := 0.0
	for i := range p.Width * p.Height {
		if is(p.RGB(i%p.Width, i/p.Width)) {
			x, y, n = x+float64(i%p.Width), y+float64(i/p.Width), n+1
		}
	}
	return x / n, y / n
}

func TestSizesAreDrawnAsSaid(t *testing.T) {
	for seed := range uint64(50) {
		side := func(s Size) float64 {
			return Scene{Things: []Placed{{Size: s, Count: 1}}}.single(newRandom(seed, 0)).side
		}
		if small, any, large := side(Small), side(AnySize), side(Large); small > 0.4 || any < 0.6 || large < any {
			t.Errorf("sides are %.2f, %.2f and %.2f", small, any, large)
		}
	}
}

func TestEveryGroundIsDrawn(t *testing.T) {
	s := scenes(t, nil)
	for kind := Plain; kind <= WoodenTable; kind++ {
		scene := Scene{Look: s.pack.Looks[0], Ground: Ground{Kind: kind, Colour: 5}, Things: []Placed{{Thing: s.Things()[0], Count: 1, Colour: Natural}}}
		sample, err := s.Compose(scene)
		if err != nil {
			t.Fatal(err)
		}
		tones := map[[3]uint8]bool{}
		for y := range 64 { // the left rim, where no thing is
			r, g, b := sample.Pixels.RGB(0, y)
			tones[[3]uint8{r, g, b}] = true
		}
		if (kind == Plain) != (len(tones) == 1) {
			t.Errorf("ground %d has %d tones on its rim", kind, len(tones))
		}
	}
}

func TestComposeRefuses(t *testing.T) {
	s := scenes(t, nil)
	one := Placed{Thing: s.Things()[0], Count: 1, Colour: Natural}
	for name, scene := range map[string]Scene{
		"nothing":     {},
		"no relation": {Things: []Placed{one, one}},
		"alone":       {Things: []Placed{one}, Relation: LeftOf},
		"count":       {Things: []Placed{{Thing: one.Thing, Count: 9}}},
		"view":        {Things: []Placed{{Thing: one.Thing, Count: 1, View: 7}}},
		"part":        {Things: []Placed{{Thing: one.Thing, Count: 1, Colour: Natural, Invention: &Invention{With: one.Thing, View: 7}}}},
		"ground":      {Things: []Placed{one}, Ground: Ground{Kind: 77}},
		"colour":      {Things: []Placed{one}, Ground: Ground{Plain, Natural}},
	} {
		if _, err := s.Compose(scene); err == nil {
			t.Errorf("%s: the scene is composed", name)
		}
	}
}
