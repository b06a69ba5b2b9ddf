package weights

// For the golden tests, which are outside the package because the fixtures'
// reader imports it.
var (
	HalfToFloat    = halfToFloat
	FloatToHalf    = floatToHalf
	FirstNonFinite = firstNonFinite
	LDMUNetNames   = ldmUNetNames
)
