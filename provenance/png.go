package provenance

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Keywords and chunks that carry provenance: XMP specification part 3, section
// 1.1.5, and C2PA 2.2, A.3.2.
const (
	pngXMPKeyword = "XML:com.adobe.xmp"
	pngStoreChunk = "caBX"
)

// chunk is one chunk of a PNG file.
type chunk struct {
	kind       string
	data       []byte
	start, end int  // in the file, length and checksum included
	sound      bool // the checksum fits
}

// pngChunks lists the chunks up to and with IEND; cut is the kind of a chunk
// that the file ends in, or "" where it is whole.
func pngChunks(data []byte) (list []chunk, cut string) {
	for at := 8; ; {
		if len(data)-at < 12 {
			return list, "the next chunk"
		}
		kind, size := string(data[at+4:at+8]), uint64(binary.BigEndian.Uint32(data[at:]))
		if size > uint64(len(data)-at-12) {
			return list, kind
		}
		end := at + 12 + int(size)
		sum := binary.BigEndian.Uint32(data[end-4:])
		list = append(list, chunk{kind, data[at+8 : end-4], at, end, sum == crc32.ChecksumIEEE(data[at+4:end-4])})
		if kind == "IEND" {
			return list, ""
		}
		at = end
	}
}

func readPNG(data []byte) layout {
	chunks, cut := pngChunks(data)
	l := layout{cut: cut}
	for _, c := range chunks {
		p := part{start: c.start, end: c.end, content: c.data}
		if !c.sound {
			p.fault = ReasonMalformed
		}
		switch c.kind {
		case "IDAT":
			if l.insert == 0 {
				l.insert = c.start
			}
		case pngStoreChunk:
			l.stores = append(l.stores, p)
		case "iTXt":
			if packet, ok := pngXMP(c.data); ok {
				p.content = packet
				l.packets = append(l.packets, p)
			}
		}
	}
	return l
}

// pngXMP is the packet of an iTXt chunk, if that is what it holds: keyword,
// zero, compression flag, method, language, zero, translated keyword, zero, text.
func pngXMP(data []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(data, []byte(pngXMPKeyword+"\x00"))
	if !ok || len(rest) < 2 {
		return nil, false
	}
	parts := bytes.SplitN(rest[2:], []byte{0}, 3)
	if len(parts) < 3 {
		return nil, false
	}
	if rest[0] == 0 {
		return parts[2], true
	}
	z, err := zlib.NewReader(bytes.NewReader(parts[2]))
	if err != nil {
		return nil, true
	}
	packet, err := io.ReadAll(io.LimitReader(z, maxPacket+1))
	if err != nil {
		return nil, true
	}
	return packet, true
}

func pngPacket(packet []byte) []byte {
	return appendChunk(nil, "iTXt", append([]byte(pngXMPKeyword+"\x00\x00\x00\x00\x00"), packet...))
}

func pngStore(store []byte) []byte { return appendChunk(nil, pngStoreChunk, store) }

func appendChunk(dst []byte, kind string, data []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(data)))
	start := len(dst)
	dst = append(append(dst, kind...), data...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
