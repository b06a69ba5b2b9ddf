package provenance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// otherBindings are hard bindings that are not read here.
var otherBindings = []string{"c2pa.hash.boxes", "c2pa.hash.bmff", "c2pa.hash.collection.data", "c2pa.hash.multi-asset"}

// binding checks that the file is the one that was signed (sections 15.10.1.2
// and 15.12.1). Where the binding itself was changed nothing can be said.
func (r *Report) binding(active box, c readableClaim, data []byte, store part) {
	hash, label, count := findBinding(active, c)
	switch {
	case count == 0:
		r.problem(ReasonNoBinding, "")
	case count > 1:
		r.problem(ReasonMalformed, "more than one binding")
	case !strings.HasPrefix(label, labelDataHash):
		r.problem(ReasonUnsupported, label)
	case r.has(ReasonAssertionChanged, label), r.has(ReasonAssertionMissing, label):
	default:
		r.checkDataHash(hash, c, data, store)
	}
}

func (r *Report) has(why Reason, about string) bool {
	return slices.ContainsFunc(r.Problems, func(f Finding) bool { return f.Reason == why && f.About == about })
}

// findBinding counts the hard bindings that the claim names.
func findBinding(active box, c readableClaim) (found box, label string, count int) {
	assertions, _ := active.child(typeAssertions, labelAssertions)
	for _, u := range c.all() {
		a, l, _ := c.resolve(u.URL, active, assertions)
		isOther := slices.ContainsFunc(otherBindings, func(p string) bool { return strings.HasPrefix(l, p) })
		if l == labelDataHash || strings.HasPrefix(l, labelDataHash+"__") || isOther {
			found, label = a, l
			count++
		}
	}
	return found, label, count
}

// readableHash is a data-hash-map as it is read.
type readableHash struct {
	Exclusions []exclusion `cbor:"exclusions"`
	Alg        string      `cbor:"alg"`
	Hash       []byte      `cbor:"hash"`
	Pad        []byte      `cbor:"pad"`
	Pad2       []byte      `cbor:"pad2"`
}

func (r *Report) checkDataHash(assertion box, c readableClaim, data []byte, store part) {
	var d readableHash
	content, ok := assertion.content("cbor")
	if !ok || cborReader.Unmarshal(content, &d) != nil {
		r.problem(ReasonAssertionMalformed, labelDataHash)
		return
	}
	if d.Alg == "" {
		d.Alg = c.Alg
	}
	h := hashOf(d.Alg)
	if h == nil {
		r.problem(ReasonAlgorithm, labelDataHash+": "+d.Alg)
		return
	}
	if !r.checkExclusions(d.Exclusions, len(data), store) {
		return
	}
	at := 0
	for _, e := range d.Exclusions {
		h.Write(data[at:e.Start])
		at = int(e.Start + e.Length)
	}
	h.Write(data[at:])
	r.Manifest.Picture = passed(bytes.Equal(h.Sum(nil), d.Hash))
	if r.Manifest.Picture == CheckBad {
		r.problem(ReasonPictureChanged, "")
	}
}

// checkExclusions asks that exclusions are in order, within the file, and that
// one is just the manifest store with its wrapping: anything more would be a
// place to put things unseen.
func (r *Report) checkExclusions(list []exclusion, size int, store part) bool {
	end, own := uint64(0), 0
	for _, e := range list {
		if e.Start < end || e.Length > uint64(size) || e.Start > uint64(size)-e.Length {
			r.Manifest.Picture = CheckBad
			r.problem(ReasonPictureChanged, "")
			return false
		}
		end = e.Start + e.Length
		if e.Start == uint64(store.start) && end == uint64(store.end) {
			own++
		} else {
			r.note(NoteExclusions, fmt.Sprintf("%d-%d", e.Start, end))
		}
	}
	if own != 1 {
		r.Manifest.Picture = CheckBad
		r.problem(ReasonPictureChanged, "")
		return false
	}
	return true
}

// read takes from the assertions what they say, those left out that were
// changed.
func (r *Report) read(active box, c readableClaim) {
	assertions, _ := active.child(typeAssertions, labelAssertions)
	s := &r.Manifest.Statement
	s.Title, s.instance, s.Manifest = c.Title, c.InstanceID, active.label
	var ingredients []string
	told := false
	for _, u := range c.all() {
		a, label, ok := c.resolve(u.URL, active, assertions)
		acts := label == labelActions || label == labelActions1
		told = told || acts
		if !ok || r.has(ReasonAssertionChanged, label) {
			continue
		}
		content, _ := a.content("cbor")
		switch {
		case acts:
			r.readActions(content, label)
		case label == labelRecord:
			r.readRecord(content)
		case label == labelRights:
			r.readRights(a)
		case strings.HasPrefix(label, labelIngredient):
			ingredients = append(ingredients, label)
		}
	}
	if len(ingredients) > 0 {
		r.note(NoteIngredients, strings.Join(ingredients, ", "))
	}
	if !told {
		r.problem(ReasonNoActions, "")
	}
}

// readableAction takes an agent of either version and a time of any form.
type readableAction struct {
	Action string          `cbor:"action"`
	When   cbor.RawMessage `cbor:"when"`
	Source string          `cbor:"digitalSourceType"`
}

func (r *Report) readActions(content []byte, label string) {
	var list struct {
		Actions []readableAction `cbor:"actions"`
	}
	if cborReader.Unmarshal(content, &list) != nil || len(list.Actions) == 0 {
		r.problem(ReasonAssertionMalformed, label)
		return
	}
	s := &r.Manifest.Statement
	for _, a := range list.Actions {
		r.Manifest.Actions = append(r.Manifest.Actions, a.Action)
		if a.Action == actionBegin && s.Source == "" {
			s.Source = a.Source
			var when time.Time
			if len(a.When) > 0 && cborReader.Unmarshal(a.When, &when) == nil {
				s.Created = plausible(when)
			}
		}
	}
}
