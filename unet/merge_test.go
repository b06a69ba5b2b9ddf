package unet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
)

// around runs f around tokens [batch][n][width] of which a share is merged.
func around(t *testing.T, e *engine.Engine, o nn.Options, height, width int, share float64, x [][][]float32, f func(*Node) *Node) []float32 {
	t.Helper()
	out, err := CallOnce(e.Backend(), func(x *Node) *Node {
		m := newMerging(x.Graph(), height, width, share)
		return m.around(nn.NewPass(nil, o), x, f)
	}, x)
	if err != nil {
		t.Fatal(err)
	}
	return golden.Flat(t, out)
}

func same(x *Node) *Node { return x }

// engines are the pure-Go backend, and for some cases XLA, which takes longer to be
// ready.
func engines(t *testing.T, both bool) []*engine.Engine {
	if both {
		return []*engine.Engine{enginetest.Go(t), enginetest.Open(t)}
	}
	return []*engine.Engine{enginetest.Go(t)}
}

// With one patch, what happens can be seen: the source that points most nearly as the
// destination does is merged first.
func TestMergeOnePatch(t *testing.T) {
	patch := [][][]float32{{{1, 0}, {0, 2}, {4, 3}, {-1, 0}}}
	for share, want := range map[float64][]float32{
		0:    {1, 0, 0, 2, 4, 3, -1, 0},
		0.25: {2.5, 1.5, 0, 2, 2.5, 1.5, -1, 0},
		0.49: {2.5, 1.5, 0, 2, 2.5, 1.5, -1, 0},
		0.5:  {5. / 3, 5. / 3, 5. / 3, 5. / 3, 5. / 3, 5. / 3, -1, 0},
		0.99: {1, 1.25, 1, 1.25, 1, 1.25, 1, 1.25},
	} {
		for _, e := range engines(t, share == 0.5) {
			golden.Close(t, fmt.Sprint(e.Device(), ", share ", share), around(t, e, nn.Options{}, 2, 2, share, patch, same), want, 1e-6, false)
		}
	}
	half := around(t, enginetest.Open(t), nn.Options{DType: dtypes.BFloat16}, 2, 2, 0.25, patch, same)
	golden.Close(t, "bfloat16", half, []float32{2.5, 1.5, 0, 2, 2.5, 1.5, -1, 0}, 1e-6, false) // which it holds
}

// merged is what around is to give for one row, written with loops: mixing adds half
// of the mean of the tokens that are left to each.
func merged(x [][]float32, height, width, count int) []float32 {
	type pair struct {
		source, destination int
		cosine              float64
	}
	cosine := func(a, b []float32) float64 {
		var ab, aa, bb float64
		for i := range a {
			ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
		}
		return ab / math.Sqrt(aa*bb)
	}
	isDestination := func(token int) bool { return token/width%2 == 0 && token%width%2 == 0 }
	var pairs []pair
	for source := range height * width {
		if isDestination(source) {
			continue
		}
		best := pair{source, -1, math.Inf(-1)}
		for destination := range height * width {
			if c := cosine(x[source], x[destination]); isDestination(destination) && c > best.cosine {
				best.destination, best.cosine = destination, c
			}
		}
		pairs = append(pairs, best)
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(b.cosine, a.cosine) })
	group := map[int]int{} // of a token: the one that stands for it
	for token := range x {
		group[token] = token
	}
	for _, p := range pairs[:count] {
		group[p.source] = p.destination
	}
	sums, sizes := map[int][]float64{}, map[int]float64{}
	for token, values := range x {
		g := group[token]
		if sums[g] == nil {
			sums[g] = make([]float64, len(values))
		}
		for i, v := range values {
			sums[g][i] += float64(v)
		}
		sizes[g]++
	}
	mean := make([]float64, len(x[0]))
	for g, sum := range sums {
		for i := range sum {
			mean[i] += sum[i] / sizes[g] / float64(len(sums))
		}
	}
	var out []float32
	for token := range x {
		g := group[token]
		for i := range mean {
			out = append(out, float32(sums[g][i]/sizes[g]+mean[i]/2))
		}
	}
	return out
}

// Each row of a batch is merged for itself, on grids with even and with odd sides.
func TestMergeMatchesLoops(t *testing.T) {
	mix := func(x *Node) *Node { return Add(x, MulScalar(ReduceAndKeep(x, ReduceMean, 1), 0.5)) }
	for _, c := range []struct {
		height, width int
		share         float64
		count         int
	}{{4, 4, 0.25, 4}, {4, 4, 0.5, 8}, {4, 4, 0.75, 12}, {4, 4, 0.9, 12}, {3, 5, 0.5, 7}, {3, 5, 0.9, 9}, {1, 6, 0.4, 2}, {5, 1, 0.2, 1}, {6, 7, 0.3, 12}} {
		x := make([][][]float32, 2)
		for row := range x {
			for token := range c.height * c.width {
				var values []float32
				for i := range 4 {
					values = append(values, float32(math.Sin(float64(1+row*131+token*17+i*i*7))))
				}
				x[row] = append(x[row], values)
			}
		}
		want := append(merged(x[0], c.height, c.width, c.count), merged(x[1], c.height, c.width, c.count)...)
		for _, e := range engines(t, c.height == 3) {
			golden.Close(t, fmt.Sprintf("%s, %dx%d, share %g", e.Device(), c.height, c.width, c.share), around(t, e, nn.Options{}, c.height, c.width, c.share, x, mix), want, 1e-5, false)
		}
	}
}

// Where sources are as their destinations, nothing is lost, to the bit: the values
// are such that sums of them are not rounded.
func TestMergeOfEqualTokens(t *testing.T) {
	const height, width = 4, 6
	x := [][][]float32{nil, nil}
	for row := range x {
		for token := range height * width {
			patch := token/width/2*(width/2) + token%width/2
			x[row] = append(x[row], []float32{1, float32(patch*patch) / 4, float32(row-patch) / 8})
		}
	}
	flat := tensors.MustCopyFlatData[float32](tensors.FromValue(x))
	for _, share := range []float64{0.3, 0.5, 0.75} {
		for _, e := range engines(t, share == 0.5) {
			if got := around(t, e, nn.Options{}, height, width, share, x, same); !slices.Equal(got, flat) {
				t.Errorf("%s, share %g: got %v, want %v", e.Device(), share, got, flat)
			}
		}
	}
}

// Ties and tokens of zeros, which are like no other, have a defined result too.
func TestMergeOfZeros(t *testing.T) {
	x := [][][]float32{make([][]float32, 9)}
	for token := range x[0] {
		x[0][token] = make([]float32, 2)
	}
	for _, e := range engines(t, true) {
		if got := around(t, e, nn.Options{}, 3, 3, 0.5, x, same); !slices.Equal(got, make([]float32, 18)) {
			t.Errorf("%s: zeros became %v", e.Device(), got)
		}
	}
}

func TestMergeNothing(t *testing.T) {
	g := NewGraph(enginetest.Go(t).Backend(), "none")
	defer g.Finalize()
	for _, c := range []struct {
		height, width int
		share         float64
	}{{4, 4, 0}, {4, 4, 0.05}, {1, 1, 0.9}, {4, 4, -1}} {
		if m := newMerging(g, c.height, c.width, c.share); m != nil {
			t.Errorf("of %dx%d tokens %d are merged at a share of %g", c.height, c.width, m.count, c.share)
		}
	}
}
