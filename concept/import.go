package concept

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/weights"
)

// ImportOptions are what a file does not say.
type ImportOptions struct {
	// Modules are the names of the model's layers by component (see Modules).
	// kohya's names cannot be read without them; other namings can, and are
	// then taken as they are.
	Modules map[string][]string
	// Name and Placeholder replace those that the file has or is called by.
	Name, Placeholder string
}

// Import makes a concept of another program's LoRA or embedding: a
// .safetensors file of any naming that weights.OpenLoRA and
// weights.OpenEmbedding read, or a folder with one of each at most, such as
// diffusers or peft write. A concept's own file is read as it is, but for the
// options' names.
//
// The method is MethodImported, and the settings name the files, their SHA-256
// and the method before, where it is known. What a file that was exported from a concept says of its origin is
// kept. A placeholder that no file names is the embedding file's name in angle
// brackets. Pickled files are refused with the way to convert them.
func Import(path string, opts ImportOptions) (*Concept, error) {
	fail := func(err error) (*Concept, error) {
		return nil, fmt.Errorf("import %s: %w", path, err)
	}
	files, err := importFiles(path)
	if err != nil {
		return fail(err)
	}
	c, err := importAll(files, opts.Modules)
	if err != nil {
		return fail(err)
	}
	if opts.Name != "" {
		c.Name = opts.Name
	} else if c.Name == "" {
		c.Name = stem(path)
	}
	if opts.Placeholder != "" {
		c.Placeholder = opts.Placeholder
	}
	if err := c.Validate(); err != nil {
		return fail(err)
	}
	return c, nil
}

func importAll(files []string, modules map[string][]string) (*Concept, error) {
	c := &Concept{Version: FormatVersion}
	for _, file := range files {
		own, err := c.add(file, modules)
		switch {
		case err != nil:
			return nil, err
		case own && len(files) > 1:
			return nil, fmt.Errorf("%s is a concept and other files lie beside it; import it by itself", file)
		case own:
			return Read(file)
		}
	}
	if c.Method != "" && c.Method != MethodImported {
		c.set("imported_method", c.Method)
	}
	c.Method = MethodImported
	return c, nil
}

// add takes one file in; own reports that it is a concept's own file, which is
// left unread.
func (c *Concept) add(file string, modules map[string][]string) (own bool, err error) {
	src, err := weights.Open(file)
	if errors.Is(err, weights.ErrPickle) {
		_, err = weights.OpenEmbedding(file) // its help converts LoRA files too
	}
	if err != nil {
		return false, err
	}
	defer src.Close()
	if _, own := src.Metadata()[keyFormat]; own {
		return true, nil
	}
	if err := c.addOrigin(src.Metadata()); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	if holdsLoRA(src) {
		err = c.addLoRA(file, modules)
	} else {
		err = c.addEmbedding(file)
	}
	return false, err
}

// addOrigin keeps what an exported file says of its concept; two files of
// different ones are refused.
func (c *Concept) addOrigin(header map[string]string) error {
	ours := map[string]string{}
	for key, text := range header {
		if strings.HasPrefix(key, keyPrefix) && key != keyAlpha { // what is imported has one path
			ours[key] = text
		}
	}
	if len(ours) == 0 {
		return nil
	}
	if c.Name != "" && c.Name != ours[keyName] {
		return fmt.Errorf("it is of the concept %.80q, the other file of %.80q; import each by itself", ours[keyName], c.Name)
	}
	return c.setMetadata(ours) // adds to the settings
}

func (c *Concept) set(key, text string) {
	if c.Settings == nil {
		c.Settings = map[string]string{}
	}
	c.Settings[key] = text
}

// holdsLoRA tells a LoRA from an embedding by the names of its tensors.
func holdsLoRA(src weights.Source) bool {
	for _, name := range src.Names() {
		if strings.HasSuffix(name, ".weight") || strings.HasSuffix(name, alphaEnding) {
			return true
		}
	}
	return false
}

func (c *Concept) addLoRA(file string, modules map[string][]string) error {
	if c.LoRA != nil {
		return fmt.Errorf("%s is a second LoRA; import each by itself", file)
	}
	var err error
	if c.LoRA, err = weights.OpenLoRA(file, modules); err != nil {
		return err
	}
	return c.noteFile("lora", file)
}

func (c *Concept) addEmbedding(file string) error {
	all, err := weights.OpenEmbedding(file)
	switch {
	case err != nil:
		return err
	case c.Embeddings != nil:
		return fmt.Errorf("%s is a second embedding; import each by itself", file)
	case all[0].Component != weights.TextEncoder || len(all) > 1 && all[1].Component != weights.TextEncoder:
		return fmt.Errorf("%s is for a model with two text encoders (SDXL); a concept has vectors for one", file)
	case len(all) > 1:
		return fmt.Errorf("%s has %d tokens, such as %.80q and %.80q; a concept has one", file, len(all), all[0].Token, all[1].Token)
	}
	e := all[0]
	for at := 0; at < len(e.Values); at += e.Width {
		c.Embeddings = append(c.Embeddings, e.Values[at:at+e.Width:at+e.Width])
	}
	switch {
	case e.Token != "":
		c.Placeholder = e.Token
	case c.Placeholder == "":
		c.Placeholder = "<" + strings.Join(strings.Fields(stem(file)), "-") + ">"
	}
	return c.noteFile("embedding", file)
}
