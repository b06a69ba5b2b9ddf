// Package picture turns image files into pixels and pixels into image files.
//
// A [Picture] is 8-bit RGB in rows. [Open] and [Decode] read JPEG, PNG, WebP,
// GIF (first frame), BMP, TIFF and AVIF, told apart by content and never by
// file name; they apply the EXIF orientation, convert an embedded ICC profile
// to sRGB and lay transparent pictures on white. Files come from strangers, so
// every bound ([Limits]) is checked before pixels are allocated, and damaged
// files give errors, never panics.
//
// [Picture.Resize] gives the same bytes as Pillow's antialiased resampling, so
// that [Preprocess] feeds CLIP and DINOv2 what they were trained on.
// [EncodePNG] writes settings into the file, [ReadPNGMetadata] reads them back.
// [Grid] and [Sheet] lay pictures out for people to compare.
package picture
