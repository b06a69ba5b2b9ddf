// Package provenance says in a picture file what the picture is, and reads it
// back.
//
// Three things go into a PNG or JPEG file, each by its own standard and each
// of use without the others:
//
//   - an XMP packet with the IPTC digital source type, the tool, the model, the
//     concepts and whose picture it is ([Label], [ReadLabel]);
//   - a C2PA manifest (specification 2.2): the same, bound to the bytes of the
//     file and signed ([Signer.Stamp], [Verify]);
//   - a watermark in the pixels themselves, which outlives what drops metadata
//     ([Mark], [Detect]).
//
// [Strip] takes everything out that is not the picture. Files come from
// strangers: reading is bounded, and damaged files give reasons, never panics.
package provenance
