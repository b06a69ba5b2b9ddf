package concept

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/ichimai/ichimai/weights"
)

// Names of the files that diffusers' own methods look for in a folder.
const (
	diffusersLoRA      = "pytorch_lora_weights.safetensors"
	diffusersEmbedding = "learned_embeds.safetensors"
)

// Exported is what an export wrote.
type Exported struct {
	// Files are the paths written.
	Files []string
	// Notes say, each in a sentence, what the other program has to be told or
	// cannot know.
	Notes []string
}

// exporter writes the two parts of a concept in one naming.
type exporter struct {
	lora, embedding string // file names
	writeLoRA       func(string, *weights.LoRA, weights.DType, map[string]string) error
	writeEmbedding  func(string, []weights.Embedding, weights.DType, map[string]string) error
}

// ExportDiffusers writes what diffusers' load_lora_weights and
// load_textual_inversion read to the folder dir, making it if needed:
// pytorch_lora_weights.safetensors and learned_embeds.safetensors, in float32.
// Each file is whole or not written. Where the concept comes from travels in
// the headers, and Import finds it there.
func (c *Concept) ExportDiffusers(dir string) (Exported, error) {
	return c.export(dir, exporter{
		lora: diffusersLoRA, embedding: diffusersEmbedding,
		writeLoRA: weights.WriteDiffusersLoRA, writeEmbedding: weights.WriteLearnedEmbeds,
	})
}

// ExportKohya writes what A1111, ComfyUI and kohya's scripts read to the folder
// dir, making it if needed: NAME.safetensors with the LoRA and
// NAME-embedding.safetensors, where NAME is FileName. See ExportDiffusers.
func (c *Concept) ExportKohya(dir string) (Exported, error) {
	name := c.FileName()
	out, err := c.export(dir, exporter{
		lora: name + ".safetensors", embedding: name + "-embedding.safetensors",
		writeLoRA: weights.WriteKohyaLoRA, writeEmbedding: weights.WriteEmbParams,
	})
	if err == nil && len(c.Embeddings) > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf(
			"these programs call an embedding by its file's name: write %s-embedding in a prompt, not %s, or rename the file", name, c.Placeholder))
	}
	if err == nil {
		out.Notes = append(out.Notes, c.alphaNotes()...)
	}
	return out, err
}

func (c *Concept) export(dir string, e exporter) (out Exported, err error) {
	fail := func(err error) (Exported, error) {
		return out, fmt.Errorf("export concept %q: %w", c.Name, err)
	}
	if err := c.Validate(); err != nil {
		return fail(err)
	}
	header, err := c.provenance()
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fail(err)
	}
	if len(c.layers()) > 0 {
		path := filepath.Join(dir, e.lora)
		if err := e.writeLoRA(path, c.LoRA, weights.F32, header); err != nil {
			return fail(err)
		}
		out.Files = append(out.Files, path)
	}
	if len(c.Embeddings) > 0 {
		path := filepath.Join(dir, e.embedding)
		if err := e.writeEmbedding(path, []weights.Embedding{c.embedding()}, weights.F32, header); err != nil {
			return fail(err)
		}
		out.Files = append(out.Files, path)
	}
	out.Notes = c.exportNotes()
	return out, nil
}

// exportNotes are the notes for every naming.
func (c *Concept) exportNotes() (notes []string) {
	if len(c.Embeddings) > 0 && len(c.layers()) > 0 {
		notes = append(notes, "the concept is in two files, and both have to be loaded")
	}
	if c.Alpha != nil {
		notes = append(notes, c.pathNote())
	}
	return notes
}

// pathNote says what a program without a second path does to the concept.
func (c *Concept) pathNote() string {
	note := fmt.Sprintf("other programs lack the second path, in which %q stands for the subject (alpha %g): pictures will follow the prompt less", c.NearestWord, *c.Alpha)
	if len(c.layers()) > 0 {
		note += "; a lower weight of the LoRA, below 1, brings some of it back"
	}
	return note
}

func (c *Concept) embedding() weights.Embedding {
	return weights.Embedding{Token: c.Placeholder, Component: weights.TextEncoder,
		Vectors: c.Vectors(), Width: c.Width(), Values: c.Rows()}
}

// provenance is the header's table of an exported file: this project's keys,
// but for the version, which would make it a concept's file, and alpha, which is not
// in force where the file is read, and which a program that keeps keys it does not
// know would write into a file of version 1.
func (c *Concept) provenance() (map[string]string, error) {
	header, err := c.metadata()
	for key := range header {
		if !strings.HasPrefix(key, keyPrefix) || key == keyAlpha {
			delete(header, key)
		}
	}
	return header, err
}

// alphaNotes are what kohya's naming, or its readers, do to alphas.
func (c *Concept) alphaNotes() (notes []string) {
	rounded, differ := 0, false
	first := map[string]float64{}
	for _, l := range c.layers() {
		if float64(float32(l.Alpha)) != l.Alpha {
			rounded++
		}
		if a, ok := first[l.Component]; !ok {
			first[l.Component] = l.Alpha
		} else if a != l.Alpha {
			differ = true
		}
	}
	if rounded > 0 {
		notes = append(notes, fmt.Sprintf("alpha of %d layers is rounded to float32, as the format has it", rounded))
	}
	if differ {
		notes = append(notes, "layers differ in alpha, which diffusers does not read from this naming; export for diffusers is right there")
	}
	return notes
}

// FileName is the concept's name as the name of a file without an ending:
// letters, digits, -, _ and . are kept, every run of others becomes one -.
func (c *Concept) FileName() string {
	words := strings.FieldsFunc(c.Name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("-_.", r)
	})
	name := strings.Trim(strings.Join(words, "-"), "-.")
	if name == "" {
		return "concept"
	}
	return name
}
