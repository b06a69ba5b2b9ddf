package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"sync"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// profileTransform makes a transform from an ICC profile to sRGB, or nil when
// there is nothing to do: no profile, sRGB already, or a profile that is
// damaged or meant for other channels, which viewers ignore too.
func profileTransform(profile []byte, channels int) (transform *icc.Pipeline) {
	defer func() {
		if recover() != nil { // the profile is a stranger's data
			transform = nil
		}
	}()
	if !soundProfile(profile) {
		return nil
	}
	p, err := icc.DecodeProfile(bytes.NewReader(profile))
	if err != nil || p.IsSRGB() {
		return nil
	}
	const blackPoint, clamp, mapGamut, optimize = true, true, false, true
	transform, err = p.CreateTransformerToSRGB(icc.RelativeColorimetricRenderingIntent, blackPoint, channels, clamp, mapGamut, optimize)
	if err != nil {
		return nil
	}
	return transform
}

// soundProfile checks the sizes that a profile claims against its length: the
// reader behind it allocates by them, and running out of memory cannot be
// recovered from. (ICC.1:2022, 7.3 tag table.)
func soundProfile(profile []byte) bool {
	const table = 128 + 4
	if len(profile) < table || len(profile) > 16<<20 {
		return false
	}
	count := int(binary.BigEndian.Uint32(profile[128:]))
	data := table + 12*count
	if count > 256 || data > len(profile) {
		return false
	}
	for i := range count {
		entry := profile[table+12*i:]
		at, size := int(binary.BigEndian.Uint32(entry[4:])), int(binary.BigEndian.Uint32(entry[8:]))
		if at < data || size < 8 || at+size > len(profile) || !soundTag(profile[at:at+size]) {
			return false
		}
	}
	return true
}

// soundTag checks the claims inside a tag's value. Curves say how long they are
// (10.6). The multi-stage tables of version 4 (10.12, 10.13) hold curves and
// precisions that the reader trusts, so profiles with them are not used; they
// occur in press and scanner profiles, cameras and phones have none.
func soundTag(tag []byte) bool {
	switch string(tag[:4]) {
	case "curv":
		return len(tag) >= 12 && int(binary.BigEndian.Uint32(tag[8:])) <= (len(tag)-12)/2
	case "mAB ", "mBA ":
		return false
	}
	return true
}

// toSRGB converts the picture in place from its ICC profile to sRGB.
func toSRGB(p *Picture, profile []byte) {
	transform := profileTransform(profile, 3)
	if transform == nil {
		return
	}
	inBands(p.Height, func(from, to int) {
		pix := p.Pix[3*from*p.Width : 3*to*p.Width]
		var in, out [3]uint8
		for i := 0; i < len(pix); i += 3 {
			px := pix[i : i+3 : i+3]
			if now := [3]uint8(px); now != in || i == 0 {
				r, g, b := transform.Transform(float64(px[0])/255, float64(px[1])/255, float64(px[2])/255)
				in, out = now, [3]uint8{unitByte(r), unitByte(g), unitByte(b)}
			}
			copy(px, out[:])
		}
	})
}

// fromCMYK converts inks by the profile, or without one by the plain formula
// (255-ink)*(255-black)/255.
func (o Options) fromCMYK(img *image.CMYK, profile []byte) *Picture {
	var transform *icc.Pipeline
	if !o.KeepProfile {
		transform = profileTransform(profile, 4)
	}
	out := New(img.Rect.Dx(), img.Rect.Dy())
	inBands(out.Height, func(from, to int) {
		for y := from; y < to; y++ {
			inks := img.Pix[y*img.Stride:]
			dst := out.row(y)
			for x := range out.Width {
				inksToRGB(transform, inks[4*x:4*x+4], dst[3*x:3*x+3])
			}
		}
	})
	return out
}

func inksToRGB(transform *icc.Pipeline, inks, dst []uint8) {
	if transform == nil {
		for c := range dst {
			dst[c] = over255((255 - int(inks[c])) * (255 - int(inks[3])))
		}
		return
	}
	var in, out [4]float64
	for c, v := range inks {
		in[c] = float64(v) / 255
	}
	transform.TransformGeneral(out[:], in[:])
	for c := range dst {
		dst[c] = unitByte(out[c])
	}
}

func unitByte(v float64) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }

// inBands runs work on a few bands of rows at once. A panic in a band is
// raised again in the caller, where decoding is guarded.
func inBands(rows int, work func(from, to int)) {
	const bands = 8
	var group sync.WaitGroup
	panics := make(chan any, bands)
	for b := range bands {
		group.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					panics <- r
				}
			}()
			work(b*rows/bands, (b+1)*rows/bands)
		})
	}
	group.Wait()
	close(panics)
	for r := range panics {
		panic(r)
	}
}
