package provenance

import (
	"bytes"

	"github.com/ichimai/ichimai/picture"
)

// carrier is a file format that carries XMP and C2PA.
type carrier struct {
	name  string
	magic string
	// read finds the parts of a file that may be damaged.
	read func(data []byte) layout
	// packet and store wrap an XMP packet and a manifest store for the file.
	packet, store func(content []byte) []byte
	// longest is how many bytes a packet may have.
	longest int
	// strip keeps what the picture needs to be shown as it is.
	strip func(data []byte) ([]byte, error)
}

var carriers = []carrier{
	{"PNG", "\x89PNG\r\n\x1a\n", readPNG, pngPacket, pngStore, maxPacket, stripPNG},
	{"JPEG", "\xff\xd8\xff", readJPEG, jpegPacket, jpegStore, maxSegment - len(jpegXMPName), stripJPEG},
}

// layout is where the parts of a file lie.
type layout struct {
	packets []part // XMP
	stores  []part // C2PA manifest stores
	insert  int    // where new parts go; 0 where there is no place
	// cut says what the file ends within, or "".
	cut string
}

// part is a piece of metadata and the bytes of the file that it takes, its
// wrapping included.
type part struct {
	start, end int
	content    []byte
	fault      Reason // why its wrapping is not to be trusted, or ""
}

func carrierOf(data []byte) (carrier, error) {
	for _, c := range carriers {
		if bytes.HasPrefix(data, []byte(c.magic)) {
			return c, nil
		}
	}
	return carrier{}, fault("", ErrFormat, "the file is neither PNG nor JPEG; provenance is kept in these two only")
}

// open checks a file that is to be written to: a whole picture with a place for
// new parts and no manifest, which a change would break.
func open(data []byte) (carrier, layout, error) {
	c, err := carrierOf(data)
	if err != nil {
		return c, layout{}, err
	}
	if _, _, err := picture.Inspect(data); err != nil {
		return c, layout{}, err
	}
	l := c.read(data)
	switch {
	case l.cut != "" || l.insert == 0:
		return c, l, fault("", ErrDamaged, "the %s file ends too early; copy it again", c.name)
	case len(l.stores) > 0:
		return c, l, fault("", ErrStamped, "the file has a C2PA manifest already, which a change would break; strip it first if it may go")
	}
	return c, l, nil
}

// xmp is the statement's packet, wrapped for the file.
func (c carrier) xmp(s Statement) ([]byte, error) {
	packet := XMP(s)
	if len(packet) > c.longest {
		return nil, fault("", ErrText, "what the picture says of itself has %d bytes as XMP and %d fit into a %s file; shorten the longest text", len(packet), c.longest, c.name)
	}
	return c.packet([]byte(packet)), nil
}

// without is a copy of the data that lacks the parts.
func without(data []byte, parts []part) []byte {
	out, at := make([]byte, 0, len(data)), 0
	for _, p := range parts {
		out = append(out, data[at:p.start]...)
		at = p.end
	}
	return append(out, data[at:]...)
}
