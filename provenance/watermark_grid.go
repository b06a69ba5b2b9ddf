package provenance

import (
	"math"

	"github.com/ichimai/ichimai/picture"
)

// grid is where a mark lives: in DCT coefficients of the luminance of the
// picture scaled to a square, whatever its own sides. So a picture that was
// scaled on its way is read where it was written.
type grid struct {
	side   int         // of the square, in pixels
	marked []frequency // of each block, those that carry the mark
	floor  float64     // smallest activity that hides a change, in DCT units
	target float64     // score that each coded bit is brought to
	shrink int         // by how much smaller the mark must still be read
}

// The frequencies are low enough to live through JPEG and scaling, and high
// enough not to be seen as blotches. Floors and targets were found by
// measuring (go run ./bench/watermark).
var (
	fine   = grid{side: 256, marked: frequencies(4), floor: 8, target: 1.1, shrink: 2}
	coarse = grid{side: 128, marked: frequencies(5), floor: 6, target: 0.9, shrink: 1}
	grids  = []grid{fine, coarse}
)

// frequency is a coefficient of a block: how many half waves across and down.
type frequency struct{ u, v int }

// frequencies are all with 1 to top half waves in both directions together.
func frequencies(top int) (list []frequency) {
	for sum := 1; sum <= top; sum++ {
		for u := sum; u >= 0; u-- {
			list = append(list, frequency{u, sum - u})
		}
	}
	return list
}

const blockSide = 8

// blocks is how many blocks a row of the square has.
func (g grid) blocks() int { return g.side / blockSide }

// size is how many coefficients there are.
func (g grid) size() int { return g.blocks() * g.blocks() * len(g.marked) }

// basis[k][i] is the orthonormal DCT-II of length 8.
var basis = func() (b [blockSide][blockSide]float64) {
	for k := range blockSide {
		norm := math.Sqrt(2.0 / blockSide)
		if k == 0 {
			norm = math.Sqrt(1.0 / blockSide)
		}
		for i := range blockSide {
			b[k][i] = norm * math.Cos(math.Pi*float64(k)*(float64(i)+0.5)/blockSide)
		}
	}
	return b
}()

// luminance is BT.601's Y of a picture scaled to the square.
func (g grid) luminance(p *picture.Picture) plane {
	p = p.Resize(g.side, g.side)
	y := newPlane(g.side, g.side)
	for i := range y.pix {
		y.pix[i] = 0.299*float64(p.Pix[3*i]) + 0.587*float64(p.Pix[3*i+1]) + 0.114*float64(p.Pix[3*i+2])
	}
	return y
}

// coefficients are a picture's marked frequencies, block by block.
func (g grid) coefficients(p *picture.Picture) []float64 {
	y := g.luminance(p)
	out := make([]float64, 0, g.size())
	for b := range g.blocks() * g.blocks() {
		out = g.appendBlock(out, y, b%g.blocks()*blockSide, b/g.blocks()*blockSide)
	}
	return out
}

func (g grid) appendBlock(out []float64, y plane, left, top int) []float64 {
	var rows [blockSide][blockSide]float64 // line, u
	for line := range blockSide {
		pix := y.pix[(top+line)*y.width+left:]
		for u := range blockSide {
			for x := range blockSide {
				rows[line][u] += basis[u][x] * pix[x]
			}
		}
	}
	for _, f := range g.marked {
		v := 0.0
		for line := range blockSide {
			v += basis[f.v][line] * rows[line][f.u]
		}
		out = append(out, v)
	}
	return out
}

// pixels is the square whose marked frequencies are c and all others zero.
func (g grid) pixels(c []float64) plane {
	out := newPlane(g.side, g.side)
	for b := range g.blocks() * g.blocks() {
		left, top := b%g.blocks()*blockSide, b/g.blocks()*blockSide
		for i, f := range g.marked {
			v := c[b*len(g.marked)+i]
			for y := range blockSide {
				for x := range blockSide {
					out.pix[(top+y)*g.side+left+x] += v * basis[f.v][y] * basis[f.u][x]
				}
			}
		}
	}
	return out
}

// activity is, for each coefficient, how strong its frequency is around it: the
// root mean square over its block and the neighbours, with floor added.
func (g grid) activity(c []float64, floor float64) []float64 {
	n, kinds := g.blocks(), len(g.marked)
	out := make([]float64, len(c))
	for k := range c {
		b, kind := k/kinds, k%kinds
		sum, count := 0.0, 0.0
		for y := max(b/n-1, 0); y <= min(b/n+1, n-1); y++ {
			for x := max(b%n-1, 0); x <= min(b%n+1, n-1); x++ {
				v := c[(y*n+x)*kinds+kind]
				sum += v * v
				count++
			}
		}
		out[k] = math.Sqrt(sum/count + floor*floor)
	}
	return out
}

// quiet is the activity below which a coefficient says nothing.
const quiet = 2.0

// normalised are a picture's coefficients by their activity, so that loud parts
// of the picture do not drown the others.
func (g grid) normalised(p *picture.Picture) []float64 {
	c := g.coefficients(p)
	for k, a := range g.activity(c, quiet) {
		c[k] /= a
	}
	return c
}
