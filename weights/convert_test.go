package weights

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToFloats(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		data  string // little-endian
		want  []float32
	}{
		{F64, "\x00\x00\x00\x00\x00\x00\xf8\xbf", []float32{-1.5}},
		{F32, "\x00\x00\xc0\xbf\x00\x00\x80\x7f", []float32{-1.5, float32(math.Inf(1))}},
		{F16, "\x00\xbe\x01\x00", []float32{-1.5, 1.0 / (1 << 24)}},
		{BF16, "\xc0\xbf", []float32{-1.5}},
		{I64, "\xfe\xff\xff\xff\xff\xff\xff\xff", []float32{-2}},
		{U64, "\x00\x00\x00\x00\x00\x00\x00\x80", []float32{1 << 63}},
		{I32, "\xfe\xff\xff\xff", []float32{-2}},
		{U32, "\x00\x00\x00\x80", []float32{1 << 31}},
		{I16, "\xfe\xff", []float32{-2}},
		{U16, "\xfe\xff", []float32{65534}},
		{I8, "\xfe\x02", []float32{-2, 2}},
		{U8, "\xfe\x02", []float32{254, 2}},
		{Bool, "\x00\x01", []float32{0, 1}},
	} {
		if d := cmp.Diff(c.want, toFloats([]byte(c.data), c.dtype)); d != "" {
			t.Errorf("%s: %s", c.dtype, d)
		}
	}
}

func TestEncodeFloat32(t *testing.T) {
	v := make([]float32, 1<<16+3)
	for i := range v {
		v[i] = float32(i) - 1000
	}
	for _, d := range []DType{F64, F32, F16, BF16} {
		var b bytes.Buffer
		if err := EncodeFloat32(&b, v, d); err != nil {
			t.Fatal(err)
		}
		if want := FromFloat32("x", []int{len(v)}, v, d).Data; !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: pieces differ from the whole", d)
		}
	}
	if err := EncodeFloat32(&bytes.Buffer{}, v, I8); err == nil || !strings.Contains(err.Error(), "I8") {
		t.Errorf("I8 gave %v", err)
	}
}
