package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Scene is the record of one composed picture: both what is drawn and what the
// captions say come from it.
type Scene struct {
	Look     Look
	Things   []Placed // one or two, in the same look
	Relation Relation // of the first to the second; None with one thing
	Place    Place    // where in the picture; Centre says nothing
	Ground   Ground
	Omit     Omit
	Seed     uint64 // of everything the caption does not say: exact places, grain, waves
}

// Placed is a thing in a scene.
type Placed struct {
	Thing  *Thing
	View   int // index into Thing.Views
	Count  int // 1 to 4
	Size   Size
	Colour Colour
	Mirror bool
	// Invention is what the cut-out is made into before it is mirrored and coloured;
	// nil leaves it as the pack has it.
	Invention *Invention
}

// Omit tells which clauses a caption leaves out. Only clauses without which
// the caption stays true can be: never a count, a colour or a second thing.
type Omit struct {
	Look, Size, Place, Ground bool
	LookLast                  bool // the look after the thing instead of before it
	Pattern                   bool // "a red background" for a plain one
}

// Size is how large a thing is said to be.
type Size int

// The sizes.
const (
	AnySize Size = iota
	Small
	Large
)

var sizeNames = map[Size]struct{ English, Japanese string }{
	Small: {"small", "小さな"},
	Large: {"large", "大きな"},
}

// Relation is where the first thing is, seen from the second.
type Relation int

// The relations.
const (
	None Relation = iota
	LeftOf
	RightOf
	Above
	Below
	InFrontOf
	Behind
)

var relationNames = map[Relation]struct{ English, Japanese string }{
	LeftOf:    {"left of", "左に"},
	RightOf:   {"right of", "右に"},
	Above:     {"above", "上に"},
	Below:     {"below", "下に"},
	InFrontOf: {"in front of", "手前に"},
	Behind:    {"behind", "後ろに"},
}

// Place is a part of the picture.
type Place int

// The places.
const (
	Centre Place = iota
	Left
	Right
	Top
	Bottom
	TopLeft
	TopRight
	BottomLeft
	BottomRight
)

var placeNames = map[Place]struct{ English, Japanese string }{
	Left:        {"on the left", "左側に"},
	Right:       {"on the right", "右側に"},
	Top:         {"at the top", "上の方に"},
	Bottom:      {"at the bottom", "下の方に"},
	TopLeft:     {"in the top left corner", "左上に"},
	TopRight:    {"in the top right corner", "右上に"},
	BottomLeft:  {"in the bottom left corner", "左下に"},
	BottomRight: {"in the bottom right corner", "右下に"},
}

// column and row say where a place's centre lies: -1, 0 or 1.
func (p Place) column() int {
	switch p {
	case Left, TopLeft, BottomLeft:
		return -1
	case Right, TopRight, BottomRight:
		return 1
	}
	return 0
}

func (p Place) row() int {
	switch p {
	case Top, TopLeft, TopRight:
		return -1
	case Bottom, BottomLeft, BottomRight:
		return 1
	}
	return 0
}

// Ground is what lies behind the things: a pattern in a colour, or a scenery.
type Ground struct {
	Kind   GroundKind
	Colour Colour // of patterns; Natural for sceneries
}

// GroundKind is a pattern or a scenery.
type GroundKind int

// The grounds: five patterns, then six sceneries.
const (
	Plain GroundKind = iota
	Striped
	Checkered
	Dotted
	Gradient
	Grass
	Sand
	Snow
	Sea
	NightSky
	WoodenTable
)

var groundKeys = [...]string{"plain", "striped", "checkered", "dotted", "gradient", "grass", "sand", "snow", "sea", "night_sky", "wooden_table"}

// MarshalText gives the kind's key in a settings file.
func (k GroundKind) MarshalText() ([]byte, error) {
	if k < Plain || k > WoodenTable {
		return nil, fmt.Errorf("there is no ground kind %d", k)
	}
	return []byte(groundKeys[k]), nil
}

// UnmarshalText reads the kind's key of a settings file.
func (k *GroundKind) UnmarshalText(text []byte) error {
	at := slices.Index(groundKeys[:], string(text))
	if at < 0 {
		return fmt.Errorf("there is no ground %q; known are %s", text, strings.Join(groundKeys[:], ", "))
	}
	*k = GroundKind(at)
	return nil
}

// sceneryColours are the colours in which a thing would get lost in a scenery.
var sceneryColours = map[GroundKind][]string{
	Grass: {"green"}, Sand: {"yellow", "orange"}, Snow: {"white"}, Sea: {"blue"},
	NightSky: {"black", "blue"}, WoodenTable: {"brown"},
}

// IsPattern reports whether the ground has a colour.
func (k GroundKind) IsPattern() bool { return k <= Gradient }

var patternNames = map[GroundKind]struct{ English, Japanese string }{
	Plain:     {"plain", "無地の"},
	Striped:   {"striped", "ストライプの"},
	Checkered: {"checkered", "チェックの"},
	Dotted:    {"dotted", "水玉模様の"},
	Gradient:  {"gradient", "グラデーションの"},
}

// A scenery's Japanese name comes in three: before の and the thing, before a
// comma, and as what "the upper left of" is said of.
var sceneryNames = map[GroundKind]struct{ English, Japanese, Adverb, Whole string }{
	Grass:       {"on grass", "芝生の上", "芝生の上", "芝生の風景"},
	Sand:        {"on sand", "砂の上", "砂の上", "砂浜"},
	Snow:        {"in snow", "雪の中", "雪の中", "雪景色"},
	Sea:         {"in the sea", "海の中", "海の中", "海"},
	NightSky:    {"in the night sky", "夜空", "夜空で", "夜空"},
	WoodenTable: {"on a wooden table", "木のテーブルの上", "木のテーブルの上", "木のテーブルの上、画面"},
}
