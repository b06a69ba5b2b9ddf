package provenance

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// A manifest store is boxes of JUMBF (ISO 19566-5): a length of four bytes that
// counts itself, a type of four, and content. A superbox (jumb) holds a description box
// (jumd) and further boxes.

// Types of superboxes, the first four bytes of their UUIDs (C2PA 2.2, section
// 11.1.4); all end as typeSuffix.
const (
	typeStore      = "c2pa"
	typeManifest   = "c2ma"
	typeManifest1  = "c2md" // of older writers
	typeUpdate     = "c2um"
	typeCompressed = "c2cm"
	typeAssertions = "c2as"
	typeClaim      = "c2cl"
	typeSignature  = "c2cs"
	typeCBOR       = "cbor"
	typeJSON       = "json"
)

const typeSuffix = "\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71"

// Toggles of a description box.
const (
	toggleRequestable = 1 << iota
	toggleLabel
	toggleID
	toggleHash
	togglePrivate
	togglesUnknown = 0xFF &^ (1<<iota - 1)
)

// Bounds of what is read.
const (
	maxBoxDepth = 8
	maxBoxes    = 4096
)

// box is one box. body is its content without the header: over that of a
// superbox hashes are taken.
type box struct {
	kind     string
	body     []byte
	typ      string // of a superbox, a type constant or the whole UUID in hexadecimal
	label    string // of a superbox
	children []box  // of a superbox, without the description
}

// child is the only child with a type and a label; "" stands for any label.
func (b box) child(typ, label string) (found box, count int) {
	for _, c := range b.children {
		if c.kind == "jumb" && c.typ == typ && (label == "" || c.label == label) {
			found = c
			count++
		}
	}
	return found, count
}

// content is the content of the only box of a kind, such as cbor.
func (b box) content(kind string) ([]byte, bool) {
	if len(b.children) != 1 || b.children[0].kind != kind {
		return nil, false
	}
	return b.children[0].body, true
}

// boxReader counts boxes over a whole store.
type boxReader struct{ count int }

// readBoxes reads boxes that fill data. The reason tells what is cut off from
// what is wrong.
func (r *boxReader) readBoxes(data []byte, depth int) (list []box, why Reason) {
	for len(data) > 0 {
		if r.count++; r.count > maxBoxes || depth > maxBoxDepth {
			return nil, ReasonMalformed
		}
		if len(data) < 8 {
			return nil, ReasonTruncated
		}
		size := uint64(binary.BigEndian.Uint32(data))
		switch {
		case size < 8: // 0 and 1 are forms for boxes without end or beyond 4 GiB
			return nil, ReasonMalformed
		case size > uint64(len(data)):
			return nil, ReasonTruncated
		}
		b := box{kind: string(data[4:8]), body: data[8:size]}
		if b.kind == "jumb" {
			if why = r.describe(&b, depth); why != "" {
				return nil, why
			}
		}
		list = append(list, b)
		data = data[size:]
	}
	return list, ""
}

// describe reads what a superbox holds.
func (r *boxReader) describe(b *box, depth int) Reason {
	children, why := r.readBoxes(b.body, depth+1)
	if why != "" {
		return why
	}
	if len(children) == 0 || children[0].kind != "jumd" || len(children[0].body) < 17 {
		return ReasonMalformed
	}
	description := children[0].body
	b.typ, b.children = typeName(description[:16]), children[1:]
	toggles := description[16]
	if toggles&(toggleRequestable|toggleLabel) != toggleRequestable|toggleLabel || toggles&togglesUnknown != 0 {
		return ReasonMalformed
	}
	label, rest, ok := bytes.Cut(description[17:], []byte{0})
	if !ok || !validLabel(string(label)) || !validExtras(toggles, rest) {
		return ReasonMalformed
	}
	b.label = string(label)
	return ""
}

// typeName is the first four letters of a UUID of the family, else all of it.
func typeName(uuid []byte) string {
	if string(uuid[4:]) == typeSuffix {
		return string(uuid[:4])
	}
	return hex.EncodeToString(uuid)
}

// validLabel follows C2PA 2.2, section 11.1.4.1.1.
func validLabel(label string) bool {
	return label != "" && len(label) <= maxLine && !strings.ContainsFunc(label, func(r rune) bool {
		return r < 0x20 || r >= 0x7F && r < 0xA0 || strings.ContainsRune("/;?#\uFEFF\uFFFD\uFFFF", r)
	})
}

// validExtras checks what may stand behind a label: an ID, a hash and a
// private box such as C2PA's salt.
func validExtras(toggles byte, rest []byte) bool {
	fixed := 0
	if toggles&toggleID != 0 {
		fixed += 4
	}
	if toggles&toggleHash != 0 {
		fixed += 32
	}
	if len(rest) < fixed {
		return false
	}
	rest = rest[fixed:]
	if toggles&togglePrivate == 0 {
		return len(rest) == 0
	}
	return len(rest) >= 8 && uint64(binary.BigEndian.Uint32(rest)) == uint64(len(rest))
}

// appendBox writes a box.
func appendBox(dst []byte, kind string, body ...[]byte) []byte {
	size := 8
	for _, b := range body {
		size += len(b)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	dst = append(dst, kind...)
	for _, b := range body {
		dst = append(dst, b...)
	}
	return dst
}

// superbox writes a superbox of a type and label around whole boxes.
func superbox(typ, label string, boxes ...[]byte) []byte {
	description := append([]byte(typ+typeSuffix), toggleRequestable|toggleLabel)
	description = append(append(description, label...), 0)
	return appendBox(nil, "jumb", append([][]byte{appendBox(nil, "jumd", description)}, boxes...)...)
}
