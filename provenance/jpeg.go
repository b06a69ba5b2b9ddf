package provenance

import (
	"bytes"
	"encoding/binary"
)

// JPEG markers.
const (
	markerSOI   = 0xD8
	markerEOI   = 0xD9
	markerSOS   = 0xDA
	markerAPP0  = 0xE0
	markerAPP1  = 0xE1
	markerAPP2  = 0xE2
	markerAPP11 = 0xEB
	markerAPP14 = 0xEE
	markerAPP15 = 0xEF
	markerCOM   = 0xFE
)

const (
	jpegXMPName      = "http://ns.adobe.com/xap/1.0/\x00"
	jpegExtendedName = "http://ns.adobe.com/xmp/extension/\x00"
	// maxSegment is how many bytes one segment holds beside its length field.
	maxSegment = 1<<16 - 1 - 2
	// boxSegment is how much of a box we write into one segment.
	boxSegment = 64_000
)

// segment is one marker segment of a JPEG file.
type segment struct {
	marker     byte
	data       []byte // behind the length field
	start, end int    // in the file, from the marker on
}

// jpegSegments lists the segments from SOI up to the first scan, which is the
// last of the list and holds the scan's header only; cut says that the file
// ends before.
func jpegSegments(data []byte) (list []segment, cut string) {
	for at := 2; ; {
		s, ok := jpegSegment(data, at)
		if !ok {
			return list, "its headers"
		}
		list = append(list, s)
		if s.marker == markerSOS || s.marker == markerEOI {
			return list, ""
		}
		at = s.end
	}
}

// jpegSegment reads the segment at a place, in front of which fill bytes may
// stand.
func jpegSegment(data []byte, at int) (segment, bool) {
	for at+1 < len(data) && data[at] == 0xFF && data[at+1] == 0xFF {
		at++
	}
	if at+2 > len(data) || data[at] != 0xFF || data[at+1] == 0 {
		return segment{}, false
	}
	s := segment{marker: data[at+1], start: at, end: at + 2}
	if s.marker == 0x01 || s.marker >= 0xD0 && s.marker <= markerEOI {
		return s, true
	}
	if at+4 > len(data) {
		return segment{}, false
	}
	size := int(binary.BigEndian.Uint16(data[at+2:]))
	if size < 2 || size > len(data)-at-2 {
		return segment{}, false
	}
	s.data, s.end = data[at+4:at+2+size], at+2+size
	return s, true
}

func readJPEG(data []byte) layout {
	segments, cut := jpegSegments(data)
	l := layout{cut: cut, insert: 2}
	leading := true
	for _, s := range segments {
		leading = leading && (s.marker == markerAPP0 || s.marker == markerAPP1)
		if leading {
			l.insert = s.end // JFIF and Exif want to be first
		}
		if s.marker != markerAPP1 {
			continue
		}
		if packet, ok := bytes.CutPrefix(s.data, []byte(jpegXMPName)); ok {
			l.packets = append(l.packets, part{start: s.start, end: s.end, content: packet})
		} else if bytes.HasPrefix(s.data, []byte(jpegExtendedName)) {
			l.packets = append(l.packets, part{start: s.start, end: s.end})
		}
	}
	l.stores = jpegStores(segments)
	return l
}

// boxHeader is how a JPEG XT segment (ISO/IEC 18477-3) begins: "JP", the box's
// instance number, the sequence number from 1 on, and the box's own length and type, which every
// segment repeats.
type boxHeader struct {
	instance uint16
	sequence uint32
	box      [8]byte
}

const boxHeaderSize = 2 + 2 + 4 + 8

func readBoxHeader(s segment) (h boxHeader, ok bool) {
	if s.marker != markerAPP11 || len(s.data) < boxHeaderSize || string(s.data[:2]) != "JP" {
		return h, false
	}
	h.instance = binary.BigEndian.Uint16(s.data[2:])
	h.sequence = binary.BigEndian.Uint32(s.data[4:])
	copy(h.box[:], s.data[8:])
	return h, true
}

// jpegStores joins the segments of each manifest store. What belongs to a store
// must follow it in order and without a gap.
func jpegStores(segments []segment) (stores []part) {
	var first boxHeader
	next := uint32(0) // sequence number that goes on the last store; 0 for none
	for _, s := range segments {
		h, ok := readBoxHeader(s)
		last := len(stores) - 1
		switch {
		case ok && startsStore(s.data[8:]):
			first, next = h, h.sequence+1
			stores = append(stores, part{start: s.start, end: s.end, content: bytes.Clone(s.data[8:])})
			if h.sequence != 1 {
				stores[last+1].fault = ReasonMalformed
			}
		case ok && last >= 0 && h.instance == first.instance:
			if h.sequence != next || h.box != first.box || s.start != stores[last].end {
				stores[last].fault = ReasonMalformed
			}
			next++
			stores[last].end = s.end
			stores[last].content = append(stores[last].content, s.data[boxHeaderSize:]...)
		}
	}
	return stores
}

// startsStore reports the beginning of a superbox whose description says c2pa.
func startsStore(box []byte) bool {
	return len(box) >= 20 && string(box[4:8]) == "jumb" && string(box[12:16]) == "jumd" && string(box[16:20]) == typeStore
}

func jpegPacket(packet []byte) []byte {
	return appendSegment(nil, markerAPP1, append([]byte(jpegXMPName), packet...))
}

func jpegStore(store []byte) []byte {
	var out []byte
	for at, sequence := 0, uint32(1); at < len(store); sequence++ {
		end := min(at+boxSegment, len(store))
		data := append([]byte("JP"), 0x02, 0x11) // an instance number that JPEG XT itself does not use
		data = binary.BigEndian.AppendUint32(data, sequence)
		if at > 0 {
			data = append(data, store[:8]...)
		}
		out = appendSegment(out, markerAPP11, append(data, store[at:end]...))
		at = end
	}
	return out
}

func appendSegment(dst []byte, marker byte, data []byte) []byte {
	dst = append(dst, 0xFF, marker)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(data)+2))
	return append(dst, data...)
}
