package weights

import "slices"

// DType is the number type of a tensor, by its safetensors name.
type DType string

// The number types that can be read and written.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"  // IEEE 754 binary16
	BF16 DType = "BF16" // the upper half of a binary32
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U64  DType = "U64"
	U32  DType = "U32"
	U16  DType = "U16"
	U8   DType = "U8"
	Bool DType = "BOOL" // one byte, 0 or 1
)

// namedOnly are types that the format names and this package does not read.
var namedOnly = []DType{
	"F4", "F6_E2M3", "F6_E3M2", "C64",
	"F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
}

// Size is the number of bytes of one element, or 0 for a type that cannot be
// read.
func (d DType) Size() int {
	switch d {
	case F64, I64, U64:
		return 8
	case F32, I32, U32:
		return 4
	case F16, BF16, I16, U16:
		return 2
	case I8, U8, Bool:
		return 1
	}
	return 0
}

// Float reports whether d is a floating-point type.
func (d DType) Float() bool {
	return d == F64 || d == F32 || d == F16 || d == BF16
}

// check says why d cannot be read, as a kind of FormatError.
func (d DType) check() (kind error, ok bool) {
	switch {
	case d.Size() > 0:
		return nil, true
	case slices.Contains(namedOnly, d):
		return ErrUnsupportedDType, false
	}
	return ErrUnknownDType, false
}
