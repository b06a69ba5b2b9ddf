package workspace

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
)

// garden is a picture with something in it for a mark to hide in.
func garden() *picture.Picture {
	p := picture.Filled(256, 256, 120, 140, 160)
	for i := range 64 {
		p.Paste(picture.Filled(20, 20, uint8(60+i*2), uint8(200-i*2), uint8(40+i)), (i*37)%240, (i*53)%240)
	}
	return p
}

func TestStamp(t *testing.T) {
	about := About{Job: "job", Picture: "picture", Metadata: map[string]string{"ichimai": "{}"}, Watermark: true}
	read := func(t *testing.T, data []byte) *picture.Picture {
		p, err := picture.Decode(bytes.NewReader(data), picture.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, format := range []string{FormatPNG, FormatJPEG} {
		t.Run(format, func(t *testing.T) {
			data, err := NewStamper(StamperOptions{}).Stamp(context.Background(), garden(), format, about)
			if err != nil {
				t.Fatal(err)
			}
			if d := provenance.Detect(read(t, data), provenance.PublicKey()); !d.Found || d.Payload != MarkPayload("picture") {
				t.Errorf("of the mark there is %+v", d)
			}
		})
	}
	t.Run("OurKey", func(t *testing.T) {
		key := provenance.NewKey([]byte("ours"))
		data, err := NewStamper(StamperOptions{Key: key}).Stamp(context.Background(), garden(), FormatPNG, about)
		if err != nil {
			t.Fatal(err)
		}
		if marked := read(t, data); !provenance.Detect(marked, key).Found || provenance.Detect(marked, provenance.PublicKey()).Found {
			t.Error("the mark is not that of the key")
		}
	})
	t.Run("Unmarked", func(t *testing.T) {
		plain := about
		plain.Watermark = false
		data, err := NewStamper(StamperOptions{}).Stamp(context.Background(), garden(), FormatPNG, plain)
		if err != nil {
			t.Fatal(err)
		}
		if read(t, data).Hash() != garden().Hash() {
			t.Error("the pixels are others")
		}
		metadata, err := picture.ReadPNGMetadata(bytes.NewReader(data))
		if err != nil || metadata["ichimai"] != "{}" {
			t.Errorf("the file says %v: %v", metadata, err)
		}
	})
	t.Run("Labelled", func(t *testing.T) {
		plain := about
		plain.Name, plain.Prompt, plain.Seed, plain.Concepts, plain.Watermark = "山田様", "a mug", 7, []string{"mug"}, false
		plain.Owners, plain.Settings = []string{"Ichimai KK", "Acme"}, []byte(`{"model":{"name":"demo","hash":"`+strings.Repeat("ab", 32)+`"}}`)
		data, err := NewStamper(StamperOptions{}).Stamp(context.Background(), garden(), FormatJPEG, plain)
		if err != nil {
			t.Fatal(err)
		}
		says, err := provenance.ReadLabel(data)
		if err != nil {
			t.Fatal(err)
		}
		if says.Source != provenance.SourceTrained || says.Title != "山田様" || *says.Seed != 7 || says.Model != "demo" || says.Owner != "Ichimai KK, Acme" || says.Watermark != nil {
			t.Errorf("the file says %+v", says)
		}
	})
	t.Run("Signed", func(t *testing.T) {
		signer, err := provenance.OpenSigner(t.TempDir(), provenance.SignerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := NewStamper(StamperOptions{Signer: signer}).Stamp(context.Background(), garden(), FormatPNG, about)
		if err != nil {
			t.Fatal(err)
		}
		report, err := provenance.Verify(data, signer.Roots())
		if err != nil || report.Broken() || report.Manifest == nil {
			t.Errorf("the file is verified as %+v: %v", report, err)
		}
	})
	t.Run("ErrUnmarkable", func(t *testing.T) {
		_, err := NewStamper(StamperOptions{}).Stamp(context.Background(), picture.Filled(16, 16, 1, 2, 3), FormatPNG, about)
		if studio.ErrorCode(err) != studio.Invalid {
			t.Error(err)
		}
	})
	t.Run("ErrFormat", func(t *testing.T) {
		if _, err := NewStamper(StamperOptions{}).Stamp(context.Background(), garden(), "gif", about); err == nil {
			t.Error("there was no error")
		}
	})
}
