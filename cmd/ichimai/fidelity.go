package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/diffusion"
)

// fidelity is a flag of how far pictures resemble the concepts; the zero value
// leaves it to them.
type fidelity struct {
	value float64
	given bool
}

func (f *fidelity) Type() string { return "F" }

func (f *fidelity) String() string {
	if !f.given {
		return ""
	}
	return strconv.FormatFloat(f.value, 'g', -1, 64)
}

func (f *fidelity) Set(v string) error {
	n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || !(n >= 0 && n <= 1) {
		return &textError{textFidelity}
	}
	f.value, f.given = math.Abs(n), true // no -0
	return nil
}

// apply gives the concepts that can have one the fidelity, and says whether there
// are any: a second path needs the word nearest to a concept.
func (f fidelity) apply(uses []diffusion.Use) bool {
	applied := !f.given
	for i := range uses {
		if f.given && uses[i].Concept.NearestWord != "" {
			uses[i].Fidelity, applied = &f.value, true
		}
	}
	return applied
}

var (
	textFidelity   = text{"a number from 0 to 1 is wanted", "0 から 1 までの数を指定してください"}
	textNoFidelity = text{
		"--fidelity: no concept in use knows the word nearest to it, which stands for it where the prompt is to win; leave --fidelity out",
		"--fidelity: 指定したコンセプトには最も近い単語の記録がありません。プロンプトを優先する計算にはその単語が必要です。--fidelity を外してください",
	}
)
