package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/gen2brain/avif"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// encoded gives the sample in each format that can be written here.
func encoded(t testing.TB, p *Picture) map[format][]byte {
	t.Helper()
	files := map[format][]byte{}
	add := func(f format, write func(*bytes.Buffer) error) {
		var buf bytes.Buffer
		if err := write(&buf); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		files[f] = buf.Bytes()
	}
	add(formatJPEG, func(b *bytes.Buffer) error { return jpeg.Encode(b, p, &jpeg.Options{Quality: 95}) })
	add(formatPNG, func(b *bytes.Buffer) error { return EncodePNG(b, p, map[string]string{"a": "b"}) })
	add(formatGIF, func(b *bytes.Buffer) error { return gif.Encode(b, p, nil) })
	add(formatBMP, func(b *bytes.Buffer) error { return bmp.Encode(b, p.opaque()) })
	add(formatTIFF, func(b *bytes.Buffer) error {
		return tiff.Encode(b, p.opaque(), &tiff.Options{Compression: tiff.Deflate})
	})
	files[formatWebP] = tinyWebP
	return files
}

// tinyWebP is a lossless WebP of one red pixel, written out bit by bit: five
// one-symbol prefix codes (green 0, red 255, blue 0, alpha 255, distance 0).
var tinyWebP = makeTinyWebP()

func makeTinyWebP() []byte {
	var bits bitWriter
	bits.put(0x2F, 8)
	bits.put(0, 14) // width - 1
	bits.put(0, 14) // height - 1
	bits.put(0, 1)  // no alpha
	bits.put(0, 3)  // version
	bits.put(0, 1)  // no transforms
	bits.put(0, 1)  // no colour cache
	bits.put(0, 1)  // one group of codes
	for _, symbol := range []uint32{0, 255, 0, 255, 0} {
		bits.put(1, 1) // simple code
		bits.put(0, 1) // of one symbol
		bits.put(1, 1) // of eight bits
		bits.put(symbol, 8)
	}
	return appendRIFF(nil, "RIFF", appendRIFF([]byte("WEBP"), "VP8L", bits.bytes()))
}

// bitWriter packs numbers least significant bit first.
type bitWriter struct{ bits []uint8 }

func (w *bitWriter) put(v uint32, n int) {
	for i := range n {
		w.bits = append(w.bits, uint8(v>>i&1))
	}
}

func (w *bitWriter) bytes() []byte {
	out := make([]byte, (len(w.bits)+7)/8)
	for i, b := range w.bits {
		out[i/8] |= b << (i % 8)
	}
	return out
}

func decodeBytes(data []byte, o Options) (*Picture, error) {
	return o.Decode(bytes.NewReader(data), "photo.jpg")
}

func TestFormatsWithoutLoss(t *testing.T) {
	p := sample(31, 17)
	files := encoded(t, p)
	for _, f := range []format{formatPNG, formatBMP, formatTIFF} {
		got, err := decodeBytes(files[f], Options{})
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		mustEqual(t, got, p)
	}
	got, err := decodeBytes(tinyWebP, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, got, Filled(1, 1, 255, 0, 0))
}

func TestOnePixelInEveryFormat(t *testing.T) {
	for f, data := range encoded(t, Filled(1, 1, 255, 0, 0)) {
		got, err := decodeBytes(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if largest, _ := distance(t, got, Filled(1, 1, 255, 0, 0)); largest > 3 {
			t.Errorf("%s: %v", f, got.Pix)
		}
		if w, h, err := Inspect(data); w != 1 || h != 1 || err != nil {
			t.Errorf("%s: Inspect gives %d, %d, %v", f, w, h, err)
		}
	}
}

// A frame smaller than the screen stands at its place; the rest is white.
func TestGIFFrameAtItsPlace(t *testing.T) {
	frame := image.NewPaletted(image.Rect(2, 1, 4, 2), color.Palette{color.Black, color.RGBA{255, 0, 0, 255}})
	frame.Pix[0], frame.Pix[1] = 1, 0
	var buf bytes.Buffer
	g := &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 5, Height: 3}}
	if err := gif.EncodeAll(&buf, g); err != nil {
		t.Fatal(err)
	}
	got, err := Decode(&buf, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := Filled(5, 3, 255, 255, 255)
	want.Paste(Filled(1, 1, 255, 0, 0), 2, 1)
	want.Paste(Filled(1, 1, 0, 0, 0), 3, 1)
	mustEqual(t, got, want)
}

