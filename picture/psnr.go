package picture

import "math"

// PSNR is the peak signal-to-noise ratio in dB of two lists of pictures of the same
// sizes, of the mean squared difference over all their values. It is infinite
// where nothing differs.
func PSNR(a, b []*Picture) float64 {
	sum, n := 0.0, 0
	for i := range a {
		for j := range a[i].Pix {
			d := float64(a[i].Pix[j]) - float64(b[i].Pix[j])
			sum += d * d
		}
		n += len(a[i].Pix)
	}
	return 10 * math.Log10(255*255*float64(n)/sum)
}
