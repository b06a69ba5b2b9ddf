package weights

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseHeader(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return `{"a":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}}`
	}
	for _, c := range []struct {
		name, text string
		data       int64
		kind       error // nil: accepted
	}{
		{"OK", one("F32", "[2,3]", "[0,24]"), 24, nil},
		{"OKScalar", one("F32", "[]", "[0,4]"), 4, nil},
		{"OKEmptyTensor", one("F32", "[2,0]", "[0,0]"), 0, nil},
		{"OKNoTensors", `{}`, 0, nil},
		{"OKPadded", one("U8", "[1]", "[0,1]") + "   \n", 1, nil},
		{"OKMetadata", `{"__metadata__":{"a":"b","あ":"\ud83d\ude00\n"}}`, 0, nil},
		{"ErrMetadataNumber", `{"__metadata__":{"a":1}}`, 0, ErrHeaderJSON},
		{"ErrMetadataTwice", `{"__metadata__":{},"__metadata__":{}}`, 0, ErrDuplicateKey},
		{"ErrMetadataKeyTwice", `{"__metadata__":{"a":"","a":""}}`, 0, ErrDuplicateKey},
		{"ErrTensorTwice", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, ErrDuplicateKey},
		{"ErrFieldTwice", `{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, ErrDuplicateKey},
		{"ErrFieldUnknown", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, 1, ErrHeaderJSON},
		{"ErrFieldMissing", `{"a":{"dtype":"U8","data_offsets":[0,1]}}`, 1, ErrHeaderJSON},
		{"ErrNotObject", `[]`, 0, ErrHeaderJSON},
		{"ErrTrailing", `{} x`, 0, ErrHeaderJSON},
		{"ErrTrailingComma", `{"__metadata__":{"a":"b",}}`, 0, ErrHeaderJSON},
		{"ErrControl", "{\"a\nb\":{}}", 0, ErrHeaderJSON},
		{"ErrUTF8", "{\"__metadata__\":{\"\xff\":\"\"}}", 0, ErrHeaderJSON},
		{"ErrSurrogate", `{"__metadata__":{"\ud83d":""}}`, 0, ErrHeaderJSON},
		{"ErrEscape", `{"__metadata__":{"\x":""}}`, 0, ErrHeaderJSON},
		{"ErrUnclosed", `{"a`, 0, ErrHeaderJSON},
		{"ErrUnclosedEscape", `{"a\`, 0, ErrHeaderJSON},
		{"ErrFloatDimension", one("U8", "[1.0]", "[0,1]"), 1, ErrHeaderJSON},
		{"ErrNegativeDimension", one("U8", "[-1]", "[0,1]"), 1, ErrHeaderJSON},
		{"ErrLeadingZero", one("U8", "[01]", "[0,1]"), 1, ErrHeaderJSON},
		{"ErrHugeNumber", one("U8", "[18446744073709551616]", "[0,1]"), 1, ErrHeaderJSON},
		{"ErrThreeOffsets", one("U8", "[1]", "[0,1,2]"), 1, ErrHeaderJSON},
		{"ErrRank", one("U8", "["+strings.Repeat("1,", 64)+"1]", "[0,1]"), 1, ErrHeaderJSON},
		{"ErrOverflow", one("F32", "[4294967296,4294967296]", "[0,0]"), 0, ErrShape},
		{"ErrOverflowInt", one("U8", "[9223372036854775808]", "[0,0]"), 0, ErrShape},
		{"ErrOffsetOverflow", one("U8", "[1]", "[18446744073709551614,18446744073709551615]"), 0, ErrShape},
		{"ErrBackwards", one("U8", "[1]", "[1,0]"), 1, ErrShape},
		{"ErrFloat8", one("F8_E4M3", "[1]", "[0,1]"), 1, ErrUnsupportedDType},
		{"ErrComplex", one("C64", "[1]", "[0,8]"), 8, ErrUnsupportedDType},
		{"ErrDType", one("F31", "[1]", "[0,1]"), 1, ErrUnknownDType},
		{"ErrHoleBefore", one("U8", "[1]", "[1,2]"), 2, ErrHole},
		{"ErrHoleAfter", one("U8", "[1]", "[0,1]"), 2, ErrHole},
		{"ErrTruncated", one("U8", "[2]", "[0,2]"), 1, ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseHeader([]byte(c.text), c.data)
			if c.kind == nil && err != nil || !errors.Is(err, c.kind) {
				t.Errorf("got %v, want %v", err, c.kind)
			}
			var broken *FormatError
			if err != nil && !errors.As(err, &broken) {
				t.Errorf("%T is not a *FormatError", err)
			}
		})
	}
}

func TestParseHeaderMetadata(t *testing.T) {
	h, err := parseHeader([]byte(`{"__metadata__":{"あ":"\ud83d\ude00\n\u003c\/"}}`), 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"あ": "😀\n</"}, h.metadata); d != "" {
		t.Error(d)
	}
}

// FuzzHeader: what is accepted is JSON that encoding/json reads the same way,
// covers the data exactly, and comes back from the writer.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}`), int64(24))
	f.Add([]byte(`{"__metadata__":{"a":"\u00e9"},"b":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}  `), int64(1))
	f.Add([]byte(`{"a":{"dtype":"F16","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}`), int64(1))
	f.Fuzz(func(t *testing.T, text []byte, size int64) {
		h, err := parseHeader(text, size)
		if err != nil {
			var broken *FormatError
			if !errors.As(err, &broken) || len(err.Error()) > 4096 {
				t.Fatalf("%d bytes of %T: %.200s", len(err.Error()), err, err)
			}
			return
		}
		var plain map[string]json.RawMessage
		if err := json.Unmarshal(text, &plain); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		delete(plain, metadataKey)
		checkHeader(t, h, slices.Sorted(maps.Keys(plain)), size)
	})
}

func checkHeader(t *testing.T, h *header, names []string, size int64) {
	t.Helper()
	var got []string
	var infos []Info
	var total int64
	for _, e := range h.entries {
		got = append(got, e.Name)
		infos = append(infos, e.Info)
		total += int64(e.Elements() * e.DType.Size())
	}
	if total != size {
		t.Fatalf("tensors have %d bytes, the data %d", total, size)
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		t.Fatalf("names %q, want %q", got, names)
	}
	text, err := formatHeader(infos, h.metadata)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseHeader(text[prefixSize:], size)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h.metadata, again.metadata); d != "" || len(again.entries) != len(h.entries) {
		t.Fatal("header changed on the way back", d)
	}
}
