package picture

import (
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// webpFile is the parts of a WebP container that matter for a still picture:
// the image, or the first frame of an animation.
type webpFile struct {
	width, height int // of the canvas
	frame         image.Rectangle
	alpha         []byte // ALPH
	kind          string // "VP8 " or "VP8L"
	bits          []byte
	exif, profile []byte
}

// riffChunks calls visit for each whole chunk until it returns false.
func riffChunks(data []byte, visit func(kind string, chunk []byte) bool) {
	for len(data) >= 8 {
		kind, size := string(data[:4]), int64(binary.LittleEndian.Uint32(data[4:]))
		if size > int64(len(data)-8) {
			return
		}
		if !visit(kind, data[8:8+size]) {
			return
		}
		data = data[min(8+size+size&1, int64(len(data))):]
	}
}

func readWebP(data []byte) (webpFile, error) {
	var f webpFile
	var err error
	riffChunks(data[12:], func(kind string, chunk []byte) bool {
		switch kind {
		case "VP8X":
			if len(chunk) >= 10 {
				f.width, f.height = 1+uint24(chunk[4:]), 1+uint24(chunk[7:])
			}
		case "ICCP":
			f.profile = chunk
		case "EXIF":
			f.exif = chunk
		case "ANMF":
			if f.bits == nil {
				err = f.readFrame(chunk)
			}
		default:
			f.readBits(kind, chunk)
		}
		return err == nil
	})
	if err != nil {
		return f, err
	}
	return f, f.settle()
}

// readBits takes the first image and its transparency.
func (f *webpFile) readBits(kind string, chunk []byte) {
	switch {
	case kind == "ALPH" && f.bits == nil:
		f.alpha = chunk
	case (kind == "VP8 " || kind == "VP8L") && f.bits == nil:
		f.kind, f.bits = kind, chunk
	}
}

// readFrame takes the first frame of an animation, which has its own place.
func (f *webpFile) readFrame(chunk []byte) error {
	if len(chunk) < 16 {
		return io.ErrUnexpectedEOF
	}
	x, y := 2*uint24(chunk), 2*uint24(chunk[3:])
	f.frame = image.Rect(x, y, x+1+uint24(chunk[6:]), y+1+uint24(chunk[9:]))
	riffChunks(chunk[16:], func(kind string, part []byte) bool {
		f.readBits(kind, part)
		return true
	})
	return nil
}

// settle checks that the sizes in the container are those of the image in it,
// so that the limits bound what is really allocated.
func (f *webpFile) settle() error {
	if f.bits == nil {
		return io.ErrUnexpectedEOF
	}
	size, err := f.bitsSize()
	if err != nil {
		return err
	}
	if f.width == 0 {
		f.width, f.height = size.X, size.Y
	}
	if f.frame.Empty() {
		f.frame = image.Rect(0, 0, f.width, f.height)
	}
	if f.frame.Size() != size || !f.frame.In(image.Rect(0, 0, f.width, f.height)) {
		return errors.New("the sizes in its WebP container contradict each other")
	}
	return nil
}

// bitsSize reads the size from the image data's own header.
func (f *webpFile) bitsSize() (image.Point, error) {
	b := f.bits
	switch {
	case f.kind == "VP8L" && len(b) >= 5 && b[0] == 0x2F:
		packed := binary.LittleEndian.Uint32(b[1:])
		return image.Pt(1+int(packed&0x3FFF), 1+int(packed>>14&0x3FFF)), nil
	case f.kind == "VP8 " && len(b) >= 10 && string(b[3:6]) == "\x9d\x01\x2a":
		w, h := binary.LittleEndian.Uint16(b[6:]), binary.LittleEndian.Uint16(b[8:])
		return image.Pt(int(w&0x3FFF), int(h&0x3FFF)), nil
	}
	return image.Point{}, errors.New("its WebP image data has no header")
}

// still is a new container of the image alone, which every decoder reads.
func (f *webpFile) still() []byte {
	body := []byte("WEBP")
	if f.alpha != nil && f.kind == "VP8 " {
		const hasAlpha = 0x10
		extended := []byte{hasAlpha, 0, 0, 0}
		extended = appendUint24(extended, f.frame.Dx()-1)
		extended = appendUint24(extended, f.frame.Dy()-1)
		body = appendRIFF(body, "VP8X", extended)
		body = appendRIFF(body, "ALPH", f.alpha)
	}
	return appendRIFF(nil, "RIFF", appendRIFF(body, f.kind, f.bits))
}

func appendRIFF(dst []byte, kind string, chunk []byte) []byte {
	dst = append(dst, kind...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(chunk)))
	dst = append(dst, chunk...)
	if len(chunk)%2 == 1 {
		dst = append(dst, 0)
	}
	return dst
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func appendUint24(dst []byte, v int) []byte {
	return append(dst, byte(v), byte(v>>8), byte(v>>16))
}

func inspectWebP(data []byte) (header, error) {
	f, err := readWebP(data)
	if err != nil {
		return header{}, err
	}
	return header{
		width: f.width, height: f.height,
		bytesPerPixel: 4 + 4 + 4, // decoded, RGB with alpha, and once more on a canvas
		orientation:   exifOrientation(f.exif),
		profile:       f.profile,
	}, nil
}

func decodeWebP(data []byte, h header, o Options) (*Picture, error) {
	f, err := readWebP(data)
	if err != nil {
		return nil, err
	}
	img, err := webp.Decode(reader(f.still()))
	if err != nil {
		return nil, err
	}
	r := fromWebP(img)
	if r.Width != f.width || r.Height != f.height {
		r = r.withAlpha().placed(f.width, f.height, f.frame.Min.X, f.frame.Min.Y)
	}
	return o.finish(r, h), nil
}

// fromWebP converts lossy planes with WebP's own formulas; lossless images are
// RGB already.
func fromWebP(img image.Image) raster {
	switch img := img.(type) {
	case *image.YCbCr:
		return raster{Picture: fromYCbCr(img, vp8)}
	case *image.NYCbCrA:
		r := raster{Picture: fromYCbCr(&img.YCbCr, vp8)}
		for y := range r.Height {
			r.alpha = append(r.alpha, img.A[y*img.AStride:][:r.Width]...)
		}
		return r
	}
	return toRaster(img)
}

// withAlpha makes opaqueness explicit.
func (r raster) withAlpha() raster {
	if r.alpha != nil {
		return r
	}
	r.alpha = make([]uint8, r.Width*r.Height)
	for i := range r.alpha {
		r.alpha[i] = 255
	}
	return r
}
