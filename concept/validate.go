package concept

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the most bytes of a name or a word.
const maxText = 200

var (
	methodSyntax = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	hashSyntax   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate says what of a concept cannot be written or used: names that are no
// names, vectors and matrices whose sizes do not fit each other, and numbers
// that are not finite. Read, Write, Install and the exports call it.
func (c *Concept) Validate() error {
	if len(c.Embeddings) == 0 && len(c.layers()) == 0 {
		return errors.New("it holds neither an embedding nor LoRA layers")
	}
	for _, check := range []func() error{c.checkNames, c.checkAlpha, c.checkOrigin, c.checkExtra, c.checkEmbeddings, c.checkLayers} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// CheckPlaceholder says why a word cannot be a placeholder: it is empty or too
// long, or has white space, control characters or invalid UTF-8. Whether a
// tokenizer still has room for it is the tokenizer's to say.
func CheckPlaceholder(word string) error {
	if word == "" {
		return errors.New("the placeholder is empty; choose one such as <my-dog>")
	}
	if strings.ContainsFunc(word, unicode.IsSpace) {
		return fmt.Errorf("placeholder %.80q has white space; join its words as in <my-dog>", word)
	}
	return checkText("placeholder", word)
}

func (c *Concept) checkNames() error {
	if strings.TrimSpace(c.Name) == "" {
		return errors.New("name: it is empty")
	}
	if c.Placeholder != "" || len(c.Embeddings) > 0 {
		if err := CheckPlaceholder(c.Placeholder); err != nil {
			return err
		}
	}
	if !methodSyntax.MatchString(c.Method) {
		return fmt.Errorf("method: %.80q is not of lower-case letters, digits and underscores", c.Method)
	}
	for key, text := range map[string]string{
		"name": c.Name, "method": c.Method, "base.name": c.Base.Name,
		"init_word": c.InitWord, "nearest_word": c.NearestWord, "class_word": c.ClassWord,
	} {
		if err := checkText(key, text); err != nil {
			return err
		}
	}
	return nil
}

// checkAlpha looks at the soft path's share and at what the hard path reads.
func (c *Concept) checkAlpha() error {
	switch {
	case c.Alpha == nil:
		return nil
	case !(*c.Alpha >= 0 && *c.Alpha <= 1): // NaN too
		return fmt.Errorf("alpha: %v is not 0 to 1", *c.Alpha)
	case strings.TrimSpace(c.NearestWord) == "":
		return errors.New("nearest_word: a concept with alpha needs one, which the hard path reads for the placeholder")
	}
	return nil
}

// checkText refuses what would not be one line of text.
func checkText(key, text string) error {
	switch {
	case len(text) > maxText:
		return fmt.Errorf("%s: %d bytes are too long, at most %d are allowed", key, len(text), maxText)
	case !utf8.ValidString(text):
		return fmt.Errorf("%s: it is not valid UTF-8", key)
	case strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%s: %.80q has control characters", key, text)
	}
	return nil
}

// checkOrigin looks at where the concept comes from.
func (c *Concept) checkOrigin() error {
	if c.Base.Hash != "" && !hashSyntax.MatchString(c.Base.Hash) {
		return fmt.Errorf("base.hash: %.80q is no SHA-256 in lower-case hexadecimal digits", c.Base.Hash)
	}
	for i, s := range c.Sources {
		if !hashSyntax.MatchString(s.SHA256) {
			return fmt.Errorf("sources[%d].sha256: %.80q is no SHA-256 in lower-case hexadecimal digits", i, s.SHA256)
		}
		if err := checkText(fmt.Sprintf("sources[%d].name", i), s.Name); err != nil {
			return err
		}
	}
	if y := c.Created.UTC().Year(); y < 0 || y > 9999 {
		return fmt.Errorf("created: the year %d cannot be written", y)
	}
	return nil
}

func (c *Concept) checkExtra() error {
	for key, text := range c.Extra {
		if slices.Contains(knownKeys, key) {
			return fmt.Errorf("extra: %s is a key with a field of its own", key)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return fmt.Errorf("extra: %.80q is not valid UTF-8", key)
		}
	}
	for key, text := range c.Settings {
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return fmt.Errorf("settings: %.80q is not valid UTF-8", key)
		}
	}
	return nil
}

func (c *Concept) checkEmbeddings() error {
	for i, row := range c.Embeddings {
		if len(row) == 0 || len(row) != c.Width() {
			return fmt.Errorf("embedding: vector %d has %d numbers, the first has %d", i, len(row), c.Width())
		}
		if at := notFinite(row); at >= 0 {
			return fmt.Errorf("embedding: number %d of vector %d is %v; its training diverged", at, i, row[at])
		}
	}
	return nil
}

// notFinite is the index of the first NaN or infinity, -1 without any.
func notFinite(v []float32) int {
	return slices.IndexFunc(v, func(f float32) bool { return math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) })
}
