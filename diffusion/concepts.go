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
	// The placeholder's vectors are used as they are. Of several concepts with
	// placeholders each has a part of its changes, whichever weights they have, and
	// those that no prompt names have none.
	Weight float64
	// Fidelity, 0 to 1, is how far the picture resembles the concept instead of
	// doing what the prompt says. It is the soft path's share in dual-path attention
	// (Arar et al., arXiv 2307.06925; [nn.Blend]), whose hard path is the model
	// without the concept on the prompt with the concept's NearestWord. At 1 the soft
	// path is run alone, at 0 the hard one; between, changes of other layers than
	// attention's are whole. nil is the concept's own Alpha. A concept with neither is
	// drawn on one path or, beside concepts with a fidelity, on both.
	Fidelity *float64
	// Guided lets guidance lead towards the concept as it leads towards the prompt: the
	// pass for the negative prompt is then without the concept's low-rank changes. nil
	// is true of what an encoder predicted, which is given as the text is given, and
	// false of all others, which programs draw with the changed model throughout.
	Guided *bool
}

// IsGuided says what holds: Guided, or what suits the concept's method.
func (u Use) IsGuided() bool {
	if u.Guided != nil {
		return *u.Guided
	}
	return u.Concept.Method == concept.MethodEncoder
}

// concepts are those of one request, brought into a model.
type concepts struct {
	uses      []Use
	tokenizer *tokenizer.Tokenizer // knows the placeholders
	vectors   map[string][]int     // a placeholder's ids
	words     map[int]string       // in the place of ids on the hard path
	rows      []float32            // their vectors, in the order of ids
	text      loras
	unet      loras
	installed []*concept.Installed
}

// installs counts, so that every installed concept has its own id.
var installs atomic.Uint64

// useConcepts prepares concepts for a request. The caller closes them.
func (m *Model) useConcepts(uses []Use) (*concepts, error) {
	if err := checkUses(uses); err != nil {
		return nil, err
	}
	cs := &concepts{uses: uses, tokenizer: m.Tokenizer.Clone(), vectors: map[string][]int{}, words: map[int]string{}}
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

// checkUses refuses settings out of range, and two concepts that a prompt could not
// tell apart.
func checkUses(uses []Use) error {
	names := map[string]string{}
	for i, use := range uses {
		if use.Concept == nil {
			return fmt.Errorf("concept %d is missing", i+1)
		}
		if !isFinite(use.Weight) {
			return fmt.Errorf("concept %q: weight %v is not a number that can be used", use.Concept.Name, use.Weight)
		}
		if err := use.checkFidelity(); err != nil {
			return err
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
	_, dual := use.fidelity()
	installed, err := c.Install(m.Store, fmt.Sprintf("draw-%d", installs.Add(1)))
	if err != nil {
		return err
	}
	cs.installed = append(cs.installed, installed)
	var own []int32 // the placeholder's tokens
	if c.Vectors() > 0 {
		ids, err := cs.tokenizer.AddPlaceholder(c.Placeholder, c.Vectors())
		if err != nil {
			return fmt.Errorf("use concept %q: %w", c.Name, err)
		}
		cs.vectors[c.Placeholder] = ids
		for _, id := range ids {
			own = append(own, int32(id)+m.idShift())
		}
		cs.rows = append(cs.rows, installed.Rows...)
		if dual {
			cs.replace(ids, c.NearestWord)
		}
	}
	for component, list := range map[string]*loras{partText: &cs.text, partUNet: &cs.unet} {
		l, err := newLora(installed.Parts[component], use.Weight)
		if err != nil {
			return fmt.Errorf("use concept %q: %w", c.Name, err)
		}
		if l != nil {
			l.component, l.dual, l.guided, l.own = component, dual, use.IsGuided(), own
			*list = append(*list, l)
		}
	}
	return nil
}

// replace puts a word in the place of a placeholder's ids on the hard path.
func (cs *concepts) replace(ids []int, word string) {
	for _, id := range ids {
		cs.words[id] = ""
	}
	cs.words[ids[0]] = word
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

// idShift is what lies between a placeholder's id in the tokenizer and in the text
// encoder, which wants placeholders right above its own vocabulary: that may have more
// rows than the tokenizer has tokens.
func (m *Model) idShift() int32 {
	return int32(m.Text.Config.VocabSize - m.Tokenizer.VocabSize())
}

// tokens encodes a prompt, with the ids of the text encoder.
func (cs *concepts) tokens(m *Model, prompt string) tokenizer.Tokens {
	tokens := cs.tokenizer.Batch(prompt)
	for i, id := range tokens.IDs {
		if int(id) >= m.Tokenizer.VocabSize() {
			tokens.IDs[i] = id + m.idShift()
		}
	}
	return tokens
}

// unused lists the concepts whose placeholder no prompt has.
func (cs *concepts) unused(m *Model, ids []int32) []*concept.Concept {
	seen := map[int]bool{}
	for _, id := range ids {
		seen[int(id-m.idShift())] = true
	}
	var out []*concept.Concept
	for _, use := range cs.uses {
		if ids := cs.vectors[use.Concept.Placeholder]; len(ids) > 0 && !seen[ids[0]] {
			out = append(out, use.Concept)
		}
	}
	return out
}
