package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ichimai/ichimai/phash"
	"github.com/ichimai/ichimai/picture"
)

// wear is what happens to a picture with a mark; JPEG 75 comes last to all.
type wear struct {
	name    string
	degrees float64 // the mark is turned by up to this either way
	light   float64 // the brightness is multiplied by 1 less to 1 more than this
	least   float64 // the mark is turned by at least this
}

var wears = []wear{
	{name: "JPEG 75"},
	{name: "turned by up to 3°", degrees: 3},
	{name: "brightness 0.6 to 1.4", light: 0.4},
	{name: "turned by up to 3° and brightness", degrees: 3, light: 0.4},
	{name: "turned by 8° to 12°", degrees: 12, least: 8},
}

// shares are the sides of marks by that of the scene; of one that is not square, that of
// the square of its area.
var shares = []struct {
	name  string
	value float64
}{{"1/2", 1. / 2}, {"1/3", 1. / 3}, {"1/5", 1. / 5}, {"1/8", 1. / 8}}

// limits are thresholds to compare.
var limits = []float64{0.7, 0.75, 0.8, 0.85, 0.9}

// alarms is the table of finds in scenes without the mark.
func (b *bench) alarms(ctx context.Context) (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "| %d x %d, %d scenes, each searched for %d marks | highest similarity |", b.side, b.side, b.without, len(b.marks))
	for _, l := range limits {
		fmt.Fprintf(&out, " from %.2f |", l)
	}
	out.WriteString("\n|---|--:|" + strings.Repeat("--:|", len(limits)) + "\n")
	for _, other := range []bool{false, true} {
		name := "scenes without a mark"
		if other {
			name = "scenes with one mark, searched for the others"
		}
		values, err := b.strangers(ctx, other)
		if err != nil {
			return "", err
		}
		highest := 0.0
		for _, v := range values {
			highest = max(highest, v)
		}
		fmt.Fprintf(&out, "| %s | %.2f |", name, highest)
		for _, l := range limits {
			fmt.Fprintf(&out, " %d |", atLeast(values, l))
		}
		out.WriteString("\n")
	}
	return out.String(), nil
}

// strangers are the highest similarities with marks that the scenes do not show.
func (b *bench) strangers(ctx context.Context, other bool) ([]float64, error) {
	values := make([]float64, b.without)
	for i := range values {
		p, err := b.scene()
		if err != nil {
			return nil, err
		}
		shown := -1
		if other {
			shown = i % len(b.marks)
			p = placed(p, b.pictures[shown], shares[i/len(b.marks)%3].value, 0, i%2 == 0, b.random)
		}
		if p, err = saved(p, 75); err != nil {
			return nil, err
		}
		matches, err := phash.Search(ctx, p, b.marks)
		if err != nil {
			return nil, err
		}
		for k, m := range matches {
			if k != shown {
				values[i] = max(values[i], m.Similarity)
			}
		}
	}
	return values, nil
}

func atLeast(values []float64, limit float64) (n int) {
	for _, v := range values {
		if v >= limit {
			n++
		}
	}
	return n
}

// detections is the table of finds of marks that are there.
func (b *bench) detections(ctx context.Context) (string, error) {
	var out strings.Builder
	out.WriteString("| side of the mark by that of the picture |")
	for _, w := range wears {
		fmt.Fprintf(&out, " %s |", w.name)
	}
	out.WriteString("\n|---|" + strings.Repeat("--:|", len(wears)) + "\n")
	for _, cutOut := range []bool{false, true} {
		for _, share := range shares {
			form := "on its ground"
			if cutOut {
				form = "cut out"
			}
			fmt.Fprintf(&out, "| %s, %s |", share.name, form)
			for _, w := range wears {
				values, err := b.shown(ctx, share.value, w, cutOut)
				if err != nil {
					return "", err
				}
				fmt.Fprintf(&out, " %d%% |", (100*atLeast(values, phash.Threshold)+b.count/2)/b.count)
			}
			out.WriteString("\n")
		}
	}
	return out.String(), nil
}

// shown are the similarities with marks that scenes show.
func (b *bench) shown(ctx context.Context, share float64, w wear, cutOut bool) ([]float64, error) {
	values := make([]float64, b.count)
	for i := range values {
		k := i % len(b.marks)
		p, err := b.worn(b.pictures[k], share, w, cutOut)
		if err != nil {
			return nil, err
		}
		matches, err := phash.Search(ctx, p, b.marks[k:k+1])
		if err != nil {
			return nil, err
		}
		values[i] = matches[0].Similarity
	}
	return values, nil
}

func (b *bench) worn(mark *picture.Picture, share float64, w wear, cutOut bool) (*picture.Picture, error) {
	p, err := b.scene()
	if err != nil {
		return nil, err
	}
	degrees := w.least + (w.degrees-w.least)*b.random.Float64()
	if b.random.IntN(2) == 0 {
		degrees = -degrees
	}
	gain := 1 + w.light*(2*b.random.Float64()-1)
	return saved(lit(placed(p, mark, share, degrees, cutOut, b.random), gain), 75)
}
