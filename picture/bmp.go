package picture

import "golang.org/x/image/bmp"

func inspectBMP(data []byte) (header, error) {
	config, err := bmp.DecodeConfig(reader(data))
	if err != nil {
		return header{}, err
	}
	return header{width: config.Width, height: config.Height, bytesPerPixel: 4 + 4}, nil
}

func decodeBMP(data []byte, h header, o Options) (*Picture, error) {
	img, err := bmp.Decode(reader(data))
	if err != nil {
		return nil, err
	}
	return o.fromImage(img, h), nil
}
