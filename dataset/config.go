package dataset

import "fmt"

// Config is what scenes are drawn from. Every probability is between 0 and 1;
// start from [DefaultConfig] and change what should differ.
type Config struct {
	Size     int     // side of the pictures in pixels
	Photos   float64 // share of photos among the samples
	Japanese float64 // share of Japanese captions

	Two      float64 // two things in a relation
	Several  float64 // two to four of one thing
	Placed   float64 // away from the centre, of scenes with one thing
	Sized    float64 // said to be small or large, of scenes with one thing
	Recolour float64 // a thing in a colour not its own
	Mirror   float64 // mirror images, of animals, plants and food

	Looks   []float64              // weights by index of Pack.Looks; nil draws evenly from a thing's views
	Grounds map[GroundKind]float64 // weights; kinds that are missing are not drawn
	Colours []Colour               // of patterns and recoloured things; nil means all

	OmitLook, OmitSize, OmitPlace, OmitGround float64 // captions that leave the clause out
	LookLast                                  float64 // ", LOOK style" after the thing

	PhotoCrop float64 // smallest part of a photo's side that a crop keeps

	Part       Part    // which pictures are drawn from
	Validation float64 // share of the pictures kept for validation, by hash of their keys

	CacheBytes int64 // decoded cut-outs kept in memory; 0 keeps none
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
	chances := map[string]float64{"Photos": c.Photos, "Japanese": c.Japanese, "Two": c.Two, "Several": c.Several,
		"Placed": c.Placed, "Sized": c.Sized, "Recolour": c.Recolour, "Mirror": c.Mirror, "OmitLook": c.OmitLook,
		"OmitSize": c.OmitSize, "OmitPlace": c.OmitPlace, "OmitGround": c.OmitGround, "LookLast": c.LookLast,
		"PhotoCrop": c.PhotoCrop, "Validation": c.Validation, "Two+Several": c.Two + c.Several}
	for name, v := range chances {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s is %v; it is between 0 and 1", name, v)
		}
	}
	if c.Size < 8 || c.Size > 4096 {
		return fmt.Errorf("the key Size is %d; it is between 8 and 4096", c.Size)
	}
	if c.Looks != nil && len(c.Looks) != len(p.Looks) {
		return fmt.Errorf("the key Looks has %d weights and the pack has %d looks", len(c.Looks), len(p.Looks))
	}
	return c.checkGrounds()
}

func (c Config) checkGrounds() error {
	sum := 0.0
	for kind, w := range c.Grounds {
		if kind < Plain || kind > WoodenTable || !(w >= 0) {
			return fmt.Errorf("the key Grounds has weight %v for kind %d", w, kind)
		}
		sum += w
	}
	if c.Photos < 1 && !(sum > 0) {
		return fmt.Errorf("the key Grounds has no weight above 0")
	}
	for _, colour := range c.Colours {
		if colour < 0 || int(colour) >= len(Colours) {
			return fmt.Errorf("the key Colours has %d; colours are 0 to %d", colour, len(Colours)-1)
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
