package provenance

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// TestBoxLayout compares with ISO 19566-5 byte by byte.
func TestBoxLayout(t *testing.T) {
	got := superbox(typeCBOR, "a.b", appendBox(nil, "cbor", []byte{0xA0}))
	want := "0000002d" + hex.EncodeToString([]byte("jumb")) + // length with itself, type
		"0000001d" + hex.EncodeToString([]byte("jumd")) +
		"63626f7200110010800000aa00389b71" + // UUID of CBOR
		"03" + hex.EncodeToString([]byte("a.b\x00")) + // requestable, with a label
		"00000009" + hex.EncodeToString([]byte("cbor")) + "a0"
	want = strings.Replace(want, "0000002d", hex.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(len(want)/2))), 1)
	if hex.EncodeToString(got) != want {
		t.Errorf("got  %x\nwant %s", got, want)
	}
	boxes, why := new(boxReader).readBoxes(got, 0)
	if why != "" || len(boxes) != 1 || boxes[0].typ != typeCBOR || boxes[0].label != "a.b" || !bytes.Equal(boxes[0].body, got[8:]) {
		t.Errorf("%v, %s", boxes, why)
	}
	if content, ok := boxes[0].content("cbor"); !ok || !bytes.Equal(content, []byte{0xA0}) {
		t.Errorf("content %x", content)
	}
}

func TestBadBoxes(t *testing.T) {
	good := superbox(typeCBOR, "a.b", appendBox(nil, "cbor", []byte{0xA0}))
	edit := func(at int, to ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], to)
		return out
	}
	deep := good
	for range maxBoxDepth + 1 {
		deep = superbox(typeCBOR, "a", deep)
	}
	for name, tc := range map[string]struct {
		data []byte
		want Reason
	}{
		"half a header":       {good[:6], ReasonTruncated},
		"cut":                 {good[:len(good)-1], ReasonTruncated},
		"longer than data":    {edit(3, 0xFF), ReasonTruncated},
		"inner box longer":    {edit(11, 0xFF), ReasonTruncated},
		"without length":      {edit(0, 0, 0, 0, 0), ReasonMalformed},
		"shorter than itself": {edit(0, 0, 0, 0, 7), ReasonMalformed},
		"no description":      {edit(12, 'j', 'u', 'm', 'x'), ReasonMalformed},
		"no label":            {edit(32, 0x01), ReasonMalformed},
		"unknown toggle":      {edit(32, 0x43), ReasonMalformed},
		"private without":     {edit(32, 0x13), ReasonMalformed},
		"slash in the label":  {edit(34, '/'), ReasonMalformed},
		"too deep":            {deep, ReasonMalformed},
		"too many":            {bytes.Repeat(appendBox(nil, "free"), maxBoxes+1), ReasonMalformed},
	} {
		if _, why := new(boxReader).readBoxes(tc.data, 0); why != tc.want {
			t.Errorf("%s: %q, want %q", name, why, tc.want)
		}
	}
}

// A store larger than a segment is split as JPEG XT says, and joined again.
func TestJPEGSegments(t *testing.T) {
	store := superbox(typeStore, labelStore, appendBox(nil, "free", make([]byte, 150_000)))
	for i := 60; i < len(store); i++ {
		store[i] = byte(i * 7)
	}
	wrapped := jpegStore(store)
	segments, cut := jpegSegments(append(append([]byte{0xFF, markerSOI}, wrapped...), 0xFF, markerEOI))
	if cut != "" || len(segments) != 4 { // three and the end
		t.Fatalf("%d segments, cut %q", len(segments), cut)
	}
	for i, s := range segments[:3] {
		head := append([]byte("JP\x02\x11"), 0, 0, 0, byte(i+1))
		head = append(head, store[:8]...)
		if s.marker != markerAPP11 || !bytes.HasPrefix(s.data, head) {
			t.Errorf("segment %d begins %x, want %x", i, s.data[:16], head)
		}
	}
	stores := jpegStores(segments)
	if len(stores) != 1 || stores[0].fault != "" || !bytes.Equal(stores[0].content, store) || stores[0].start != 2 || stores[0].end != 2+len(wrapped) {
		t.Errorf("%d stores", len(stores))
	}
	segments[1], segments[2] = segments[2], segments[1]
	if stores := jpegStores(segments); stores[0].fault != ReasonMalformed {
		t.Error("segments out of order pass")
	}
	if stores := jpegStores([]segment{segments[0], segments[1]}); stores[0].fault != ReasonMalformed {
		t.Error("a gap in the segments passes")
	}
}

func TestPNGStoreIsBeforeThePixels(t *testing.T) {
	s := newSigner(t, "Acme")
	data, err := s.Stamp(plainFiles(t)["PNG"], Statement{})
	must(t, err)
	chunks, cut := pngChunks(data)
	var kinds []string
	for _, c := range chunks {
		if !c.sound {
			t.Errorf("the checksum of %s is wrong", c.kind)
		}
		kinds = append(kinds, c.kind)
	}
	if got := strings.Join(kinds, " "); cut != "" || got != "IHDR iTXt iTXt caBX IDAT IEND" {
		t.Errorf("chunks %s", got)
	}
}
