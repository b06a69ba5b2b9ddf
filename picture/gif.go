package picture

import (
	"encoding/binary"
	"image/gif"
	"io"
)

func inspectGIF(data []byte) (header, error) {
	if len(data) < 13 {
		return header{}, io.ErrUnexpectedEOF
	}
	return header{
		width:         int(binary.LittleEndian.Uint16(data[6:])),
		height:        int(binary.LittleEndian.Uint16(data[8:])),
		bytesPerPixel: 1 + 4 + 4, // indices, the frame, the screen
	}, nil
}

// decodeGIF shows the first frame at its place on the screen.
func decodeGIF(data []byte, h header, o Options) (*Picture, error) {
	img, err := gif.Decode(reader(data))
	if err != nil {
		return nil, err
	}
	frame, at := toRaster(img), img.Bounds().Min
	if frame.Width == h.width && frame.Height == h.height {
		return o.finish(frame, h), nil
	}
	return o.finish(frame.placed(h.width, h.height, at.X, at.Y), h), nil
}

// placed puts a frame on a transparent screen.
func (r raster) placed(width, height, x, y int) raster {
	screen := newRaster(width, height)
	screen.Paste(r.Picture, x, y)
	for row := range r.Height {
		if y+row >= height || x >= width {
			break
		}
		n := min(r.Width, width-x)
		copy(screen.alpha[(y+row)*width+x:], r.alpha[row*r.Width:row*r.Width+n])
	}
	return screen
}
