package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Config is what scenes are drawn from. Every probability is between 0 and 1;
// start from [DefaultConfig] and change what should differ. The tags are the
// keys under "scenes" in a training run's settings file.
type Config struct {
	Size     int     `yaml:"-" json:"size"`            // side of the pictures in pixels
	Photos   float64 `yaml:"photos" json:"photos"`     // share of photos among the samples
	Japanese float64 `yaml:"japanese" json:"japanese"` // share of Japanese captions

	Two      float64 `yaml:"two" json:"two"`           // two things in a relation
	Several  float64 `yaml:"several" json:"several"`   // two to four of one thing
	Placed   float64 `yaml:"placed" json:"placed"`     // away from the centre, of scenes with one thing
	Sized    float64 `yaml:"sized" json:"sized"`       // said to be small or large, of scenes with one thing
	Recolour float64 `yaml:"recolour" json:"recolour"` // a thing in a colour not its own
	Mirror   float64 `yaml:"mirror" json:"mirror"`     // mirror images, of animals, plants and food

	// Invented, Changed and Named are shares of the pairs of [Scenes.Views]: of things
	// made of the pack's, of second scenes that show the thing changed, and of captions
	// that say what the thing is behind the word that stands for it.
	Invented float64 `yaml:"invented" json:"invented"`
	Changed  float64 `yaml:"changed" json:"changed"`
	Named    float64 `yaml:"named" json:"named,omitempty"`

	// Looks are weights by picture set, Kinds by kind of thing. Those that are
	// missing have weight 1; weight 0 is not drawn.
	Looks map[string]float64 `yaml:"looks" json:"looks"`
	Kinds map[string]float64 `yaml:"kinds" json:"kinds"`
	// Things are the English names of the only things to draw; none means all.
	Things []string `yaml:"things" json:"things,omitempty"`
	// MinLooks is in how many looks a thing must be there to be drawn.
	MinLooks int `yaml:"min_looks" json:"min_looks"`

	Grounds map[GroundKind]float64 `yaml:"grounds" json:"grounds"` // weights; kinds that are missing are not drawn
	Colours []Colour               `yaml:"colours" json:"colours"` // of patterns and recoloured things; nil means all

	OmitLook   float64 `yaml:"omit_look" json:"omit_look"` // captions that leave the clause out
	OmitSize   float64 `yaml:"omit_size" json:"omit_size"`
	OmitPlace  float64 `yaml:"omit_place" json:"omit_place"`
	OmitGround float64 `yaml:"omit_ground" json:"omit_ground"`
	LookLast   float64 `yaml:"look_last" json:"look_last"` // ", LOOK style" after the thing

	PhotoCrop float64 `yaml:"photo_crop" json:"photo_crop"` // smallest part of a photo's side that a crop keeps

	Part       Part    `yaml:"-" json:"part"`                // which pictures are drawn from
	Validation float64 `yaml:"validation" json:"validation"` // share of the pictures kept for validation, by hash of their keys

	CacheBytes int64 `yaml:"-" json:"-"` // decoded cut-outs kept in memory; 0 keeps none
}

// Part is a side of the train/validation split.
type Part int

// The parts.
const (
	All Part = iota
	Train
	Validation
)

// DefaultConfig is what a first small model learns from: mostly one large
// thing in the middle, its look said, on plain and patterned grounds and simple
// sceneries, and more than a quarter photos.
func DefaultConfig() Config {
	return Config{
		Size: 128, Photos: 0.28, Japanese: 0.4,
		Two: 0.10, Several: 0.06, Placed: 0.15, Sized: 0.15, Recolour: 0.15, Mirror: 0.3,
		Grounds: map[GroundKind]float64{
			Plain: 0.36, Striped: 0.08, Checkered: 0.08, Dotted: 0.08, Gradient: 0.10,
			Grass: 0.05, Sand: 0.05, Snow: 0.05, Sea: 0.05, NightSky: 0.05, WoodenTable: 0.05,
		},
		OmitLook: 0.15, OmitSize: 0.1, OmitPlace: 0.1, OmitGround: 0.08, LookLast: 0.4,
		PhotoCrop: 0.8, Validation: 0.02, CacheBytes: 512 << 20,
	}
}

func (c Config) check(p *Pack) error {
	chances := map[string]float64{"photos": c.Photos, "japanese": c.Japanese, "two": c.Two, "several": c.Several,
		"placed": c.Placed, "sized": c.Sized, "recolour": c.Recolour, "mirror": c.Mirror, "invented": c.Invented, "changed": c.Changed, "named": c.Named, "omit_look": c.OmitLook,
		"omit_size": c.OmitSize, "omit_place": c.OmitPlace, "omit_ground": c.OmitGround, "look_last": c.LookLast,
		"photo_crop": c.PhotoCrop, "validation": c.Validation, "two + several": c.Two + c.Several}
	for name, v := range chances {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("the key %s is %v; it is between 0 and 1", name, v)
		}
	}
	if c.Size < 8 || c.Size > 4096 {
		return fmt.Errorf("the key size is %d; it is between 8 and 4096", c.Size)
	}
	if err := c.checkWeights(p); err != nil {
		return err
	}
	for _, name := range c.Things {
		if !slices.ContainsFunc(p.Things, func(t *Thing) bool { return t.English == name }) {
			return fmt.Errorf("the key things names %q, which the pack does not have; names are those of its manifest.csv in the column en", name)
		}
	}
	return c.checkGrounds()
}

// checkWeights refuses weights of looks and kinds that the pack does not have.
func (c Config) checkWeights(p *Pack) error {
	looks, kinds := map[string]bool{}, map[string]bool{}
	for _, l := range p.Looks {
		looks[l.Set] = true
	}
	for _, t := range p.Things {
		kinds[t.Kind] = true
	}
	for key, list := range map[string]struct {
		weights map[string]float64
		known   map[string]bool
	}{"looks": {c.Looks, looks}, "kinds": {c.Kinds, kinds}} {
		for name, w := range list.weights {
			if !list.known[name] {
				return fmt.Errorf("the key %s names %q; the pack has %s", key, name, strings.Join(slices.Sorted(maps.Keys(list.known)), ", "))
			}
			if !(w >= 0) || math.IsInf(w, 0) {
				return fmt.Errorf("the key %s gives %q the weight %v; weights are 0 or more", key, name, w)
			}
		}
	}
	if c.MinLooks < 0 {
		return fmt.Errorf("the key min_looks is %d; it is 0 or more", c.MinLooks)
	}
	return nil
}

// weight is that of a name in a table of weights: 1 where it is missing.
func weight(table map[string]float64, name string) float64 {
	if w, ok := table[name]; ok {
		return w
	}
	return 1
}

func (c Config) checkGrounds() error {
	sum := 0.0
	for kind, w := range c.Grounds {
		if kind < Plain || kind > WoodenTable || !(w >= 0) {
			return fmt.Errorf("the key grounds has weight %v for kind %d", w, kind)
		}
		sum += w
	}
	if c.Photos < 1 && !(sum > 0) {
		return fmt.Errorf("the key grounds has no weight above 0")
	}
	for _, colour := range c.Colours {
		if colour < 0 || int(colour) >= len(Colours) {
			return fmt.Errorf("the key colours has %d; colours are 0 to %d", colour, len(Colours)-1)
		}
	}
	return nil
}

// colours lists what Colours allows.
func (c Config) colours() []Colour {
	if len(c.Colours) > 0 {
		return c.Colours
	}
	all := make([]Colour, len(Colours))
	for i := range all {
		all[i] = Colour(i)
	}
	return all
}
