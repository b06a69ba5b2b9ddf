package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestNotAPicture(t *testing.T) {
	const readable = "; JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF can be read"
	for content, want := range map[string]string{
		"Hello, this is a text file.\n":           "FILE is not a picture (it looks like text)" + readable,
		"急須の写真":                                   "FILE is not a picture (it looks like text)" + readable,
		"":                                        "FILE is not a picture (it looks like an empty file)" + readable,
		"<html><body>404</body></html>":           "FILE is not a picture (it looks like a web page)" + readable,
		"<svg xmlns='x'></svg>":                   "FILE is not a picture (it looks like an SVG drawing; export it as PNG)" + readable,
		"\x00\x00\x00\x18ftypheic\x00\x00\x00":    "FILE is not a picture (it looks like a HEIC photo; export it as JPEG)" + readable,
		"%PDF-1.7 ...":                            "FILE is not a picture (it looks like a PDF document)" + readable,
		"\x01\x02\x03\x04\x05":                    "FILE is not a picture (it looks like binary data of another kind)" + readable,
		"version https://git-lfs.github.com/spec": "FILE is not a picture (it looks like a Git LFS pointer; fetch the real file with git lfs pull)" + readable,
	} {
		path := filepath.Join(t.TempDir(), "photo.jpg")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if !errors.Is(err, ErrNotPicture) {
			t.Errorf("%q: error is %v", content, err)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), path, "FILE"); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", content, got, want)
		}
	}
}

func TestOpenWhatIsNoFile(t *testing.T) {
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNotPicture) || !strings.Contains(err.Error(), "a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.png")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// pngClaiming is a PNG header of any size with nothing behind it.
func pngClaiming(width, height uint32, depth, kind byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, width)
	ihdr = binary.BigEndian.AppendUint32(ihdr, height)
	return appendPNGChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", append(ihdr, depth, kind, 0, 0, 0))
}

// allocated is what fn allocates in all, in bytes.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestOversizeIsRefusedBeforeAllocation(t *testing.T) {
	gifHeader := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), make([]byte, 20)...)
	for name, c := range map[string]struct {
		data   []byte
		limits Limits
		says   string
	}{
		"sides":         {pngClaiming(100_000, 100_000, 8, 2), Limits{}, "it is 100000 by 100000 pixels and a side may have 32768"},
		"pixels":        {pngClaiming(30_000, 30_000, 8, 2), Limits{}, "it has 900.0 million pixels (30000 by 30000) and 100.0 million are allowed"},
		"memory":        {pngClaiming(15_000, 9_000, 16, 6), Limits{Pixels: 1 << 40}, "of memory and 1536 MiB are allowed"},
		"GIF":           {gifHeader, Limits{}, "a side may have 32768"},
		"one long line": {pngClaiming(1<<31-1, 1, 8, 2), Limits{}, "a side may have 32768"},
	} {
		var err error
		used := allocated(func() { _, err = decodeBytes(c.data, Options{Limits: c.limits}) })
		if !errors.Is(err, ErrTooBig) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "photo.jpg is too big") {
			t.Errorf("%s: error is %v", name, err)
		}
		if used > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
	}
}

func TestHundredMegapixels(t *testing.T) {
	frame := func(marker byte, sampling byte) header {
		sof := []byte{0xFF, 0xD8, 0xFF, marker, 0, 17, 8, 0x27, 0x10, 0x27, 0x10, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0}
		h, err := inspectJPEG(append(sof, 0xFF, 0xDA, 0, 2))
		if err != nil {
			t.Fatal(err)
		}
		h.format = formatJPEG
		return h
	}
	for name, c := range map[string]struct {
		header header
		fits   bool
	}{
		"baseline 4:4:4":    {frame(0xC0, 0x11), true},
		"baseline 4:2:0":    {frame(0xC0, 0x22), true},
		"progressive 4:2:0": {frame(0xC2, 0x22), true},
		"progressive 4:4:4": {frame(0xC2, 0x11), false},
	} {
		if c.header.width != 10_000 || c.header.height != 10_000 {
			t.Fatalf("%s: %dx%d", name, c.header.width, c.header.height)
		}
		if err := DefaultLimits().check("photo.jpg", c.header); (err == nil) != c.fits {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestBytesAreBounded(t *testing.T) {
	data := encoded(t, sample(20, 20))[formatPNG]
	limit := Options{Limits: Limits{Bytes: int64(len(data))}}
	if _, err := decodeBytes(data, limit); err != nil {
		t.Error(err)
	}
	limit.Limits.Bytes--
	if _, err := decodeBytes(data, limit); !errors.Is(err, ErrTooBig) {
		t.Errorf("error is %v", err)
	}
}

func TestZeroSide(t *testing.T) {
	for _, data := range [][]byte{pngClaiming(0, 5, 8, 2), pngClaiming(5, 0, 8, 2), []byte("GIF89a\x00\x00\x05\x00\x00\x00\x00")} {
		if _, err := decodeBytes(data, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("error is %v", err)
		}
	}
}

// A file cut anywhere gives an error that names it; trailing bytes that carry
// no pixels may be missing.
func TestTruncatedFiles(t *testing.T) {
	for f, data := range encoded(t, sample(40, 30)) {
		for n := 12; n < len(data); n += 1 + len(data)/97 {
			got, err := decodeBytes(data[:n], Options{})
			if err == nil && n < len(data)*9/10 {
				t.Errorf("%s: %d of %d bytes give a picture of %dx%d", f, n, len(data), got.Width, got.Height)
			}
			if err != nil && !strings.Contains(err.Error(), "photo.jpg") {
				t.Errorf("%s: the error does not name the file: %v", f, err)
			}
		}
	}
}

func TestCorruptFilesNeverPanic(t *testing.T) {
	for f, data := range encoded(t, sample(40, 30)) {
		for at := 0; at < len(data); at += 1 + len(data)/300 {
			bad := bytes.Clone(data)
			bad[at] ^= 0xFF
			p, err := decodeBytes(bad, Options{})
			if err == nil && len(p.Pix) != 3*p.Width*p.Height {
				t.Errorf("%s with byte %d changed: %d bytes for %dx%d", f, at, len(p.Pix), p.Width, p.Height)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range encoded(f, sample(9, 7)) {
		f.Add(data)
	}
	f.Add(pngClaiming(100_000, 100_000, 8, 2))
	f.Add([]byte("\x00\x00\x00\x10ftypavif\x00\x00\x00\x00\x00\x00\x00\x30meta"))
	limits := Limits{Pixels: 1 << 16}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(bytes.NewReader(data), limits)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v has no kind", err)
			}
			return
		}
		if p.Width < 1 || p.Height < 1 || p.Width*p.Height > 1<<16 || len(p.Pix) != 3*p.Width*p.Height {
			t.Fatalf("picture of %dx%d with %d bytes", p.Width, p.Height, len(p.Pix))
		}
		w, h, err := Inspect(data)
		if err != nil || w != p.Width || h != p.Height {
			t.Fatalf("Inspect gives %d, %d, %v for a picture of %dx%d", w, h, err, p.Width, p.Height)
		}
		_, _ = ReadPNGMetadata(bytes.NewReader(data))
	})
}
