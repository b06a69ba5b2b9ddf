package picture

import (
	"bytes"
	"unicode/utf8"
)

// format is a file format, told by its first bytes.
type format string

const (
	formatJPEG format = "JPEG"
	formatPNG  format = "PNG"
	formatWebP format = "WebP"
	formatGIF  format = "GIF"
	formatBMP  format = "BMP"
	formatTIFF format = "TIFF"
	formatAVIF format = "AVIF"
)

// signatures are the opening bytes of each format; a dot stands for any byte.
var signatures = []struct {
	format format
	magic  string
}{
	{formatJPEG, "\xff\xd8\xff"},
	{formatPNG, "\x89PNG\r\n\x1a\n"},
	{formatWebP, "RIFF....WEBP"},
	{formatGIF, "GIF87a"},
	{formatGIF, "GIF89a"},
	{formatTIFF, "II*\x00"},
	{formatTIFF, "MM\x00*"},
	{formatAVIF, "....ftypavif"},
	{formatAVIF, "....ftypavis"},
	{formatBMP, "BM....\x00\x00\x00\x00"},
}

// others are files that people take for pictures, or that often end up where a
// picture should be; knowing them makes the error useful.
var others = []struct{ magic, looksLike string }{
	{"....ftyphei", "a HEIC photo; export it as JPEG"},
	{"....ftyphev", "a HEIC photo; export it as JPEG"},
	{"....ftypmif1", "a HEIF photo; export it as JPEG"},
	{"....ftypmsf1", "a HEIF photo; export it as JPEG"},
	{"....ftypcrx", "a camera raw file; export it as JPEG"},
	{"....ftyp", "a video"},
	{"\x1aE\xdf\xa3", "a video"},
	{"\xff\x0a", "JPEG XL; export it as JPEG or PNG"},
	{"\x00\x00\x00\x0cJXL ", "JPEG XL; export it as JPEG or PNG"},
	{"8BPS", "a Photoshop document; export it as PNG"},
	{"%PDF-", "a PDF document"},
	{"PK\x03\x04", "a ZIP archive"},
	{"\x1f\x8b", "a gzip archive"},
	{"\x00\x00\x01\x00", "an icon file; export it as PNG"},
	{"\x80\x02", "a Python pickle"},
}

func hasMagic(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '.' && data[i] != magic[i] {
			return false
		}
	}
	return true
}

// sniff tells the format by content.
func sniff(name string, data []byte) (format, error) {
	for _, s := range signatures {
		if hasMagic(data, s.magic) {
			return s.format, nil
		}
	}
	return "", notPicture(name, looksLike(data))
}

func looksLike(data []byte) string {
	if len(data) == 0 {
		return "an empty file"
	}
	for _, o := range others {
		if hasMagic(data, o.magic) {
			return o.looksLike
		}
	}
	head := data[:min(len(data), 1024)]
	if !isText(head) {
		return "binary data of another kind"
	}
	lower := bytes.ToLower(head)
	switch {
	case bytes.Contains(lower, []byte("<svg")):
		return "an SVG drawing; export it as PNG"
	case bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<!doctype html")):
		return "a web page"
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return "a Git LFS pointer; fetch the real file with git lfs pull"
	}
	return "text"
}

// isText reports UTF-8 without control characters, allowing a character cut at the end.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		head = head[size:]
	}
	return true
}
