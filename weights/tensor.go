package weights

import (
	"fmt"
	"math"
	"math/bits"
)

// Source is a set of named tensors: one file or the shards of one model.
// Several goroutines may read it at once.
type Source interface {
	// Names are the tensors' names, sorted.
	Names() []string
	// Info describes one tensor; false when there is none of that name.
	Info(name string) (Info, bool)
	// Float32 is a copy of one tensor in row-major order, converted from
	// whatever type the file holds.
	Float32(name string) ([]float32, error)
	// ReadFloat32 is Float32 for reading once: f gets the values, where they lie
	// in the file if they can be read there, and neither changes nor keeps them.
	ReadFloat32(name string, f func(values []float32) error) error
	// ReadBytes is Bytes for reading once, in the same manner.
	ReadBytes(name string, f func(data []byte) error) error
	// Bytes are one tensor's little-endian bytes as they lie in the file. They
	// may be the mapped file itself: never write to them, and do not use them
	// after Close.
	Bytes(name string) ([]byte, error)
	// Metadata is the header's string table, nil when there is none.
	Metadata() map[string]string
	// Close frees the file. The source cannot be read afterwards.
	Close() error
}

// Info describes one tensor.
type Info struct {
	Name  string
	DType DType
	Shape []int // row-major; empty for a scalar
}

// Elements is the number of elements, 1 for a scalar.
func (i Info) Elements() int {
	n := 1
	for _, d := range i.Shape {
		n *= d
	}
	return n
}

// Tensor is one tensor to be written, Data in little-endian row-major order.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// Info describes the tensor without its data.
func (t Tensor) Info() Info { return Info{Name: t.Name, DType: t.DType, Shape: t.Shape} }

// FromFloat32 makes a tensor of a floating-point type (F64, F32, F16, BF16)
// from v, rounding to nearest, ties to even. Of any other type the tensor has
// no data, and Write refuses it.
func FromFloat32(name string, shape []int, v []float32, dtype DType) Tensor {
	t := Tensor{Name: name, DType: dtype, Shape: shape}
	if dtype.Float() {
		t.Data = appendFloats(make([]byte, 0, len(v)*dtype.Size()), v, dtype)
	}
	return t
}

// byteCount is size times the product of shape, checked for overflow of int.
func byteCount(shape []int, size int) (int, error) {
	n := uint64(size)
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > math.MaxInt {
			return 0, fmt.Errorf("shape %v overflows the size of a file", shape)
		}
		n = lo
	}
	return int(n), nil
}
