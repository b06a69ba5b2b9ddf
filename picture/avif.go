package picture

import (
	"errors"
	"image"

	"github.com/gen2brain/avif"
)

// errSharedLibrary is given when the AVIF package has opened the system's
// libavif. It does so without asking unless it is built with the tag
// nodynamic, and calls it by a layout of structures that varies between
// versions; Ichimai uses only the WebAssembly decoder that the package carries.
const errSharedLibrary = errUnsupported("AVIF is read by the program's own decoder only, and this build has opened the system's libavif instead (build with -tags nodynamic)")

func inspectAVIF(data []byte) (header, error) {
	still, err := readHEIF(data)
	if err != nil {
		return header{}, err
	}
	return still.header(), nil
}

func decodeAVIF(data []byte, h header, o Options) (*Picture, error) {
	if avif.Dynamic() == nil {
		return nil, errSharedLibrary
	}
	img, err := decodeAVIFImage(data)
	if err != nil {
		return nil, err
	}
	if img.Bounds().Size() != image.Pt(h.width, h.height) {
		return nil, errors.New("the size in its AVIF header is not that of the image")
	}
	r := toRaster(img)
	if !r.visible() {
		return nil, errors.New("no pixel of the AVIF could be decoded; copy or download it again")
	}
	return o.finish(r, h), nil
}

// decodeAVIFImage decodes a still. The decoder reports a failure after the
// header as success with a frame that lasts no time.
func decodeAVIFImage(data []byte) (image.Image, error) {
	if hasMagic(data, "....ftypavis") {
		return avif.Decode(reader(data))
	}
	all, err := avif.DecodeAll(reader(data))
	if err != nil {
		return nil, err
	}
	if len(all.Image) == 0 || all.Delay[0] != 1 {
		return nil, errors.New("the AVIF image data is cut off or corrupt; copy or download it again")
	}
	return all.Image[0], nil
}

// visible reports whether any pixel is not wholly transparent.
func (r raster) visible() bool {
	for _, a := range r.alpha {
		if a != 0 {
			return true
		}
	}
	return r.alpha == nil
}
