package pretrain

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/picture"
)

// drawn is a data set of 16x16 pictures: a square of some colour on some ground.
type drawn int

const drawnSide = 16

var drawnColours = []struct {
	name string
	rgb  [3]uint8
}{{"red", [3]uint8{220, 30, 40}}, {"green", [3]uint8{30, 180, 60}}, {"blue", [3]uint8{40, 60, 220}}, {"white", [3]uint8{240, 240, 240}}}

func (d drawn) Len() int { return int(d) }

// At draws a square whose colour and ground are the index's and whose place is
// the seed's.
func (d drawn) At(ctx context.Context, index int, seed uint64) (dataset.Sample, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	n := len(drawnColours)
	front, ground := drawnColours[index%n], drawnColours[(index/n+index+1)%n]
	p := picture.Filled(drawnSide, drawnSide, ground.rgb[0], ground.rgb[1], ground.rgb[2])
	r := rand.New(rand.NewPCG(seed, uint64(index)))
	p.Paste(picture.Filled(8, 8, front.rgb[0], front.rgb[1], front.rgb[2]), r.IntN(9), r.IntN(9))
	return dataset.Sample{
		Key: fmt.Sprint(index), Pixels: p, Lang: dataset.English,
		Caption: fmt.Sprintf("a %s square on %s", front.name, ground.name),
	}, nil
}

func (d drawn) Captions(seed uint64, n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			s, err := d.At(context.Background(), i%d.Len(), seed)
			if err != nil || !yield(s.Caption) {
				return
			}
		}
	}
}
