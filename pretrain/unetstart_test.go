package pretrain

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// startedUNet declares a UNet of 8x8 latents and gives it its starting weights.
func startedUNet(t *testing.T, widths ...int) (*unet.Model, *nn.Weights) {
	t.Helper()
	c := unet.DefaultConfig()
	c.InChannels, c.OutChannels, c.BlockOutChannels, c.NormNumGroups = 4, 4, widths, 8
	c.DownBlockTypes = slices.Repeat([]string{"CrossAttnDownBlock2D"}, len(widths))
	c.UpBlockTypes = slices.Repeat([]string{"CrossAttnUpBlock2D"}, len(widths))
	c.LayersPerBlock, c.CrossAttentionDim, c.AttentionHeadDim = unet.PerBlock{1}, unet.PerBlock{8}, unet.PerBlock{2}
	m, err := unet.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := nn.NewWeights(model.NewStore(), unetComponent)
	if err := initialiseUNet(m, w, 1); err != nil {
		t.Fatal(err)
	}
	return m, w
}

// counts are the mean over noises of what the way up reads last before the middle
// block, or the middle block's output, at each position.
func counts(t *testing.T, m *unet.Model, w *nn.Weights) (mean [8][8][]float64) {
	t.Helper()
	const noises = 32
	exec, err := model.NewExec(enginetest.Fast(t).Backend(), w.Store(), func(_ *model.Scope, x, at, states *Node) *Node {
		return m.Forward(nn.NewPass(w, nn.Options{}), x, at, states).Mid
	})
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Call(normalTensor(3, 1, noises, 8, 8, 4), tensors.FromValue(float32(999)), normalTensor(3, 2, noises, 5, 8))
	if err != nil {
		t.Fatal(err)
	}
	flat, width := tensors.MustCopyFlatData[float32](results[0]), m.Config.BlockOutChannels[0]
	for y := range 8 {
		for x := range 8 {
			mean[y][x] = make([]float64, positions)
			for n := range noises {
				at := ((n*8+y)*8+x)*width + width - positions
				for c := range positions {
					mean[y][x][c] += float64(flat[at+c]) / noises
				}
			}
		}
	}
	return mean
}

// From pure noise, the middle of a UNet that has just started tells the columns
// of a picture apart, and the rows.
func TestUNetStartCountsPositions(t *testing.T) {
	m, w := startedUNet(t, 64)
	mean := counts(t, m, w)
	apart := func(a, b []float64) float64 {
		widest := 0.0
		for c := range a {
			widest = max(widest, math.Abs(a[c]-b[c]))
		}
		return widest
	}
	for i := range 7 {
		if d := apart(mean[4][i], mean[4][i+1]); d < 1 {
			t.Errorf("columns %d and %d differ by %.2f", i, i+1, d)
		}
		if d := apart(mean[i][4], mean[i+1][4]); d < 1 {
			t.Errorf("rows %d and %d differ by %.2f", i, i+1, d)
		}
	}
	for side := range sides {
		if math.Abs(mean[4][4][side]-mean[4][4][0]) > 1 {
			t.Errorf("the middle counts side %d as %.1f, side 0 as %.1f", side, mean[4][4][side], mean[4][4][0])
		}
	}
}

// Models without room, and those of several levels, start at random.
func TestUNetStartWithoutRoom(t *testing.T) {
	for _, widths := range [][]int{{32}, {64, 64}} {
		m, w := startedUNet(t, widths...)
		i := slices.IndexFunc(m.Params, func(p *nn.Param) bool { return p.Name == "down_blocks.0.resnets.0.conv1.weight" })
		values, err := w.Float32(m.Params[i])
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(values, 0) {
			t.Errorf("%d: the first resnet was changed", widths)
		}
	}
}
