package picture

import (
	"errors"
	"image/color"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

func inspectTIFF(data []byte) (header, error) {
	config, err := tiff.DecodeConfig(reader(data))
	if err != nil {
		return header{}, err
	}
	h := header{width: config.Width, height: config.Height, bytesPerPixel: tiffBytesPerPixel(config.ColorModel)}
	if d, ok := openDirectory(data); ok {
		h.orientation = d.short(tagOrientation)
		h.profile = d.bytes(tagICCProfile)
	}
	return h, nil
}

// tiffBytesPerPixel estimates the peak: the decoded image, its unpacked strips
// (a file may have a single one), RGB and alpha.
func tiffBytesPerPixel(model color.Model) int {
	switch model {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8 + 8 + 4
	case color.Gray16Model:
		return 2 + 2 + 4
	}
	return 4 + 4 + 4
}

func decodeTIFF(data []byte, h header, o Options) (*Picture, error) {
	img, err := tiff.Decode(reader(data))
	if err != nil {
		return nil, err
	}
	return o.fromImage(img, h), nil
}

// isUnsupported knows the decoders' own ways to say that a file is well-formed
// but beyond them.
func isUnsupported(err error) bool {
	var (
		ofJPEG jpeg.UnsupportedError
		ofPNG  png.UnsupportedError
		ofTIFF tiff.UnsupportedError
	)
	return errors.As(err, &ofJPEG) || errors.As(err, &ofPNG) || errors.As(err, &ofTIFF) || errors.Is(err, bmp.ErrUnsupported)
}
