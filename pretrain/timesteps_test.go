package pretrain

import (
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// Without a shift as many timesteps are drawn below the middle as above; with a
// shift of 3 a quarter is below it, where 3u/(1+2u) = 1/2. Each batch is spread
// over the whole schedule either way.
func TestTimesteps(t *testing.T) {
	for shift, want := range map[float64]int{1: 32, 3: 16} {
		draw := func(step int) []int32 {
			return tensors.MustCopyFlatData[int32](spreadTimesteps(0, step, 64, 1000, shift))
		}
		at := draw(1)
		below, last := 0, int32(-1)
		for _, ti := range at {
			if ti < last || ti >= 1000 {
				t.Fatalf("shift %g: the timesteps are %d", shift, at)
			}
			if last = ti; ti < 500 {
				below++
			}
		}
		if below != want || at[0] > 100 || at[63] < 950 {
			t.Errorf("shift %g: %d of 64 timesteps are below the middle, want %d: %d", shift, below, want, at)
		}
		if again := draw(2); again[0] == at[0] && again[63] == at[63] {
			t.Errorf("shift %g: two batches have the same timesteps", shift)
		}
	}
}
