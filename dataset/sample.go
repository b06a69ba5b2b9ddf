package dataset

import (
	"context"

	"github.com/ichimai/ichimai/picture"
)

// Lang is the language of a caption.
type Lang string

// The languages captions are written in.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Sample is one picture with what it shows.
type Sample struct {
	Key     string           // names the source picture, stable between runs
	Pixels  *picture.Picture // may be shared: do not change it
	Caption string
	Lang    Lang
	Meta    Meta
}

// Meta is what is known of a sample's source beyond its caption. Fields that a
// source does not state are empty.
type Meta struct {
	Category  string // "scene", "photo", or empty
	Set       string // the picture set of the first thing
	Look      string // the look in English, such as "flat cartoon"
	Codepoint string // of the first thing, normalised
	Name      string // English name of the first thing
	Licence   string // SPDX identifier
	Scene     *Scene // what was composed; nil for pictures taken as they are
}

// Dataset is a finite list of samples that can be drawn again.
//
// At returns the same sample for the same index in [0, Len()) and the same
// seed, and is safe for concurrent use. The seed decides what a source leaves
// open: the crop, the caption's language, the whole scene.
type Dataset interface {
	Len() int
	At(ctx context.Context, index int, seed uint64) (Sample, error)
}

// Keyed is a dataset whose entries have names, so that it can be split.
type Keyed interface {
	Dataset
	Key(index int) string
}
