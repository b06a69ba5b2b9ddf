package diffusion

import (
	"context"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// tiling is how large latents are decoded: in squares of side latents that
// overlap their neighbours by overlap and more. Inside the overlap one square fades
// into the other.
type tiling struct{ side, overlap int }

// defaultTiling is a picture of 512 pixels with a quarter of overlap, where an
// autoencoder has a factor of 8.
var defaultTiling = tiling{side: 64, overlap: 16}

// starts are where the tiles of n latents begin, spread evenly.
func (t tiling) starts(n int) []int {
	if n <= t.side {
		return []int{0}
	}
	count := 1 + (n-t.side+t.side-t.overlap-1)/(t.side-t.overlap)
	starts := make([]int, count)
	for i := range starts {
		starts[i] = i * (n - t.side) / (count - 1)
	}
	return starts
}

// fade is the weight of pixel i of n of a tile of a row that reaches from pixel
// start to start+n of size: it rises over the overlap from each side that has a
// neighbour.
func fade(i, n, start, size, overlap int) float32 {
	weight := 1.0
	if start > 0 {
		weight = min(weight, float64(i+1)/float64(overlap+1))
	}
	if start+n < size {
		weight = min(weight, float64(n-i)/float64(overlap+1))
	}
	return float32(weight)
}

// decodeTiled maps one picture's scaled latents [h, w, c] to pixels
// [h*f, w*f, 3], a tile at a time: memory for one tile, and colours that differ a
// little from a whole decoding's, since each tile is normalised by itself.
func (m *Model) decodeTiled(ctx context.Context, latents []float32, h, w int, t tiling) ([]float32, error) {
	f := m.VAE.Factor()
	c := canvas{width: w * f, height: h * f, overlap: t.overlap * f}
	c.sum, c.weight = make([]float32, c.width*c.height*3), make([]float32, c.width*c.height)
	tall, wide := min(h, t.side), min(w, t.side)
	for _, y := range t.starts(h) {
		for _, x := range t.starts(w) {
			values, err := m.decodeBatch(ctx, cut(latents, w, m.VAE.Channels(), x, y, wide, tall), 1, tall, wide)
			if err != nil {
				return nil, err
			}
			c.add(values, x*f, y*f, wide*f, tall*f)
		}
	}
	return c.mean(), nil
}

// decodeBatch decodes a batch of size pictures' latents at once.
func (m *Model) decodeBatch(ctx context.Context, latents []float32, size, h, w int) ([]float32, error) {
	key := fmt.Sprintf("decode %dx%dx%d", size, h, w)
	return m.run1(ctx, &m.programs, "decode latents", key, func(in []*Node) []*Node {
		return []*Node{m.VAE.Decode(nn.NewPass(m.VAE.Weights(), nn.Options{}), in[0])}
	}, tensors.FromFlatDataAndDimensions(latents, size, h, w, m.VAE.Channels()))
}

// cut copies a rectangle out of [height, width, channels].
func cut(values []float32, width, channels, x, y, wide, tall int) []float32 {
	var out []float32
	for row := y; row < y+tall; row++ {
		at := (row*width + x) * channels
		out = append(out, values[at:at+wide*channels]...)
	}
	return out
}

// canvas is the weighted sum of tiles.
type canvas struct {
	width, height, overlap int
	sum, weight            []float32
}

func (c *canvas) add(pixels []float32, x, y, wide, tall int) {
	for row := range tall {
		vertical := fade(row, tall, y, c.height, c.overlap)
		for column := range wide {
			weight := vertical * fade(column, wide, x, c.width, c.overlap)
			from, to := (row*wide+column)*3, (y+row)*c.width+x+column
			c.weight[to] += weight
			for k := range 3 {
				c.sum[to*3+k] += weight * pixels[from+k]
			}
		}
	}
}

func (c *canvas) mean() []float32 {
	for i, w := range c.weight {
		for k := range 3 {
			c.sum[i*3+k] /= w
		}
	}
	return c.sum
}
