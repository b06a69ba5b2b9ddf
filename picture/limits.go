package picture

import "fmt"

// Limits bounds what a reader accepts. They are checked on the file's header,
// before pixels are allocated. A field of zero means the default.
type Limits struct {
	Bytes  int64 // of the file; default 64 MiB
	Pixels int64 // width times height; default 100 million
	Side   int   // of either side, in pixels; default 32768
	Memory int64 // estimated peak while decoding, in bytes; default 1.5 GiB
}

// DefaultLimits are the limits of [Open].
//
// 100 million pixels fit the memory limit as baseline JPEG (0.6 GB), PNG
// (0.8 GB, 16-bit 1.2 GB), WebP or 8-bit TIFF (1.2 GB). The costly kinds stop
// earlier: a progressive JPEG without chroma subsampling at 89 million pixels,
// 8-bit AVIF at 67 million.
func DefaultLimits() Limits {
	return Limits{Bytes: 64 << 20, Pixels: 100_000_000, Side: 32768, Memory: 3 << 29}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	if l.Pixels <= 0 {
		l.Pixels = d.Pixels
	}
	if l.Side <= 0 {
		l.Side = d.Side
	}
	if l.Memory <= 0 {
		l.Memory = d.Memory
	}
	return l
}

// check refuses a header whose pixels would pass the limits.
func (l Limits) check(name string, h header) error {
	pixels := int64(h.width) * int64(h.height)
	need := pixels * int64(h.bytesPerPixel)
	switch {
	case h.width < 1 || h.height < 1:
		return damaged(name, "it claims to be %d by %d pixels", h.width, h.height)
	case h.width > l.Side || h.height > l.Side:
		return tooBig(name, "it is %d by %d pixels and a side may have %d; make it smaller first", h.width, h.height, l.Side)
	case pixels > l.Pixels:
		return tooBig(name, "it has %s pixels (%d by %d) and %s are allowed; make it smaller first",
			millions(pixels), h.width, h.height, millions(l.Pixels))
	case need > l.Memory:
		return tooBig(name, "reading this kind of %s of %d by %d pixels takes about %s of memory and %s are allowed; make it smaller or save it as baseline JPEG or 8-bit PNG",
			h.format, h.width, h.height, mebibytes(need), mebibytes(l.Memory))
	}
	return nil
}

func millions(n int64) string {
	if n < 1_000_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.1f million", float64(n)/1e6)
}

func mebibytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
