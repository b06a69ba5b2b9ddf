package diffusion

import (
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/unet"
)

// texts are the tokens of prompts, as the text encoder reads them.
type texts struct {
	ids    []int32 // [n, length]
	length int
}

// last are the last n texts.
func (t texts) last(n int) texts {
	return texts{t.ids[len(t.ids)-n*t.length:], t.length}
}

// place gives each of several subjects, which are concepts with a placeholder, its part
// of the changes, so that they do not bleed into each other ("Several subjects" in
// docs/method.md). Those of layers that read text hold at the subject's own tokens; all
// others, which text cannot tell apart, are divided by the number of subjects that
// the texts name. A subject that none of them names has no part, and one that
// is named alone has all, as where no other is in use. Changes of concepts without a
// placeholder stay whole.
//
// all are the texts of the request, of which a call reads the last now. What depends
// on them are values, so that another prompt needs no new program.
func (ls loras) place(all texts, now int) loras {
	if ls.subjects() < 2 {
		return ls.towards(now)
	}
	named := 0
	for _, l := range ls {
		if l.isSubject() && l.named(all) {
			named++
		}
	}
	placed := slices.Clone(ls)
	for i, l := range ls {
		if l.isSubject() {
			placed[i] = l.placed(all, now, named)
		}
	}
	return placed.towards(now)
}

// towards leaves the changes of guided concepts out where the negative prompt is run, the
// first of two texts: guidance then leads from the model without them.
func (ls loras) towards(now int) loras {
	if now < 2 || !slices.ContainsFunc(ls, func(l *lora) bool { return l.guided }) {
		return ls
	}
	led := slices.Clone(ls)
	for i, l := range ls {
		if l.guided {
			part := *l
			part.texts = []float32{0, 1}
			led[i] = &part
		}
	}
	return led
}

// subjects is how many of the changes belong to concepts with a placeholder.
func (ls loras) subjects() int {
	n := 0
	for _, l := range ls {
		if l.isSubject() {
			n++
		}
	}
	return n
}

func (l *lora) isSubject() bool { return len(l.own) > 0 }

// named says whether any text has the placeholder.
func (l *lora) named(t texts) bool {
	return slices.ContainsFunc(t.ids, func(id int32) bool { return slices.Contains(l.own, id) })
}

// placed is the part of a subject, of so many that are named.
func (l *lora) placed(all texts, now, named int) *lora {
	part := *l
	part.scales = make([]float32, len(l.scales))
	if l.named(all) {
		for i, layer := range l.layers {
			part.scales[i] = l.scales[i]
			if !l.readsText(layer) {
				part.scales[i] /= float32(named)
			}
		}
	}
	alone := named == 1 && l.named(all)
	part.mask = all.last(now).mask(func(id int32) bool { return alone || slices.Contains(l.own, id) })
	return &part
}

// mask is 1 at some tokens and 0 at the others, [n, length, 1].
func (t texts) mask(at func(id int32) bool) *tensors.Tensor {
	mask := make([]float32, len(t.ids))
	for i, id := range t.ids {
		if at(id) {
			mask[i] = 1
		}
	}
	return tensors.FromFlatDataAndDimensions(mask, len(t.ids)/t.length, t.length, 1)
}

// readsText says whether a layer is given one vector for each token of a text: in the
// text encoder all are but the projection of its end, in the UNet two of each
// cross-attention.
func (l *lora) readsText(layer string) bool {
	if l.component == partText {
		return strings.HasPrefix(layer, "text_model.")
	}
	return unet.ReadsText(layer)
}
