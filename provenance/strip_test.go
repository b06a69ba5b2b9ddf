package provenance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/picture"
)

// secrets are what a camera and a phone put into their files; none may be left.
var secrets = []string{"CAMERA-MODEL", "SERIAL-0123", "GPSLatitude", "PRIVATE COMMENT", "Photoshop 3.0", "MPF\x00", "SECOND PICTURE", "THUMB"}

const (
	tagGPS    = 0x8825
	tagSerial = 0xA431
)

// exifBlock has an orientation, a model, a serial number and a place.
func exifBlock(orientation uint16) []byte {
	b := binary.BigEndian
	var out []byte
	entry := func(tag, kind uint16, count, value uint32) {
		out = b.AppendUint16(out, tag)
		out = b.AppendUint16(out, kind)
		out = b.AppendUint32(out, count)
		out = b.AppendUint32(out, value)
	}
	out = append(out, "MM\x00*\x00\x00\x00\x08\x00\x04"...)
	const behind = 10 + 4*12 + 4
	entry(0x0110, 2, 13, behind)
	entry(tagOrientation, 3, 1, uint32(orientation)<<16)
	entry(tagSerial, 2, 12, behind+13)
	entry(tagGPS, 4, 1, behind+25)
	out = append(out, 0, 0, 0, 0)
	out = append(out, "CAMERA-MODEL\x00SERIAL-0123\x00"...)
	out = append(out, 0, 1)       // the GPS directory
	entry(2, 5, 3, behind+25+18)  // latitude
	out = append(out, 0, 0, 0, 0) // no further directory
	for _, v := range []uint32{35, 1, 40, 1, 5212, 100} {
		out = b.AppendUint32(out, v)
	}
	return out
}

// phoneJPEG is a JPEG with all that a phone puts in.
func phoneJPEG(t testing.TB, orientation uint16) []byte {
	t.Helper()
	plain := encodeJPEG(t, waves(40, 24))
	out := bytes.Clone(plain[:2])
	out = appendSegment(out, markerAPP0, append([]byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x01"), "THUMBX"...))
	out = appendSegment(out, markerAPP1, append([]byte("Exif\x00\x00"), exifBlock(orientation)...))
	out = appendSegment(out, markerAPP1, []byte(jpegXMPName+`<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude xmlns:exif="e">35</exif:GPSLatitude></x:xmpmeta>`))
	out = appendSegment(out, markerAPP2, []byte("ICC_PROFILE\x00\x01\x01profile"))
	out = appendSegment(out, markerAPP2, []byte("MPF\x00II*\x00"))
	out = appendSegment(out, 0xED, []byte("Photoshop 3.0\x008BIM"))
	out = appendSegment(out, markerCOM, []byte("PRIVATE COMMENT"))
	out = append(out, plain[2:]...)
	return append(out, "SECOND PICTURE"...)
}

func noSecrets(t *testing.T, data []byte) {
	t.Helper()
	for _, s := range secrets {
		if bytes.Contains(data, []byte(s)) {
			t.Errorf("%q is left", s)
		}
	}
	for _, name := range []string{"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x04", "eXIf\x4d\x4d\x00*\x00\x00\x00\x08\x00\x04"} {
		if bytes.Contains(data, []byte(name)) {
			t.Error("the Exif block is left")
		}
	}
}

func TestStripJPEG(t *testing.T) {
	for _, orientation := range []uint16{1, 6} {
		phone := phoneJPEG(t, orientation)
		got, err := Strip(phone)
		must(t, err)
		noSecrets(t, got)
		if !bytes.Contains(got, []byte("ICC_PROFILE\x00\x01\x01profile")) {
			t.Error("the colour profile is gone")
		}
		options := picture.Options{KeepProfile: true}
		want, err := options.Decode(bytes.NewReader(phone), "phone")
		must(t, err)
		have, err := options.Decode(bytes.NewReader(got), "stripped")
		must(t, err)
		if want.Hash() != have.Hash() {
			t.Errorf("orientation %d: the picture is shown otherwise", orientation)
		}
	}
}

func TestStripPNG(t *testing.T) {
	plain := encodePNG(t, waves(40, 24))
	head := bytes.Clone(plain[:33])
	head = appendChunk(head, "eXIf", exifBlock(6))
	head = appendChunk(head, "tEXt", []byte("Comment\x00PRIVATE COMMENT"))
	head = appendChunk(head, "tIME", []byte{7, 234, 1, 2, 3, 4, 5})
	head = appendChunk(head, "gAMA", []byte{0, 0, 0xB1, 0x8F})
	phone := append(append(head, plain[33:]...), "SECOND PICTURE"...)
	got, err := Strip(phone)
	must(t, err)
	noSecrets(t, got)
	if bytes.Contains(got, []byte("iTXt")) || bytes.Contains(got, []byte("tIME")) || !bytes.Contains(got, []byte("gAMA")) {
		t.Error("the wrong chunks are left")
	}
	want, err := picture.Decode(bytes.NewReader(phone), picture.Limits{})
	must(t, err)
	have, err := picture.Decode(bytes.NewReader(got), picture.Limits{})
	must(t, err)
	if want.Hash() != have.Hash() || have.Width != 24 {
		t.Errorf("the picture is shown otherwise, %d wide", have.Width)
	}
}

// What goes through this program's own pictures loses all of it.
func TestDecodedPicturesCarryNothing(t *testing.T) {
	phone := phoneJPEG(t, 6)
	found := 0
	for _, s := range secrets {
		if bytes.Contains(phone, []byte(s)) {
			found++
		}
	}
	if found != len(secrets) {
		t.Fatalf("the phone's file has only %d of %d secrets", found, len(secrets))
	}
	p, err := picture.Options{KeepProfile: true}.Decode(bytes.NewReader(phone), "phone")
	must(t, err)
	for _, data := range [][]byte{encodePNG(t, p), encodeJPEG(t, p)} {
		noSecrets(t, data)
		for _, s := range []string{"Exif", "eXIf", "xmpmeta", "JFIF", "ICC"} {
			if bytes.Contains(data, []byte(s)) {
				t.Errorf("%s is in a picture that was written anew", s)
			}
		}
	}
}

func TestStripRefuses(t *testing.T) {
	if _, err := Strip([]byte("RIFF....WEBP")); !errors.Is(err, ErrFormat) {
		t.Errorf("WebP: %v", err)
	}
	for format, data := range plainFiles(t) {
		if _, err := Strip(data[:len(data)-30]); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), format) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
