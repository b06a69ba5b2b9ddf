package weights

import (
	"fmt"
	"math"
)

// NonFiniteError names the first NaN or infinity of a tensor.
type NonFiniteError struct {
	Path   string
	Tensor string
	Index  int // row-major
	Value  float32
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("%s: tensor %s: element %d is %v; the file is damaged or its training diverged",
		e.Path, clip(e.Tensor), e.Index, e.Value)
}

// RequireFinite makes a source that refuses to read a tensor with a NaN or an
// infinity, with a *NonFiniteError.
func RequireFinite(src Source) Source { return finite{src} }

type finite struct{ Source }

// Path is the checked source's path.
func (s finite) Path() string { return sourcePath(s.Source) }

// Float32 is a copy of one tensor, all of it finite.
func (s finite) Float32(name string) ([]float32, error) {
	v, err := s.Source.Float32(name)
	if err == nil {
		err = s.check(name, v)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// ReadFloat32 calls f with the values of one tensor, all of them finite.
func (s finite) ReadFloat32(name string, f func(values []float32) error) error {
	return s.Source.ReadFloat32(name, func(values []float32) error {
		if err := s.check(name, values); err != nil {
			return err
		}
		return f(values)
	})
}

func (s finite) check(name string, values []float32) error {
	if i := firstNonFinite(values); i >= 0 {
		return &NonFiniteError{Path: s.Path(), Tensor: name, Index: i, Value: values[i]}
	}
	return nil
}

// CheckFinite reads every tensor of a source, one at a time, and returns a
// *NonFiniteError for the first, by name, with a NaN or an infinity.
func CheckFinite(src Source) error {
	checked := RequireFinite(src)
	for _, name := range checked.Names() {
		if err := checked.ReadFloat32(name, func([]float32) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// firstNonFinite is the index of the first NaN or infinity, -1 without any.
func firstNonFinite(v []float32) int {
	const exponent = 0xff << 23 // all ones in NaN and infinity only
	for i, f := range v {
		if math.Float32bits(f)&exponent == exponent {
			return i
		}
	}
	return -1
}
