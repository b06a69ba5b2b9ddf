package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"io"
)

// jpegInfo is what the segments before the first scan say.
type jpegInfo struct {
	frame      byte // the SOF marker
	bits       int
	width      int
	height     int
	components int
	samples    int // samples a pixel over all components, in quarters
	adobe      bool
	exif       []byte
	profile    [256][]byte // ICC parts by number
}

func inspectJPEG(data []byte) (header, error) {
	info, err := readJPEGInfo(data)
	if err != nil {
		return header{}, err
	}
	return header{
		width: info.width, height: info.height,
		bytesPerPixel: info.bytesPerPixel(),
		orientation:   exifOrientation(info.exif),
		profile:       bytes.Join(info.profile[:], nil),
	}, nil
}

// bytesPerPixel estimates the peak: the planes and the RGB result, and for
// progressive files the coefficients, four bytes each.
func (i jpegInfo) bytesPerPixel() int {
	planes := (i.samples + 3) / 4
	if i.components == 4 {
		planes += 4 // the inks side by side
	}
	if i.frame == 0xC2 {
		return 5*planes + 3
	}
	return planes + 3
}

// readJPEGInfo walks the segments up to the first scan.
func readJPEGInfo(data []byte) (jpegInfo, error) {
	var info jpegInfo
	for at := 2; ; {
		marker, segment, next, err := jpegSegment(data, at)
		if err != nil {
			return info, err
		}
		at = next
		switch {
		case marker == 0xDA || marker == 0xD9: // scan, end
			if info.frame == 0 {
				return info, errors.New("the JPEG has no frame header before its first scan")
			}
			return info, nil
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			if err := info.readFrame(marker, segment); err != nil {
				return info, err
			}
		default:
			info.readApplication(marker, segment)
		}
	}
}

// jpegSegment returns the next marker from at on with its payload.
func jpegSegment(data []byte, at int) (marker byte, segment []byte, next int, err error) {
	for at+1 < len(data) {
		if data[at] != 0xFF || data[at+1] == 0xFF || data[at+1] == 0 {
			at++ // fill bytes, and stray bytes that other readers skip too
			continue
		}
		marker = data[at+1]
		if marker == 0xD9 || marker == 0x01 || marker >= 0xD0 && marker <= 0xD7 {
			if marker == 0xD9 {
				return marker, nil, at + 2, nil
			}
			at += 2
			continue
		}
		break
	}
	if at+4 > len(data) {
		return 0, nil, 0, io.ErrUnexpectedEOF
	}
	size := int(binary.BigEndian.Uint16(data[at+2:]))
	if size < 2 || at+2+size > len(data) {
		return 0, nil, 0, io.ErrUnexpectedEOF
	}
	return marker, data[at+4 : at+2+size], at + 2 + size, nil
}

func (i *jpegInfo) readFrame(marker byte, s []byte) error {
	if len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return errors.New("its JPEG frame header is too short")
	}
	i.frame, i.bits, i.components = marker, int(s[0]), int(s[5])
	i.height, i.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	widest, all := 1, 0
	for c := range i.components {
		area := int(s[7+3*c]>>4) * int(s[7+3*c]&15)
		widest, all = max(widest, area), all+area
	}
	i.samples = (4*all + widest - 1) / widest
	switch {
	case marker > 0xC2:
		return errUnsupported("it is a lossless, hierarchical or arithmetic-coded JPEG")
	case i.bits != 8:
		return errUnsupported("it is a JPEG of more than 8 bits")
	}
	return nil
}

func (i *jpegInfo) readApplication(marker byte, s []byte) {
	const icc = "ICC_PROFILE\x00"
	switch {
	case marker == 0xE1 && bytes.HasPrefix(s, []byte("Exif\x00\x00")):
		i.exif = s
	case marker == 0xE2 && bytes.HasPrefix(s, []byte(icc)) && len(s) > len(icc)+2:
		i.profile[s[len(icc)]] = s[len(icc)+2:]
	case marker == 0xEE && bytes.HasPrefix(s, []byte("Adobe")):
		i.adobe = true
	}
}

// adobeSegment declares plain inverted CMYK.
const adobeSegment = "\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00"

func decodeJPEG(data []byte, h header, o Options) (*Picture, error) {
	info, err := readJPEGInfo(data)
	if err != nil {
		return nil, err
	}
	var r io.Reader = reader(data)
	if info.components == 4 && !info.adobe {
		// The standard library asks for the Adobe marker that nearly every
		// CMYK file has; without it readers take the same inverted inks.
		r = io.MultiReader(reader(data[:2]), bytes.NewReader([]byte(adobeSegment)), reader(data[2:]))
	}
	img, err := jpeg.Decode(r)
	if err != nil {
		return nil, err
	}
	if planes, ok := img.(*image.YCbCr); ok {
		return o.finish(raster{Picture: fromYCbCr(planes, jfif)}, h), nil
	}
	return o.fromImage(img, h), nil
}
