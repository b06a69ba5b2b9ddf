package sampler

import "math"

// The vectorised Box-Muller transform of PyTorch on x86 uses the polynomials
// of the Cephes library (Moshier, 1989) in float32 with fused multiply-adds.
// Following them operation by operation gives PyTorch's values to the bit.

// torchBlock is the size of one transform: uniforms in the first half give
// radii, in the second half angles.
const torchBlock = 16

// boxMuller turns a block of uniforms from [0, 1) into normals where they are.
func boxMuller(block []float32) {
	const half = torchBlock / 2
	for j := range half {
		radius := float32(math.Sqrt(float64(-2 * log32(1-block[j]))))
		sin, cos := sincos32(float32(2*math.Pi) * block[j+half])
		block[j] = radius * cos
		block[j+half] = radius * sin
	}
}

// fma is a*b + c rounded once to float32; the product is exact in float64.
func fma(a, b, c float32) float32 {
	return float32(float64(a)*float64(b) + float64(c))
}

// poly evaluates a polynomial by Horner's rule, highest power first.
func poly(x float32, coefficients []float32) float32 {
	y := coefficients[0]
	for _, c := range coefficients[1:] {
		y = fma(y, x, c)
	}
	return y
}

var logPoly = []float32{
	7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
	-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
}

// log32 is the natural logarithm of a normal x: x = m * 2^e with m in
// [sqrt(1/2), sqrt(2)), and log(1 + y) by a polynomial at y = m - 1. Log 2 is
// in two parts, the larger of which is exact.
func log32(x float32) float32 {
	const low, high = -2.12194440e-4, 0.693359375
	bits := math.Float32bits(x)
	e := float32(int32(bits>>23) - 126)
	m := math.Float32frombits(bits&0x007fffff | 0x3f000000) // [0.5, 1)
	if m < math.Sqrt2/2 {
		e, m = e-1, m+m
	}
	y := m - 1
	square := y * y
	p := float32(poly(y, logPoly) * y)
	p = fma(p, square, float32(e*low))
	p = fma(square, -0.5, p)
	return fma(e, high, y+p)
}

var (
	sinPoly = []float32{-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}
	cosPoly = []float32{2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2}
	// quarterPi is -pi/4 in three parts, the first two with few bits, so that
	// multiples can be subtracted without loss.
	quarterPi = [3]float32{-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8}
)

// sincos32 is the sine and cosine of x >= 0: x less the nearest even multiple
// j of pi/4, then a polynomial on [-pi/4, pi/4].
func sincos32(x float32) (sin, cos float32) {
	j := (int32(x*float32(4/math.Pi)) + 1) &^ 1
	for _, part := range quarterPi {
		x = fma(float32(j), part, x)
	}
	square := x * x
	cos = float32(poly(square, cosPoly) * square)
	cos = fma(cos, square, float32(-0.5*square)) + 1
	sin = fma(float32(poly(square, sinPoly)*square), x, x)
	if j&2 != 0 {
		sin, cos = cos, sin
	}
	if j&4 != 0 {
		sin = -sin
	}
	if (j+2)&4 != 0 {
		cos = -cos
	}
	return sin, cos
}
