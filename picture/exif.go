package picture

import (
	"bytes"
	"encoding/binary"
)

// Tags of a TIFF directory, which EXIF data also is.
const (
	tagOrientation = 274
	tagICCProfile  = 34675
)

// directory is the first directory of TIFF-structured data.
type directory struct {
	data  []byte
	order binary.ByteOrder
	start int // of the entries
	count int
}

// openDirectory finds the first directory, or reports false.
func openDirectory(data []byte) (directory, bool) {
	if len(data) < 8 {
		return directory{}, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte("MM")):
		order = binary.BigEndian
	case !bytes.HasPrefix(data, []byte("II")):
		return directory{}, false
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return directory{}, false
	}
	count := int(order.Uint16(data[at:]))
	return directory{data: data, order: order, start: int(at) + 2, count: count}, true
}

// entry returns the 12 bytes of a tag.
func (d directory) entry(tag uint16) ([]byte, bool) {
	for i := range d.count {
		at := d.start + 12*i
		if at+12 > len(d.data) {
			break
		}
		if d.order.Uint16(d.data[at:]) == tag {
			return d.data[at : at+12], true
		}
	}
	return nil, false
}

// short is the value of a tag of one 16-bit number, 0 when there is none.
func (d directory) short(tag uint16) int {
	e, ok := d.entry(tag)
	if !ok || d.order.Uint16(e[2:]) != 3 {
		return 0
	}
	return int(d.order.Uint16(e[8:]))
}

// bytes is the value of a tag of bytes stored elsewhere in the data.
func (d directory) bytes(tag uint16) []byte {
	e, ok := d.entry(tag)
	if !ok {
		return nil
	}
	size, at := int64(d.order.Uint32(e[4:])), int64(d.order.Uint32(e[8:]))
	if size <= 4 || at+size > int64(len(d.data)) {
		return nil
	}
	return d.data[at : at+size]
}

// exifOrientation is the orientation tag of an EXIF block, 0 when there is
// none. Some writers keep JPEG's "Exif\0\0" in front where it does not belong.
func exifOrientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	d, ok := openDirectory(exif)
	if !ok {
		return 0
	}
	return d.short(tagOrientation)
}
