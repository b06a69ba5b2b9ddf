package sampler

import "math"

// Torch draws the values that PyTorch's CPU generator draws: after
// NewTorch(seed), Fill of n values is torch.randn(n) after
// torch.manual_seed(seed), in float32, and later calls go on from there as
// torch's do. Draws of 16 values and more are those of PyTorch on x86 processors
// with AVX2 to the bit; elsewhere PyTorch's own logarithm and sine differ from
// them in the last bits, by up to about 2e-6.
type Torch struct {
	bits    mt19937
	spare   float64
	isSpare bool
}

// NewTorch returns the generator that torch.manual_seed(seed) sets up. Only
// the low 32 bits count, as in torch.
func NewTorch(seed uint64) *Torch {
	t := new(Torch)
	t.bits.seed(uint32(seed))
	return t
}

// Fill implements Noise. Draws of 16 values and more go by blocks, and a rest
// is drawn by redoing the last 16; shorter draws go one by one in float64.
func (t *Torch) Fill(dst []float32) {
	if len(dst) < torchBlock {
		for i := range dst {
			dst[i] = float32(t.scalar())
		}
		return
	}
	t.uniform(dst)
	whole := len(dst) / torchBlock * torchBlock
	for i := 0; i < whole; i += torchBlock {
		boxMuller(dst[i : i+torchBlock])
	}
	if whole < len(dst) {
		tail := dst[len(dst)-torchBlock:]
		t.uniform(tail)
		boxMuller(tail)
	}
}

// uniform fills dst from [0, 1) with 24 random bits each.
func (t *Torch) uniform(dst []float32) {
	for i := range dst {
		dst[i] = float32(t.bits.uint32()&(1<<24-1)) / (1 << 24)
	}
}

// scalar draws one value; the sine's half of each pair waits for the next
// scalar draw, which may be in a later Fill.
func (t *Torch) scalar() float64 {
	if t.isSpare {
		t.isSpare = false
		return t.spare
	}
	angle := 2 * math.Pi * t.double()
	radius := math.Sqrt(-2 * math.Log1p(-t.double()))
	sin, cos := math.Sincos(angle)
	t.spare, t.isSpare = radius*sin, true
	return radius * cos
}

// double is a uniform value from [0, 1) with 53 random bits.
func (t *Torch) double() float64 {
	return float64(t.bits.uint64()&(1<<53-1)) / (1 << 53)
}
