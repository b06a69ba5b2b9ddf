package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"maps"
	"slices"
	"unicode/utf8"
)

// EncodePNG writes the picture as PNG with metadata as iTXt chunks (UTF-8) in
// front of the pixels, sorted by keyword, so that equal input gives equal
// bytes. Keywords are 1 to 79 Latin-1 characters without leading, trailing or
// double spaces; a keyword outside this gives an error before anything is written.
func EncodePNG(w io.Writer, p *Picture, metadata map[string]string) error {
	text, err := textChunks(metadata)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := encoder.Encode(&file, p.opaque()); err != nil {
		return fmt.Errorf("encode PNG: %w", err)
	}
	encoded := file.Bytes()
	for _, part := range [][]byte{encoded[:pngHeaderEnd], text, encoded[pngHeaderEnd:]} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write PNG: %w", err)
		}
	}
	return nil
}

// opaque is the picture in the form that the standard encoder is quick at.
func (p *Picture) opaque() *image.RGBA {
	out := image.NewRGBA(p.Bounds())
	for i, j := 0, 0; i < len(p.Pix); i, j = i+3, j+4 {
		out.Pix[j], out.Pix[j+1], out.Pix[j+2], out.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	return out
}

func textChunks(metadata map[string]string) ([]byte, error) {
	var chunks []byte
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		keyword, err := latin1Keyword(key)
		if err != nil {
			return nil, err
		}
		if !utf8.ValidString(metadata[key]) {
			return nil, fmt.Errorf("encode PNG: metadata %q is not UTF-8", key)
		}
		// keyword, end, not compressed, method, no language, no translated keyword, text
		body := append(keyword, 0, 0, 0, 0, 0)
		chunks = appendPNGChunk(chunks, "iTXt", append(body, metadata[key]...))
	}
	return chunks, nil
}

// latin1Keyword checks a keyword by the PNG specification, section 11.3.3.
func latin1Keyword(key string) ([]byte, error) {
	var out []byte
	for _, r := range key {
		if r < ' ' || r > '~' && r < 0xA1 || r > 0xFF {
			return nil, fmt.Errorf("encode PNG: metadata keyword %q may have Latin-1 characters only", key)
		}
		if r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ') {
			return nil, fmt.Errorf("encode PNG: metadata keyword %q has leading or double spaces", key)
		}
		out = append(out, byte(r))
	}
	if len(out) < 1 || len(out) > 79 || out[len(out)-1] == ' ' {
		return nil, fmt.Errorf("encode PNG: metadata keyword %q must have 1 to 79 characters and no trailing space", key)
	}
	return out, nil
}

func appendPNGChunk(dst []byte, kind string, data []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(data)))
	start := len(dst)
	dst = append(append(dst, kind...), data...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
