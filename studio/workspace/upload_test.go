package workspace

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

func (s *scene) give(data []byte, name string) (studio.Source, error) {
	return s.AddSource(s.ctx, s.creator, s.project, NewSource{Name: name, File: bytes.NewReader(data), Rights: good, Confirmed: true})
}

func (s *scene) read(blob string, as Actor) ([]byte, string, error) {
	f, size, contentType, err := s.OpenFile(s.ctx, as, s.project, blob)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if int64(len(data)) != size {
		s.tb.Errorf("size %d, and %d bytes came", size, len(data))
	}
	return data, contentType, err
}

func TestUploadKeepsPixelsAlone(t *testing.T) {
	s := setup(t)
	p := picture.Filled(40, 30, 200, 30, 30)
	var file bytes.Buffer
	if err := picture.EncodePNG(&file, p, map[string]string{"GPS": "35.68N 139.76E", "Comment": "serial 4711"}); err != nil {
		t.Fatal(err)
	}
	polyglot := append(file.Bytes(), "<script>alert(1)</script>PK\x03\x04"...)
	v, err := s.give(polyglot, `C:\Users\me\..\<b>mug`+"\u202e\n"+`.png`)
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "<b>mug .png" || v.Width != 40 || v.Height != 30 || !v.Rights.Confirmed() || v.Rights.ConfirmedBy != s.creator.User.ID {
		t.Errorf("%+v", v)
	}
	stored, contentType, err := s.read(v.Blob, s.viewer)
	if err != nil || contentType != "image/png" {
		t.Fatal(contentType, err)
	}
	for _, hidden := range []string{"script", "GPS", "serial", "PK\x03\x04"} {
		if bytes.Contains(stored, []byte(hidden)) {
			t.Errorf("%q is still there", hidden)
		}
	}
	again, err := picture.Decode(bytes.NewReader(stored), picture.Limits{})
	if err != nil || again.Hash() != p.Hash() {
		t.Errorf("other pixels, %v", err)
	}
	thumb, contentType, err := s.read(v.ThumbBlob, s.viewer)
	if _, format, _ := image.DecodeConfig(bytes.NewReader(thumb)); format != "jpeg" || contentType != "image/jpeg" || err != nil {
		t.Errorf("preview is %q as %q, %v", format, contentType, err)
	}
}

func TestUploadDropsEXIF(t *testing.T) {
	s := setup(t)
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, picture.Filled(40, 30, 1, 2, 3), nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00"), "MM\x00*\x00\x00\x00\x08\x00\x00 Canon 4711 35.68N"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	data := append(append(append([]byte{}, plain.Bytes()[:2]...), append(segment, exif...)...), plain.Bytes()[2:]...)
	v, err := s.give(data, "camera.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range []string{v.Blob, v.ThumbBlob} {
		if stored, _, err := s.read(blob, s.viewer); err != nil || bytes.Contains(stored, []byte("Canon")) {
			t.Errorf("the serial number is still there, or %v", err)
		}
	}
}

func TestBadUploads(t *testing.T) {
	s := setup(t)
	bomb := encoded(t, picture.Filled(32, 32, 0, 0, 0))
	binary.BigEndian.PutUint32(bomb[16:], 60_000) // width and height of the header
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	noise := make([]byte, 2<<20)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, c := range map[string]struct {
		data []byte
		want studio.Code
	}{
		"Empty": {nil, studio.Invalid}, "Text": {[]byte("Dear customer"), studio.Invalid},
		"HTML": {[]byte("<html><script>alert(1)</script>"), studio.Invalid}, "SVG": {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), studio.Invalid},
		"Long": {noise, studio.TooLarge}, "Tiny": {encoded(t, picture.Filled(8, 40, 0, 0, 0)), studio.Invalid},
		"CutOff": {encoded(t, picture.Filled(32, 32, 9, 9, 9))[:60], studio.Invalid},
		"Bomb":   {bomb, studio.TooLarge},
	} {
		t.Run("Err"+name, func(t *testing.T) { wantCode(t, second(s.give(c.data, "x")), c.want) })
	}
	t.Run("ErrMissing", func(t *testing.T) {
		wantCode(t, second(s.AddSource(s.ctx, s.creator, s.project, NewSource{Name: "x"})), studio.Invalid)
	})
	t.Run("ErrTwice", func(t *testing.T) {
		data := s.png()
		wantCode(t, second(s.give(data, "a")), "")
		wantCode(t, second(s.give(append(data, "other bytes"...), "b")), studio.Conflict)
	})
	if list := must[studio.List[studio.Source]](t)(s.Sources(s.ctx, s.viewer, s.project, studio.SourceFilter{}, studio.Page{})); len(list.Items) != 1 {
		t.Errorf("%d sources", len(list.Items))
	}
}

func TestConsent(t *testing.T) {
	s := setup(t)
	v := s.source()
	document := "<html><script>alert(1)</script>"
	v = must[studio.Source](t)(s.AddConsent(s.ctx, s.creator, s.project, v.ID, strings.NewReader(document)))
	data, contentType, err := s.read(v.Rights.ConsentBlob, s.creator)
	if err != nil || string(data) != document || contentType != "application/octet-stream" {
		t.Errorf("%q as %q, %v", data, contentType, err)
	}
	wantCode(t, third(s.read(v.Rights.ConsentBlob, s.viewer)), studio.Forbidden)
	wantCode(t, second(s.AddConsent(s.ctx, s.creator, s.project, v.ID, nil)), studio.Invalid)
	wantCode(t, second(s.AddConsent(s.ctx, s.creator, s.project, v.ID, strings.NewReader(""))), studio.Invalid)
	wantCode(t, second(s.AddConsent(s.ctx, s.creator, s.project, v.ID, io.LimitReader(zeros{}, MaxConsent+1))), studio.TooLarge)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestRights(t *testing.T) {
	s := setup(t)
	v := s.source()
	v = must[studio.Source](t)(s.UpdateRights(s.ctx, s.creator, s.project, v.ID, RightsChange{Rights: good, Revision: v.Revision}))
	if v.Rights.Confirmed() {
		t.Error("a change keeps the confirmation of what was before")
	}
	wantCode(t, second(s.UpdateRights(s.ctx, s.creator, s.project, v.ID, RightsChange{Revision: v.Revision - 1})), studio.Conflict)
	learn := func() error {
		return third(s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "Cup", Placeholder: "<cup>", SourceIDs: []string{v.ID}}))
	}
	wantCode(t, learn(), studio.Forbidden)
	ending := good
	ending.Expires = s.clock.Now().Add(1)
	must[studio.Source](t)(s.UpdateRights(s.ctx, s.creator, s.project, v.ID, RightsChange{Rights: ending, Confirmed: true}))
	s.clock.pass(SessionLength)
	wantCode(t, learn(), studio.Expired)
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"mug.png": "mug.png", "../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "": "image", "..": "image", "a/": "image",
		"a\x00b\r\nc": "a b c", "\u202egpj.exe": "gpj.exe", "\xff\xfe": "image", "湯のみ　写真.jpg": "湯のみ 写真.jpg",
		strings.Repeat("あ", 300): strings.Repeat("あ", 200),
	} {
		if diff := cmp.Diff(want, fileName(in, studio.MaxName)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}
