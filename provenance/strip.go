package provenance

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Strip returns the PNG or JPEG file with everything left out that the picture
// does not need to be shown as it is: Exif with its place, date and serial
// numbers, thumbnails, XMP, comments, a manifest, further pictures and films behind the
// first. Pixels, colour profile and orientation stay, the pixels bit by bit.
//
// Pictures that this program decodes and writes again have nothing of their
// file in them; Strip is for files that go on as they are.
func Strip(data []byte) ([]byte, error) {
	c, err := carrierOf(data)
	if err != nil {
		return nil, err
	}
	return c.strip(data)
}

// pngKept are the chunks that say how a PNG file looks.
var pngKept = []string{
	"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI",
	"sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT",
}

func stripPNG(data []byte) ([]byte, error) {
	chunks, cut := pngChunks(data)
	if cut != "" {
		return nil, fault("", ErrDamaged, "the PNG file ends within %s; copy it again", cut)
	}
	out := bytes.Clone(data[:8])
	for _, c := range chunks {
		if slices.Contains(pngKept, c.kind) {
			out = append(out, data[c.start:c.end]...)
		}
		if o := orientation(c.data); c.kind == "eXIf" && o > 1 {
			out = appendChunk(out, "eXIf", upright(o))
		}
	}
	return out, nil
}

func stripJPEG(data []byte) ([]byte, error) {
	out := bytes.Clone(data[:2])
	for at := 2; ; {
		s, ok := jpegSegment(data, at)
		if !ok {
			return nil, fault("", ErrDamaged, "the JPEG file ends too early; copy it again")
		}
		out = append(out, keptSegment(data, s)...)
		at = s.end
		switch s.marker {
		case markerEOI:
			return out, nil
		case markerSOS:
			end := scanEnd(data, at)
			out = append(out, data[at:end]...)
			at = end
		}
	}
}

// keptSegment is what stays of a segment; of application segments that is JFIF
// without its thumbnail, the colour profile and Adobe's colour transform.
func keptSegment(data []byte, s segment) []byte {
	const jfif, profile, adobe = "JFIF\x00", "ICC_PROFILE\x00", "Adobe"
	named := func(name string) bool { return bytes.HasPrefix(s.data, []byte(name)) }
	switch {
	case s.marker == markerAPP0 && named(jfif) && len(s.data) >= 14:
		return appendSegment(nil, markerAPP0, append(bytes.Clone(s.data[:12]), 0, 0))
	case s.marker == markerAPP1 && named("Exif\x00\x00"):
		if o := orientation(s.data[6:]); o > 1 {
			return appendSegment(nil, markerAPP1, append([]byte("Exif\x00\x00"), upright(o)...))
		}
		return nil
	case s.marker == markerAPP2 && named(profile), s.marker == markerAPP14 && named(adobe):
		return data[s.start:s.end]
	case s.marker >= markerAPP0 && s.marker <= markerAPP15, s.marker == markerCOM:
		return nil
	}
	return data[s.start:s.end]
}

// scanEnd is where the entropy-coded data ends: at a marker that is no restart.
func scanEnd(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if data[at] == 0xFF && data[at+1] != 0 && data[at+1] != 0xFF && (data[at+1] < 0xD0 || data[at+1] > 0xD7) {
			return at
		}
	}
	return len(data)
}

const tagOrientation = 274

// orientation is the orientation tag in the first directory of an Exif block,
// 0 where there is none.
func orientation(exif []byte) uint16 {
	if len(exif) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(exif[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return 0
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == tagOrientation {
			return order.Uint16(entries[8:])
		}
		entries = entries[12:]
	}
	return 0
}

// upright is an Exif block with an orientation and nothing else.
func upright(orientation uint16) []byte {
	out := []byte("MM\x00*\x00\x00\x00\x08\x00\x01") // header, one entry
	out = binary.BigEndian.AppendUint16(out, tagOrientation)
	out = append(out, 0, 3, 0, 0, 0, 1) // one short
	out = binary.BigEndian.AppendUint16(out, orientation)
	return append(out, 0, 0, 0, 0, 0, 0) // padding, no further directory
}
