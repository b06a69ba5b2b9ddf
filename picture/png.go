package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image/png"
	"io"
)

// pngHeaderEnd is where the chunk after IHDR starts.
const pngHeaderEnd = 8 + 12 + 13

// pngChunk is one chunk of a PNG file.
type pngChunk struct {
	kind       string
	data       []byte
	start, end int // in the file, length and checksum included
}

// pngChunks calls visit for each whole chunk until it returns false.
func pngChunks(data []byte, visit func(pngChunk) bool) {
	for at := 8; at+12 <= len(data); {
		size := int64(binary.BigEndian.Uint32(data[at:]))
		if size > int64(len(data)-at-12) {
			return
		}
		end := at + 12 + int(size)
		if !visit(pngChunk{string(data[at+4 : at+8]), data[at+8 : end-4], at, end}) {
			return
		}
		at = end
	}
}

func inspectPNG(data []byte) (header, error) {
	if len(data) < pngHeaderEnd {
		return header{}, io.ErrUnexpectedEOF
	}
	if string(data[12:16]) != "IHDR" {
		return header{}, errors.New("the PNG does not start with its header")
	}
	ihdr := data[16:29]
	width, height := binary.BigEndian.Uint32(ihdr), binary.BigEndian.Uint32(ihdr[4:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return header{}, errors.New("the sides in the PNG header are impossible")
	}
	h := header{width: int(width), height: int(height), bytesPerPixel: pngBytesPerPixel(ihdr)}
	pngChunks(data, func(c pngChunk) bool {
		switch c.kind {
		case "eXIf":
			h.orientation = exifOrientation(c.data)
		case "iCCP":
			h.profile = pngProfile(c.data)
		}
		return true
	})
	return h, nil
}

// pngBytesPerPixel estimates the peak: the decoded image, half of it again for
// the passes of an interlaced file, RGB and alpha.
func pngBytesPerPixel(ihdr []byte) int {
	depth, kind, interlaced := ihdr[8], ihdr[9], ihdr[12] != 0
	size := 4
	if kind == 0 || kind == 3 {
		size = 1
	}
	if depth == 16 {
		size *= 2
	}
	if interlaced {
		size += (size + 1) / 2
	}
	return size + 4
}

// pngProfile unpacks an iCCP chunk: a name, a zero, the method, zlib data.
func pngProfile(chunk []byte) []byte {
	_, packed, ok := bytes.Cut(chunk, []byte{0})
	if !ok || len(packed) < 1 {
		return nil
	}
	return inflate(packed[1:], 16<<20)
}

// inflate unpacks zlib data of at most limit bytes; nil when it is damaged or longer.
func inflate(packed []byte, limit int64) []byte {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil || int64(len(data)) > limit {
		return nil
	}
	return data
}

func decodePNG(data []byte, h header, o Options) (*Picture, error) {
	img, err := png.Decode(reader(data))
	if err != nil {
		return nil, err
	}
	return o.fromImage(img, h), nil
}
