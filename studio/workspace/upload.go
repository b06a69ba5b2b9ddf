package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// Bounds of pictures that are taken.
const (
	maxUploadPixels = 64_000_000
	maxUploadSide   = 16_384
	minUploadSide   = 16
	thumbSide       = 400
	maxStored       = 1 << 30 // bytes of a picture encoded anew
)

// decoding bounds how many pictures are decoded at once: each takes memory.
var decoding = make(chan struct{}, 2)

// uploadLimits are looked at in the file's header, before pixels are allocated.
func (w *Workspace) uploadLimits() picture.Limits {
	return picture.Limits{Bytes: w.maxUpload, Pixels: maxUploadPixels, Side: maxUploadSide}
}

// readPicture reads a picture that a stranger gave, and nothing else of the
// file: no metadata, and nothing that hides behind the pixels.
func (w *Workspace) readPicture(ctx context.Context, r io.Reader, name string) (*picture.Picture, error) {
	if r == nil {
		return nil, invalid("file", "is missing", "ファイルがありません。")
	}
	data, err := io.ReadAll(io.LimitReader(r, w.maxUpload+1))
	if err != nil {
		return nil, fmt.Errorf("receive picture: %w", err)
	}
	if int64(len(data)) > w.maxUpload {
		return nil, studio.Errorf(studio.TooLarge, "the file has more than %d MB", "ファイルが%d MBを超えています。", w.maxUpload>>20)
	}
	if width, height, err := picture.Inspect(data); err == nil && min(width, height) < minUploadSide {
		return nil, invalid("file", "the picture has %d x %d pixels; at least %d are needed", "画像のサイズが%d×%dピクセルです。%dピクセル以上の画像を使用してください。", width, height, minUploadSide)
	}
	select {
	case decoding <- struct{}{}:
		defer func() { <-decoding }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p, err := picture.Options{Limits: w.uploadLimits()}.Decode(bytes.NewReader(data), name)
	if err != nil {
		return nil, pictureError(err)
	}
	return p, nil
}

// pictureError says in both languages why a file is no picture.
func pictureError(err error) error {
	var e *picture.Error
	if !errors.As(err, &e) {
		return err
	}
	code, japanese := studio.Invalid, "画像として読み込めません。JPEG、PNG、WebP、GIF、BMP、TIFF、AVIFのいずれかの画像を使用してください。"
	switch e.Kind {
	case picture.ErrTooBig:
		code, japanese = studio.TooLarge, "画像が大きすぎます。縮小した画像を使用してください。"
	case picture.ErrDamaged:
		japanese = "画像ファイルが破損しています。元のファイルをもう一度コピーしてください。"
	case picture.ErrUnsupported:
		japanese = "この形式の画像には対応していません。JPEGまたはPNGに変換してください。"
	}
	return &studio.Error{Code: code, Field: "file", English: e.Text, Japanese: japanese}
}

// keepPNG stores a picture encoded anew.
func (w *Workspace) keepPNG(ctx context.Context, p *picture.Picture) (name string, size int64, err error) {
	var file bytes.Buffer
	if err := picture.EncodePNG(&file, p, nil); err != nil {
		return "", 0, err
	}
	b, err := w.files.Put(ctx, &file, maxStored)
	return b.Name, b.Size, err
}

// keepThumb stores a small copy as JPEG.
func (w *Workspace) keepThumb(ctx context.Context, p *picture.Picture) (name string, err error) {
	if max(p.Width, p.Height) > thumbSide {
		p = p.Fit(thumbSide, thumbSide)
	}
	img := image.NewRGBA(p.Bounds())
	for i, j := 0, 0; i < len(p.Pix); i, j = i+3, j+4 {
		img.Pix[j], img.Pix[j+1], img.Pix[j+2], img.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 82}); err != nil {
		return "", fmt.Errorf("encode preview: %w", err)
	}
	b, err := w.files.Put(ctx, &file, maxStored)
	return b.Name, err
}
