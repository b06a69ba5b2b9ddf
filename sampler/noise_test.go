package sampler

import (
	"math"
	"slices"
	"testing"
)

func TestNormalMoments(t *testing.T) {
	for name, source := range map[string]Noise{"own": NewNormal(5), "torch": NewTorch(5)} {
		v := make([]float32, 100_001)
		source.Fill(v)
		mean, cubes, fourth := 0.0, 0.0, 0.0
		for _, x := range v {
			x := float64(x)
			mean, cubes, fourth = mean+x, cubes+x*x*x, fourth+x*x*x*x
		}
		n := float64(len(v))
		if math.Abs(mean/n) > 0.02 || math.Abs(deviation(v)-1) > 0.02 || math.Abs(cubes/n) > 0.05 || math.Abs(fourth/n-3) > 0.1 {
			t.Errorf("%s: moments %v, %v, %v, %v", name, mean/n, deviation(v), cubes/n, fourth/n)
		}
	}
}

// TestNormalStays keeps the seeds of old pictures good: the values may not
// change, and do not depend on how a draw is cut.
func TestNormalStays(t *testing.T) {
	got := make([]float32, 6)
	NewNormal(42).Fill(got)
	want := []float32{1.0634339, -1.0253676, 1.963652, 1.018424, 0.8315553, -0.13417138}
	for i, w := range want {
		if math.Abs(float64(got[i]-w)) > 1e-6 {
			t.Errorf("value %d is %v, want %v", i, got[i], w)
		}
	}
	parts, source := make([]float32, 6), NewNormal(42)
	source.Fill(parts[:1])
	source.Fill(parts[1:])
	if !slices.Equal(got, parts) {
		t.Errorf("in two draws %v, in one %v", parts, got)
	}
}
