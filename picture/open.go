package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Alpha says what becomes of transparency.
type Alpha int

const (
	// AlphaOnWhite lays the picture on white. It is the default.
	AlphaOnWhite Alpha = iota
	// AlphaDropped keeps the stored colours and forgets the transparency, as
	// Pillow's convert("RGB") does.
	AlphaDropped
)

// Options says how files are read. The zero value is what [Open] uses.
type Options struct {
	Limits      Limits
	Alpha       Alpha
	KeepProfile bool // leave colours as stored instead of converting an ICC profile to sRGB
}

// Open reads a picture file with the default options.
// Errors name the file; see [Error] for their kinds.
func Open(path string) (*Picture, error) { return Options{}.Open(path) }

// Decode reads one picture from r within limits.
func Decode(r io.Reader, limits Limits) (*Picture, error) {
	return Options{Limits: limits}.Decode(r, "picture")
}

// Open reads a picture file.
func (o Options) Open(path string) (*Picture, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", err)
	}
	if info.IsDir() {
		return nil, notPicture(path, "a folder")
	}
	return o.Decode(file, path)
}

// Decode reads one picture from r; name stands for it in errors.
func (o Options) Decode(r io.Reader, name string) (*Picture, error) {
	o.Limits = o.Limits.orDefault()
	data, err := io.ReadAll(io.LimitReader(r, o.Limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read picture %s: %w", name, err)
	}
	if int64(len(data)) > o.Limits.Bytes {
		return nil, tooBig(name, "the file has more than the %s that are allowed", mebibytes(o.Limits.Bytes))
	}
	return o.decode(data, name)
}

// decode is the one way from bytes to a picture: sniff, inspect, bound, decode
// colours, orient. Decoders of other projects may panic on damaged files, so
// the whole way is guarded.
func (o Options) decode(data []byte, name string) (p *Picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, damaged(name, "decoding stopped with %q", fmt.Sprint(r))
		}
	}()
	kind, err := sniff(name, data)
	if err != nil {
		return nil, err
	}
	codec := codecs[kind]
	h, err := codec.inspect(data)
	if err != nil {
		return nil, explain(name, kind, err)
	}
	h.format = kind
	if err := o.Limits.check(name, h); err != nil {
		return nil, err
	}
	p, err = codec.decode(data, h, o)
	if err != nil {
		return nil, explain(name, kind, err)
	}
	return p.Oriented(h.orientation), nil
}

// errUnsupported marks decoder errors that mean a feature, not damage.
type errUnsupported string

func (e errUnsupported) Error() string { return string(e) }

// explain turns a decoder's error into one for people.
func explain(name string, kind format, err error) error {
	var feature errUnsupported
	switch {
	case errors.As(err, &feature), isUnsupported(err):
		return unsupported(name, "%v; save it as an ordinary JPEG or PNG", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return damaged(name, "the %s ends too early; copy or download it again", kind)
	}
	return damaged(name, "%v", err)
}

// Inspect reads only the header: the width and height in pixels that Decode
// would give, after orientation.
func Inspect(data []byte) (width, height int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("picture", "reading its header stopped with %q", fmt.Sprint(r))
		}
	}()
	kind, err := sniff("picture", data)
	if err != nil {
		return 0, 0, err
	}
	h, err := codecs[kind].inspect(data)
	if err != nil {
		return 0, 0, explain("picture", kind, err)
	}
	if h.orientation >= 5 && h.orientation <= 8 { // a quarter turn
		return h.height, h.width, nil
	}
	return h.width, h.height, nil
}

// header is what a file says of itself before its pixels are decoded.
type header struct {
	format        format
	width, height int
	bytesPerPixel int // peak memory of decoding, source and result together
	orientation   int // EXIF's 1 to 8; other values mean upright
	profile       []byte
}

// codec reads one format. inspect must not allocate by the file's claims.
type codec struct {
	inspect func(data []byte) (header, error)
	decode  func(data []byte, h header, o Options) (*Picture, error)
}

var codecs = map[format]codec{
	formatJPEG: {inspectJPEG, decodeJPEG},
	formatPNG:  {inspectPNG, decodePNG},
	formatWebP: {inspectWebP, decodeWebP},
	formatGIF:  {inspectGIF, decodeGIF},
	formatBMP:  {inspectBMP, decodeBMP},
	formatTIFF: {inspectTIFF, decodeTIFF},
	formatAVIF: {inspectAVIF, decodeAVIF},
}

func reader(data []byte) io.Reader { return bytes.NewReader(data) }
