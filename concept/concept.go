package concept

import (
	"time"

	"github.com/ichimai/ichimai/weights"
)

// Versions of the file layout.
const (
	// FormatVersion is the version of what Write writes for a concept of one path.
	FormatVersion = 1
	// FormatVersionDual is that of a concept with Alpha, which a program that knows
	// one path alone would draw wrongly. It is the highest that Read knows.
	FormatVersionDual = 2
)

// Methods whose concepts are used in a way of their own.
const (
	MethodImported = "imported" // another program's file gave it
	MethodEncoder  = "encoder"  // an encoder predicted it, or would have
)

// Concept is what was learned of one subject.
type Concept struct {
	// Name is for people. It names exported files.
	Name string
	// Placeholder is the token that a prompt uses, such as "<sneaker>". It may
	// be empty in a concept without embeddings.
	Placeholder string
	// Method is how it was learned: lower-case letters, digits and underscores.
	Method string
	// Embeddings are the placeholder's vectors for the text encoder, [vectors]
	// rows of one length, hidden_size. Empty if there are none.
	Embeddings [][]float32
	// LoRA are the low-rank changes of the model's weights, nil if there are
	// none.
	LoRA *weights.LoRA
	// Alpha, if set, says that the concept was learned for dual-path attention
	// (nn.Blend) and is the soft path's share in it, 0 to 1. The hard path
	// reads NearestWord in the placeholder's place, which must be there.
	Alpha *float64
	// Base is the model that it was learned on.
	Base Base
	// InitWord gave the first vector, NearestWord has the vector that is
	// nearest to the learned one, ClassWord names the kind of thing.
	InitWord, NearestWord, ClassWord string
	// Settings are how it was learned, by the names of the method's options.
	Settings map[string]string
	// Sources are the pictures that it was learned from.
	Sources []Source
	// Created is when; the caller sets it. The zero time is not written.
	Created time.Time
	// Extra are the header's keys that this version does not know.
	Extra map[string]string
	// Version is that of the file it was read from; Write chooses by the content.
	Version int
}

// Base identifies a base model; both are empty where it is not known.
type Base struct {
	Hash string // SHA-256 of its weights, 64 hexadecimal digits in lower case
	Name string
}

// Source is one picture that a concept was learned from.
type Source struct {
	Name   string `json:"name"`   // of the file, without its folder
	SHA256 string `json:"sha256"` // of the file's bytes, 64 hexadecimal digits in lower case
}

// format is the version of the layout that the concept needs.
func (c *Concept) format() int {
	if c.Alpha != nil {
		return FormatVersionDual
	}
	return FormatVersion
}

// Vectors is how many input positions of the text encoder the placeholder
// takes, 0 without embeddings.
func (c *Concept) Vectors() int { return len(c.Embeddings) }

// Width is the length of the placeholder's vectors, 0 without embeddings.
func (c *Concept) Width() int {
	if len(c.Embeddings) == 0 {
		return 0
	}
	return len(c.Embeddings[0])
}

// Rows are the placeholder's vectors in one piece, [Vectors, Width] row-major.
func (c *Concept) Rows() []float32 {
	rows := make([]float32, 0, c.Vectors()*c.Width())
	for _, row := range c.Embeddings {
		rows = append(rows, row...)
	}
	return rows
}

// layers are the LoRA's layers, none without a LoRA.
func (c *Concept) layers() []weights.LoRALayer {
	if c.LoRA == nil {
		return nil
	}
	return c.LoRA.Layers
}