// The first frame of an animated WebP, which lies at an offset.
func TestAnimatedWebP(t *testing.T) {
	still, _ := readWebP(tinyWebP)
	frame := append([]byte{1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0}, appendRIFF(nil, "VP8L", still.bits)...)
	body := appendRIFF([]byte("WEBP"), "VP8X", []byte{2, 0, 0, 0, 3, 0, 0, 2, 0, 0})
	body = appendRIFF(body, "ANIM", make([]byte, 6))
	body = appendRIFF(body, "ANMF", frame)
	data := appendRIFF(nil, "RIFF", body)
	got, err := decodeBytes(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Filled(4, 3, 255, 255, 255)
	want.Paste(Filled(1, 1, 255, 0, 0), 2, 2)
	mustEqual(t, got, want)
}

// A container that claims another size than its image must not pass the limits.
func TestWebPSizesMustAgree(t *testing.T) {
	still, _ := readWebP(tinyWebP)
	body := appendRIFF([]byte("WEBP"), "VP8X", []byte{0, 0, 0, 0, 3, 0, 0, 2, 0, 0})
	data := appendRIFF(nil, "RIFF", appendRIFF(body, "VP8L", still.bits))
	if _, err := decodeBytes(data, Options{}); err == nil || !strings.Contains(err.Error(), "contradict") {
		t.Errorf("error is %v", err)
	}
}

func TestTIFFOrientationAnd16Bits(t *testing.T) {
	img := image.NewRGBA64(image.Rect(0, 0, 2, 1))
	img.SetRGBA64(0, 0, color.RGBA64{0x12FF, 0x34FF, 0x56FF, 0xFFFF})
	img.SetRGBA64(1, 0, color.RGBA64{0xFFFF, 0, 0, 0xFFFF})
	var buf bytes.Buffer
	if err := tiff.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	want := New(2, 1)
	copy(want.Pix, []uint8{0x12, 0x34, 0x56, 255, 0, 0})
	got, err := decodeBytes(buf.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, got, want)
}

// exifBlock is EXIF data with nothing but an orientation.
func exifBlock(orientation uint16) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01")
	b = binary.BigEndian.AppendUint16(b, tagOrientation)
	b = append(b, 0, 3, 0, 0, 0, 1)
	b = binary.BigEndian.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// withChunk puts a chunk after the header of a PNG.
func withChunk(file []byte, kind string, data []byte) []byte {
	out := appendPNGChunk(bytes.Clone(file[:pngHeaderEnd]), kind, data)
	return append(out, file[pngHeaderEnd:]...)
}

func TestPNGOrientation(t *testing.T) {
	p := sample(4, 3)
	for orientation := range uint16(10) {
		data := withChunk(encoded(t, p)[formatPNG], "eXIf", exifBlock(orientation))
		got, err := decodeBytes(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		mustEqual(t, got, p.Oriented(int(orientation)))
		if w, h, err := Inspect(data); w != got.Width || h != got.Height || err != nil {
			t.Errorf("Inspect gives %d, %d, %v", w, h, err)
		}
	}
}

func TestAVIF(t *testing.T) {
	if avif.Dynamic() == nil {
		t.Skip("this build has opened the system's libavif; build with -tags nodynamic")
	}
	p := Filled(64, 48, 200, 60, 20)
	p.Paste(Filled(32, 48, 20, 60, 200), 32, 0)
	var buf bytes.Buffer
	if err := avif.Encode(&buf, p.opaque(), avif.Options{Quality: 100, QualityAlpha: 100, Speed: 10, ChromaSubsampling: image.YCbCrSubsampleRatio444}); err != nil {
		t.Fatal(err)
	}
	got, err := decodeBytes(buf.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if largest, _ := distance(t, got, p); largest > 3 {
		t.Errorf("differs by %d levels", largest)
	}
	if w, h, err := Inspect(buf.Bytes()); w != 64 || h != 48 || err != nil {
		t.Errorf("Inspect gives %d, %d, %v", w, h, err)
	}
	if _, err := decodeBytes(buf.Bytes(), Options{Limits: Limits{Pixels: 64*48 - 1}}); err == nil {
		t.Error("pixels are not bounded")
	}
	for _, keep := range []int{buf.Len() - 1, buf.Len() / 2, 30} {
		if _, err := decodeBytes(buf.Bytes()[:keep], Options{}); err == nil {
			t.Errorf("the first %d of %d bytes give no error", keep, buf.Len())
		}
	}
}

// box writes one box of an AVIF header.
func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, kind...), body...)
}

func TestAVIFHeader(t *testing.T) {
	full := []byte{0, 0, 0, 0}
	ispe := func(w, h byte) []byte { return box("ispe", full, []byte{0, 0, 0, w, 0, 0, 0, h}) }
	store := box("ipco", ispe(9, 9), ispe(7, 5), box("irot", []byte{1}), box("imir", []byte{1}), box("colr", []byte("profICC")))
	links := box("ipma", full, []byte{0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 4, 2, 0x83, 0x84, 5})
	meta := box("meta", full, box("pitm", full, []byte{0, 2}), box("iprp", store, links))
	data := append(box("ftyp", []byte("avif"), full), meta...)
	h, err := inspectAVIF(data)
	if err != nil {
		t.Fatal(err)
	}
	if h.width != 7 || h.height != 5 || h.orientation != 7 || string(h.profile) != "ICC" {
		t.Errorf("header is %+v", h)
	}
	if h.bytesPerPixel <= 24 {
		t.Error("a larger picture in the file does not count")
	}
	for n := range len(data) {
		if _, err := inspectAVIF(data[:n]); err == nil {
			t.Errorf("the first %d bytes give no error", n)
		}
	}
}
