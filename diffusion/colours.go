package diffusion

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/ichimai/ichimai/sampler"
)

// colours maps a latent to the mean colour of the pixels it stands for:
// [channels + 1][3], the last row the constant.
type colours [][3]float64

// fittedColours is a model's map, fitted when it is first asked for.
type fittedColours struct {
	mu  sync.Mutex
	fit colours
}

// minFitSide is the least side of the latents that the map is fitted on, so
// that there are many more of them than unknowns.
const minFitSide = 16

// colourMap fits the map by least squares to the autoencoder's own decoding of
// smooth noise. It decodes at the size that is being drawn, whose program will
// be needed anyway.
func (m *Model) colourMap(ctx context.Context, h, w int) (colours, error) {
	m.colours.mu.Lock()
	defer m.colours.mu.Unlock()
	if m.colours.fit != nil {
		return m.colours.fit, nil
	}
	h, w = max(h, minFitSide), max(w, minFitSide)
	latents := smoothNoise(h, w, m.VAE.Channels())
	pixels, err := m.decode(ctx, latents, 1, h, w)
	if err != nil {
		return nil, fmt.Errorf("fit the preview's colours: %w", err)
	}
	fit, err := fitColours(latents, blockMeans(pixels, h, w, m.VAE.Factor()), m.VAE.Channels())
	if err != nil {
		return nil, err
	}
	m.colours.fit = fit
	return fit, nil
}

// smoothNoise is [h, w, c] of unit variance in which neighbours are alike, as
// in the latents of pictures: white noise in cells of 1, 2, 4, 8 and 16.
func smoothNoise(h, w, c int) []float32 {
	cells := []int{1, 2, 4, 8, 16}
	source := sampler.NewNormal(0)
	out, white := make([]float32, h*w*c), make([]float32, h*w*c)
	for _, cell := range cells {
		source.Fill(white)
		for i := range out {
			y, x, k := i/c/w, i/c%w, i%c
			out[i] += white[(y/cell*w+x/cell)*c+k] / float32(math.Sqrt(float64(len(cells))))
		}
	}
	return out
}

// blockMeans averages pixels [h*f, w*f, 3] over blocks of f by f: [h, w, 3].
func blockMeans(pixels []float32, h, w, f int) [][3]float64 {
	means := make([][3]float64, h*w)
	for i, v := range pixels {
		y, x := i/3/(w*f), i/3%(w*f)
		means[y/f*w+x/f][i%3] += float64(v) / float64(f*f)
	}
	return means
}

// fitColours solves the normal equations (X'X + e) A = X'Y, where a row of X is
// a latent and a 1.
func fitColours(latents []float32, means [][3]float64, channels int) (colours, error) {
	n := channels + 1
	a, b := make([][]float64, n), make(colours, n)
	for i := range a {
		a[i] = make([]float64, n)
		a[i][i] = 1e-3 * float64(len(means))
	}
	row := make([]float64, n)
	row[channels] = 1
	for at, mean := range means {
		for k := range channels {
			row[k] = float64(latents[at*channels+k])
		}
		for i := range n {
			for j := range n {
				a[i][j] += row[i] * row[j]
			}
			for k := range 3 {
				b[i][k] += row[i] * mean[k]
			}
		}
	}
	return b, solve(a, b)
}

// solve puts the solution of a x = b, a positive definite, into b by Gaussian
// elimination.
func solve(a [][]float64, b colours) error {
	for i := range a {
		if !(a[i][i] > 0) {
			return fmt.Errorf("fit the preview's colours: the equations have no solution")
		}
		for r := range a {
			if r == i {
				continue
			}
			factor := a[r][i] / a[i][i]
			for j := range a {
				a[r][j] -= factor * a[i][j]
			}
			for k := range 3 {
				b[r][k] -= factor * b[i][k]
			}
		}
	}
	for i := range b {
		for k := range 3 {
			b[i][k] /= a[i][i]
		}
	}
	return nil
}

// apply maps latents [pixels, channels] to colours [pixels, 3] in [-1, 1].
func (c colours) apply(latents []float32) []float32 {
	channels := len(c) - 1
	out := make([]float32, 0, len(latents)/channels*3)
	for at := 0; at < len(latents); at += channels {
		for k := range 3 {
			v := c[channels][k]
			for i := range channels {
				v += c[i][k] * float64(latents[at+i])
			}
			out = append(out, float32(v))
		}
	}
	return out
}
