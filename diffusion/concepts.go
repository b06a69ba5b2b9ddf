package diffusion

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
)

// Use is a concept in a picture.
type Use struct {
	Concept *concept.Concept
	// Weight multiplies the concept's low-rank changes: 1 as learned, 0 none.
	// The placeholder's vectors are used as they are.
	Weight float64
}

// concepts are those of one request, brought into a model.
type concepts struct {
	uses      []Use
	tokenizer *tokenizer.Tokenizer // knows the placeholders
	vectors   map[string][]int     // a placeholder's ids
	rows      []float32            // their vectors, in the order of ids
	text      loras
	unet      loras
	installed []*concept.Installed
}

// installs counts, so that every installed concept has its own id.
var installs atomic.Uint64

// useConcepts prepares concepts for a request. The caller closes them.
func (m *Model) useConcepts(uses []Use) (*concepts, error) {
	if err := checkPlaceholders(uses); err != nil {
		return nil, err
	}
	cs := &concepts{uses: uses, tokenizer: m.Tokenizer.Clone(), vectors: map[string][]int{}}
	err := m.Exclusive(func() error {
		for _, use := range uses {
			if err := cs.add(m, use); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, cs.close(m))
	}
	return cs, nil
}

// checkPlaceholders names two concepts that a prompt could not tell apart.
func checkPlaceholders(uses []Use) error {
	names := map[string]string{}
	for i, use := range uses {
		if use.Concept == nil {
			return fmt.Errorf("concept %d is missing", i+1)
		}
		if !isFinite(use.Weight) {
			return fmt.Errorf("concept %q: weight %v is not a number that can be used", use.Concept.Name, use.Weight)
		}
		placeholder := strings.ToLower(use.Concept.Placeholder)
		if placeholder == "" {
			continue
		}
		if other, ok := names[placeholder]; ok {
			return fmt.Errorf("the concepts %q and %q both use the placeholder %s; rename one of them", other, use.Concept.Name, use.Concept.Placeholder)
		}
		names[placeholder] = use.Concept.Name
	}
	return nil
}

// add puts one concept's vectors into the tokenizer's range of ids and its
// LoRA onto the device.
func (cs *concepts) add(m *Model, use Use) error {
	c := use.Concept
	installed, err := c.Install(m.Store, fmt.Sprintf("draw-%d", installs.Add(1)))
	if err != nil {
		return err
	}
	cs.installed = append(cs.installed, installed)
	if c.Vectors() > 0 {
		ids, err := cs.tokenizer.AddPlaceholder(c.Placeholder, c.Vectors())
		if err != nil {
			return fmt.Errorf("use concept %q: %w", c.Name, err)
		}
		cs.vectors[c.Placeholder] = ids
		cs.rows = append(cs.rows, installed.Rows...)
	}
	for component, list := range map[string]*loras{partText: &cs.text, partUNet: &cs.unet} {
		l, err := newLora(installed.Parts[component], use.Weight)
		if err != nil {
			return fmt.Errorf("use concept %q: %w", c.Name, err)
		}
		if l != nil {
			*list = append(*list, l)
		}
	}
	return nil
}

// newLora takes the pairs that a concept installed; nil where there are none.
func newLora(part *concept.Part, weight float64) (*lora, error) {
	if part == nil {
		return nil, nil
	}
	l := &lora{}
	for i := 0; i < len(part.Params); i += 2 {
		layer, _ := strings.CutSuffix(part.Params[i].Name, "."+nn.LoRADown)
		l.layers = append(l.layers, layer)
		l.scales = append(l.scales, float32(weight*part.Scales[layer]))
		for _, p := range part.Params[i : i+2] {
			value, err := part.Weights.Variable(p.Name).Value()
			if err != nil {
				return nil, err
			}
			l.pairs = append(l.pairs, value)
			l.shapes = append(l.shapes, value.Shape().String())
		}
	}
	return l, nil
}

// close takes the concepts out of the model.
func (cs *concepts) close(m *Model) error {
	return m.Exclusive(cs.remove)
}

func (cs *concepts) remove() error {
	var first error
	for _, i := range cs.installed {
		if err := i.Remove(); err != nil && first == nil {
			first = err
		}
	}
	cs.installed = nil
	return first
}

// tokens encodes a prompt. The text encoder wants placeholders right above its
// own vocabulary, which may have more rows than the tokenizer has tokens.
func (cs *concepts) tokens(m *Model, prompt string) tokenizer.Tokens {
	tokens := cs.tokenizer.Batch(prompt)
	shift := int32(m.Text.Config.VocabSize - m.Tokenizer.VocabSize())
	for i, id := range tokens.IDs {
		if int(id) >= m.Tokenizer.VocabSize() {
			tokens.IDs[i] = id + shift
		}
	}
	return tokens
}

// unused lists the concepts whose placeholder no prompt has.
func (cs *concepts) unused(m *Model, ids []int32) []*concept.Concept {
	seen := map[int]bool{}
	shift := m.Text.Config.VocabSize - m.Tokenizer.VocabSize()
	for _, id := range ids {
		seen[int(id)-shift] = true
	}
	var out []*concept.Concept
	for _, use := range cs.uses {
		if ids := cs.vectors[use.Concept.Placeholder]; len(ids) > 0 && !seen[ids[0]] {
			out = append(out, use.Concept)
		}
	}
	return out
}
