package picture

import (
	"encoding/binary"
	"errors"
	"io"
)

// heifStill is what the boxes of an AVIF (HEIF, ISO/IEC 23008-12) file say of
// its primary picture.
type heifStill struct {
	width, height int
	largest       int64 // pixels of the largest picture in the file
	deep          bool  // more than 8 bits
	rotate        int   // quarters anticlockwise
	mirror        int   // 0 none, 1 top and bottom, 2 left and right
	profile       []byte
}

// boxes calls visit for each whole box until it returns false; rest is what
// follows the last box visited.
func boxes(data []byte, visit func(kind string, body []byte) bool) (rest []byte) {
	for len(data) >= 8 {
		size, head := int64(binary.BigEndian.Uint32(data)), int64(8)
		switch {
		case size == 0: // to the end
			size = int64(len(data))
		case size == 1 && len(data) >= 16:
			size, head = int64(binary.BigEndian.Uint64(data[8:])), 16
		}
		if size < head || size > int64(len(data)) {
			break
		}
		body := data[head:size]
		kind := string(data[4:8])
		data = data[size:]
		if !visit(kind, body) {
			break
		}
	}
	return data
}

// findBox returns the body of the first box of a kind.
func findBox(data []byte, kind string) (body []byte, ok bool) {
	boxes(data, func(k string, b []byte) bool {
		if k == kind {
			body, ok = b, true
		}
		return !ok
	})
	return body, ok
}

// readHEIF reads the properties of the primary item.
func readHEIF(data []byte) (heifStill, error) {
	rest := boxes(data, func(string, []byte) bool { return true })
	if len(rest) >= 8 { // a box that goes on after the end of the file
		return heifStill{}, io.ErrUnexpectedEOF
	}
	meta, ok := findBox(data, "meta")
	if !ok || len(meta) < 4 {
		return heifStill{}, io.ErrUnexpectedEOF
	}
	meta = meta[4:]
	primary, _ := findBox(meta, "pitm")
	properties, ok := findBox(meta, "iprp")
	if !ok {
		return heifStill{}, errors.New("the AVIF does not say how large it is")
	}
	store, _ := findBox(properties, "ipco")
	links, _ := findBox(properties, "ipma")
	still := readProperties(store, linkedProperties(links, itemID(primary)))
	if still.width == 0 {
		return still, errors.New("the AVIF does not say how large it is")
	}
	return still, nil
}

// itemID reads the id out of a pitm box.
func itemID(b []byte) uint32 {
	switch {
	case len(b) >= 8 && b[0] > 0:
		return binary.BigEndian.Uint32(b[4:])
	case len(b) >= 6:
		return uint32(binary.BigEndian.Uint16(b[4:]))
	}
	return 0
}

// linkedProperties reads an ipma box: the places in ipco, counted from 1, of
// one item's properties.
func linkedProperties(b []byte, item uint32) map[int]bool {
	linked := map[int]bool{}
	if len(b) < 8 {
		return linked
	}
	r := byteReader{data: b[8:]}
	idSize, indexSize := 2, 1
	if b[0] > 0 {
		idSize = 4
	}
	if b[3]&1 != 0 {
		indexSize = 2
	}
	for range binary.BigEndian.Uint32(b[4:]) {
		id, count := r.uint(idSize), r.uint(1)
		for range count {
			index := r.uint(indexSize) & (1<<(8*indexSize-1) - 1) // the top bit says "essential"
			if uint32(id) == item && !r.failed {
				linked[index] = true
			}
		}
		if r.failed {
			break
		}
	}
	return linked
}

// byteReader reads big-endian numbers; past the end it gives 0 and fails.
type byteReader struct {
	data   []byte
	failed bool
}

func (r *byteReader) uint(size int) int {
	if len(r.data) < size {
		r.failed = true
		return 0
	}
	v := 0
	for _, b := range r.data[:size] {
		v = v<<8 | int(b)
	}
	r.data = r.data[size:]
	return v
}

func readProperties(store []byte, linked map[int]bool) heifStill {
	var still heifStill
	index := 0
	boxes(store, func(kind string, body []byte) bool {
		index++
		if kind == "ispe" && len(body) >= 12 {
			w, h := int(binary.BigEndian.Uint32(body[4:])), int(binary.BigEndian.Uint32(body[8:]))
			still.largest = max(still.largest, int64(min(w, 1<<31-1))*int64(min(h, 1<<31-1)))
			if linked[index] {
				still.width, still.height = w, h
			}
			return true
		}
		if linked[index] {
			still.readProperty(kind, body)
		}
		return true
	})
	return still
}

func (s *heifStill) readProperty(kind string, body []byte) {
	switch {
	case kind == "irot" && len(body) >= 1:
		s.rotate = int(body[0] & 3)
	case kind == "imir" && len(body) >= 1:
		s.mirror = 1 + int(body[0]&1)
	case kind == "av1C" && len(body) >= 4:
		s.deep = s.deep || body[2]&0x40 != 0
	case kind == "pixi" && len(body) >= 6:
		s.deep = s.deep || body[5] > 8
	case kind == "colr" && len(body) >= 4 && (string(body[:4]) == "prof" || string(body[:4]) == "rICC"):
		s.profile = body[4:]
	}
}

// header gives the stored size; rotation comes before mirroring (MIAF, ISO/IEC
// 23000-22) and both together are one EXIF orientation.
func (s heifStill) header() header {
	// The module's memory holds planes, RGBA and a copy of it, and is copied
	// when it grows.
	perPixel := 24
	if s.deep {
		perPixel = 44
	}
	if pixels := int64(s.width) * int64(s.height); pixels > 0 && s.largest > pixels {
		perPixel = int(min((s.largest*int64(perPixel)+pixels-1)/pixels, 1<<20))
	}
	return header{width: s.width, height: s.height, bytesPerPixel: perPixel, orientation: s.orientation(), profile: s.profile}
}

// orientation by mirror (rows: none, top and bottom, left and right) and
// quarters anticlockwise.
func (s heifStill) orientation() int {
	return [3][4]int{
		{1, 8, 3, 6},
		{4, 5, 2, 7},
		{2, 7, 4, 5},
	}[s.mirror][s.rotate]
}
