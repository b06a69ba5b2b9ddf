package weights

import "math"

// halfToFloat widens an IEEE 754 binary16. The conversion is exact; a NaN keeps
// its sign and payload.
func halfToFloat(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 0x1f
	fraction := uint32(h) & 0x3ff
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24
		magnitude := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(magnitude))
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// floatToHalf rounds to the nearest binary16, ties to even. Values of 65520 and
// more become infinity, those of 2^-25 and less zero; a NaN stays a (quiet) NaN.
func floatToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	b &= 0x7fffffff
	switch {
	case b > 0xff<<23: // NaN
		return sign | 0x7e00 | uint16(b>>13)&0x3ff
	case b >= 0x477ff000: // 65520, half way from the largest half to 2^16
		return sign | 0x7c00
	case b >= 113<<23: // normal halves start at 2^-14
		return sign | uint16(shiftEven(b-(112<<23), 13))
	case b >= 102<<23: // subnormal halves: count of 2^-24, from 2^-25 on
		fraction := b&0x7fffff | 1<<23
		return sign | uint16(shiftEven(fraction, 126-b>>23))
	}
	return sign
}

// shiftEven divides by 2^n, rounding to nearest, ties to even. A carry out of
// the fraction runs into the exponent, which is the right result.
func shiftEven(b, n uint32) uint32 {
	half := uint32(1)<<(n-1) - 1
	return (b + half + b>>n&1) >> n
}

// bfloatToFloat widens a bfloat16, exactly.
func bfloatToFloat(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// floatToBfloat rounds to the nearest bfloat16, ties to even; a NaN stays a
// (quiet) NaN.
func floatToBfloat(f float32) uint16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0xff<<23 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}
