package main

import (
	"slices"

	"github.com/ichimai/ichimai/dataset"
)

// prompt is a scene that is asked for, as it can be composed.
type prompt struct {
	ID, Kind string
	Lang     dataset.Lang
	ground   dataset.Ground
	colour   dataset.Colour
	size     dataset.Size
	look     string // picture set; "" is the subject's own
	beside   string // another thing, by its English name
	relation dataset.Relation
	real     bool // a real picture of each subject is kept
}

// The kinds of prompts of DreamBench (arXiv 2208.12242, section 4.1).
const (
	recontextualise = "recontextualise"
	restyle         = "restyle"
	accessorise     = "accessorise"
	property        = "property"
)

func in(id string, lang dataset.Lang, kind dataset.GroundKind, real bool) prompt {
	return prompt{ID: id, Kind: recontextualise, Lang: lang, ground: dataset.Ground{Kind: kind, Colour: dataset.Natural}, colour: dataset.Natural, real: real}
}

func on(id, kind string, lang dataset.Lang, ground dataset.GroundKind, colour string) prompt {
	return prompt{ID: id, Kind: kind, Lang: lang, ground: dataset.Ground{Kind: ground, Colour: colourOf(colour)}, colour: dataset.Natural}
}

func (p prompt) coloured(name string) prompt { p.colour = colourOf(name); return p }
func (p prompt) sized(s dataset.Size) prompt { p.size = s; return p }
func (p prompt) drawn(set string) prompt     { p.look = set; return p }
func (p prompt) withReal() prompt            { p.real = true; return p }
func (p prompt) with(r dataset.Relation, thing string) prompt {
	p.relation, p.beside = r, thing
	return p
}

func colourOf(name string) dataset.Colour {
	return dataset.Colour(slices.IndexFunc(dataset.Colours[:], func(c dataset.ColourName) bool { return c.English == name }))
}

const en, ja = dataset.English, dataset.Japanese

// prompts are fourteen in English and six in Japanese.
var prompts = []prompt{
	in("snow", en, dataset.Snow, true),
	in("grass", en, dataset.Grass, true),
	in("sea", en, dataset.Sea, false),
	in("night-sky", en, dataset.NightSky, false),
	in("wooden-table", en, dataset.WoodenTable, true),
	on("blue-ground", recontextualise, en, dataset.Plain, "blue"),
	on("yellow-stripes", recontextualise, en, dataset.Striped, "yellow"),
	in("ja-sand", ja, dataset.Sand, true),
	in("ja-snow", ja, dataset.Snow, false),
	on("ja-pink-dots", recontextualise, ja, dataset.Dotted, "pink"),
	on("red", property, en, dataset.Plain, "white").coloured("red").withReal(),
	on("purple-grass", property, en, dataset.Grass, "").coloured("purple"),
	on("small", property, en, dataset.Plain, "light blue").sized(dataset.Small).withReal(),
	on("ja-large", property, ja, dataset.Checkered, "green").sized(dataset.Large),
	on("ja-blue", property, ja, dataset.WoodenTable, "").coloured("blue"),
	on("left-of-cup", accessorise, en, dataset.Plain, "green").with(dataset.LeftOf, "cup with a straw").withReal(),
	on("above-box", accessorise, en, dataset.Gradient, "orange").with(dataset.Above, "cardboard box"),
	on("flat-vector", restyle, en, dataset.Grass, "").drawn("fluent-emoji-flat"),
	on("doodle", restyle, en, dataset.Plain, "yellow").drawn("streamline-emojis").withReal(),
	on("ja-glossy", restyle, ja, dataset.Snow, "").drawn("fluent-emoji"),
}
