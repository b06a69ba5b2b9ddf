package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unsafe"
)

var little = binary.LittleEndian

// toFloats converts a tensor's bytes. len(data) is a multiple of d.Size();
// 64-bit types and 32-bit integers lose what a float32 cannot hold.
func toFloats(data []byte, d DType) []float32 {
	out := make([]float32, len(data)/d.Size())
	switch d {
	case F32:
		copyFloats(out, data)
	case F64:
		fill(out, data, 8, func(b []byte) float32 { return float32(math.Float64frombits(little.Uint64(b))) })
	case F16:
		fill(out, data, 2, func(b []byte) float32 { return halfToFloat(little.Uint16(b)) })
	case BF16:
		fill(out, data, 2, func(b []byte) float32 { return bfloatToFloat(little.Uint16(b)) })
	default:
		integersToFloats(out, data, d)
	}
	return out
}

func integersToFloats(out []float32, data []byte, d DType) {
	switch d {
	case I64:
		fill(out, data, 8, func(b []byte) float32 { return float32(int64(little.Uint64(b))) })
	case U64:
		fill(out, data, 8, func(b []byte) float32 { return float32(little.Uint64(b)) })
	case I32:
		fill(out, data, 4, func(b []byte) float32 { return float32(int32(little.Uint32(b))) })
	case U32:
		fill(out, data, 4, func(b []byte) float32 { return float32(little.Uint32(b)) })
	case I16:
		fill(out, data, 2, func(b []byte) float32 { return float32(int16(little.Uint16(b))) })
	case U16:
		fill(out, data, 2, func(b []byte) float32 { return float32(little.Uint16(b)) })
	case I8:
		fill(out, data, 1, func(b []byte) float32 { return float32(int8(b[0])) })
	case U8, Bool:
		fill(out, data, 1, func(b []byte) float32 { return float32(b[0]) })
	}
}

// littleEndian reports whether this machine has numbers as the files have.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// nativeFloats reports whether float32 of a file can be read where they lie.
func nativeFloats(data []byte) bool {
	return littleEndian && uintptr(unsafe.Pointer(unsafe.SliceData(data)))%4 == 0
}

// copyFloats reads float32: on most machines they lie in memory as in files, and
// models of gigabytes are read at the memory's speed.
func copyFloats(out []float32, data []byte) {
	if littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(out))), 4*len(out)), data)
		return
	}
	fill(out, data, 4, func(b []byte) float32 { return math.Float32frombits(little.Uint32(b)) })
}

func fill(out []float32, data []byte, size int, decode func([]byte) float32) {
	for i := range out {
		out[i] = decode(data[:size])
		data = data[size:]
	}
}

// appendFloats appends v as little-endian numbers of the floating type d.
func appendFloats(data []byte, v []float32, d DType) []byte {
	for _, f := range v {
		switch d {
		case F32:
			data = little.AppendUint32(data, math.Float32bits(f))
		case F64:
			data = little.AppendUint64(data, math.Float64bits(float64(f)))
		case F16:
			data = little.AppendUint16(data, floatToHalf(f))
		case BF16:
			data = little.AppendUint16(data, floatToBfloat(f))
		}
	}
	return data
}

// EncodeFloat32 writes v to w as little-endian numbers of the floating type d
// (F64, F32, F16, BF16), rounding to nearest, ties to even, in pieces of 64 Ki
// elements, so that no second copy of v is made. It is what WriteFunc's
// callback needs.
func EncodeFloat32(w io.Writer, v []float32, d DType) error {
	if !d.Float() {
		return fmt.Errorf("encode floats: %s is not a floating-point type", d)
	}
	const piece = 1 << 16
	buffer := make([]byte, 0, min(len(v), piece)*d.Size())
	for len(v) > 0 {
		n := min(len(v), piece)
		if _, err := w.Write(appendFloats(buffer[:0], v[:n], d)); err != nil {
			return fmt.Errorf("encode floats: %w", err)
		}
		v = v[n:]
	}
	return nil
}
