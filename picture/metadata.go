package picture

import (
	"bytes"
	"fmt"
	"io"
)

// maxText bounds one unpacked text chunk.
const maxText = 4 << 20

// ReadPNGMetadata reads the text chunks of a PNG file (iTXt, tEXt and zTXt),
// by keyword; of a keyword that occurs twice the first is kept. It reads files
// up to the default limit and gives an error for one that is not PNG.
func ReadPNGMetadata(r io.Reader) (map[string]string, error) {
	limit := DefaultLimits().Bytes
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read PNG metadata: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read PNG metadata: %w", tooBig("the file", "it has more than %s", mebibytes(limit)))
	}
	if kind, err := sniff("the file", data); err != nil {
		return nil, fmt.Errorf("read PNG metadata: %w", err)
	} else if kind != formatPNG {
		return nil, fmt.Errorf("read PNG metadata: the file is %s, and settings are kept in PNG files only", kind)
	}
	metadata := map[string]string{}
	pngChunks(data, func(c pngChunk) bool {
		key, text, ok := readText(c)
		if _, had := metadata[key]; ok && !had {
			metadata[key] = text
		}
		return true
	})
	return metadata, nil
}

// readText reads one text chunk; ok is false for other and for damaged chunks.
func readText(c pngChunk) (key, text string, ok bool) {
	keyword, rest, ok := bytes.Cut(c.data, []byte{0})
	if !ok {
		return "", "", false
	}
	switch c.kind {
	case "tEXt":
		return latin1(keyword), latin1(rest), true
	case "zTXt":
		if len(rest) < 1 {
			return "", "", false
		}
		plain := inflate(rest[1:], maxText)
		return latin1(keyword), latin1(plain), plain != nil
	case "iTXt":
		text, ok := readInternational(rest)
		return latin1(keyword), text, ok
	}
	return "", "", false
}

// readInternational reads an iTXt chunk after its keyword: compression flag,
// method, language, translated keyword, text.
func readInternational(rest []byte) (string, bool) {
	if len(rest) < 2 {
		return "", false
	}
	packed := rest[0] == 1
	parts := bytes.SplitN(rest[2:], []byte{0}, 3)
	if len(parts) < 3 {
		return "", false
	}
	if !packed {
		return string(parts[2]), true
	}
	plain := inflate(parts[2], maxText)
	return string(plain), plain != nil
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
