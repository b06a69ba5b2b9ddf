package provenance

import "fmt"

// Label returns the PNG or JPEG file with the statement as its XMP packet, in
// place of one that is there. Nothing is signed; anybody can change it.
func Label(data []byte, s Statement) ([]byte, error) {
	s = s.completed()
	if err := s.check(); err != nil {
		return nil, err
	}
	c, l, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("label picture: %w", err)
	}
	packet, err := c.xmp(s)
	if err != nil {
		return nil, err
	}
	head, tail := parted(c, data, l)
	return append(append(head, packet...), tail...), nil
}

// parted splits a file, without its XMP, where new parts go.
func parted(c carrier, data []byte, l layout) (head, tail []byte) {
	bare := without(data, l.packets)
	at := c.read(bare).insert
	return bare[:at:at], bare[at:]
}

// ReadLabel reads the XMP packet of a PNG or JPEG file; a file without one
// gives an empty statement.
func ReadLabel(data []byte) (Statement, error) {
	c, err := carrierOf(data)
	if err != nil {
		return Statement{}, err
	}
	return c.read(data).label()
}

// label reads the first packet.
func (l layout) label() (Statement, error) {
	for _, p := range l.packets {
		if len(p.content) > 0 {
			return ReadXMP(p.content)
		}
	}
	return Statement{}, nil
}
