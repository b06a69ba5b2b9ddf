package provenance

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/picture"
)

func TestLabelRoundTrip(t *testing.T) {
	for format, plain := range plainFiles(t) {
		data, err := Label(plain, whole())
		must(t, err)
		got, err := ReadLabel(data)
		must(t, err)
		if diff := cmp.Diff(whole(), got, sameStatement); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		other, err := Label(data, Statement{Owner: "Other"})
		must(t, err)
		got, err = ReadLabel(other)
		must(t, err)
		if diff := cmp.Diff(Statement{Source: SourceTrained, Tool: Tool, Owner: "Other"}, got, sameStatement); diff != "" {
			t.Errorf("%s labelled again (-want +got):\n%s", format, diff)
		}
		again, err := Label(plain, Statement{Owner: "Other"})
		must(t, err)
		if !bytes.Equal(again, other) {
			t.Errorf("%s: equal statements give other bytes", format)
		}
	}
}

// The packet is the one that EncodePNG writes under its keyword.
func TestXMPAsPNGText(t *testing.T) {
	var b bytes.Buffer
	must(t, picture.EncodePNG(&b, waves(8, 8), map[string]string{XMPKeyword: XMP(whole())}))
	got, err := ReadLabel(b.Bytes())
	must(t, err)
	if diff := cmp.Diff(whole(), got, sameStatement); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestXMPIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Statement{
			Title: rapid.String().Draw(t, "title"), Owner: rapid.String().Draw(t, "owner"), Licence: rapid.String().Draw(t, "licence"),
			Model: rapid.String().Draw(t, "model"), Concepts: rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "concepts"),
		}
		packet := XMP(s)
		d := xml.NewDecoder(strings.NewReader(packet))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, packet)
			}
		}
		got, err := ReadXMP([]byte(packet))
		if err != nil {
			t.Fatal(err)
		}
		if s.check() == nil && got.Title != s.Title {
			t.Errorf("title %q became %q", s.Title, got.Title)
		}
	})
}

// Packets as others write them: attributes, resources, lists, other prefixes.
func TestReadForeignXMP(t *testing.T) {
	const begin = `<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`
	const end = `</r:RDF></x:xmpmeta>`
	for name, body := range map[string]string{
		"attributes": `<r:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" i:DigitalSourceType="` + SourceTrained + `" xmlns:x="http://ns.adobe.com/xap/1.0/" x:CreatorTool="Other 1"/>`,
		"resource":   `<r:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:x="http://ns.adobe.com/xap/1.0/"><i:DigitalSourceType r:resource="` + SourceTrained + `"/><x:CreatorTool>Other 1</x:CreatorTool></r:Description>`,
		"two parts":  `<r:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><i:DigitalSourceType>` + SourceTrained + `</i:DigitalSourceType></r:Description><r:Description xmlns:x="http://ns.adobe.com/xap/1.0/"><x:CreatorTool> Other 1 </x:CreatorTool></r:Description>`,
		"structures": `<r:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:x="http://ns.adobe.com/xap/1.0/"><x:CreatorTool>Other 1</x:CreatorTool><i:DigitalSourceType>` + SourceTrained + `</i:DigitalSourceType><x:History><r:Seq><r:li><r:Description x:CreatorTool="not this"/></r:li></r:Seq></x:History></r:Description>`,
	} {
		got, err := ReadXMP([]byte(begin + body + end))
		must(t, err)
		if diff := cmp.Diff(Statement{Source: SourceTrained, Tool: "Other 1"}, got, sameStatement); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadXMPIsBounded(t *testing.T) {
	for name, packet := range map[string]string{
		"not XML":   "<a><b></a>",
		"deep":      strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100),
		"many":      "<a>" + strings.Repeat("<b/>", maxTokens) + "</a>",
		"long":      "<a>" + strings.Repeat(" ", maxPacket) + "</a>",
		"other set": `<?xml version="1.0" encoding="Shift_JIS"?><a/>`,
		"entities":  `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
	} {
		if _, err := ReadXMP([]byte(packet)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func TestStatementsThatCannotBeWritten(t *testing.T) {
	s := newSigner(t, "Acme")
	for name, bad := range map[string]Statement{
		"control":  {Title: "a\x00b"},
		"line":     {Title: "a\nb"},
		"not text": {Owner: "\xff"},
		"long":     {Licence: strings.Repeat("x", maxText+1)},
		"space":    {Tool: " Tool"},
		"hash":     {ModelHash: "no hash"},
		"concept":  {Concepts: []string{"good", "a\tb"}},
		"concepts": {Concepts: make([]string, maxConcepts+1)},
		"packet":   {Concepts: repeated(strings.Repeat("&", maxLine), maxConcepts)},
	} {
		plain := plainFiles(t)["JPEG"]
		if _, err := Label(plain, bad); !errors.Is(err, ErrText) {
			t.Errorf("Label, %s: %v", name, err)
		}
		if _, err := s.Stamp(plain, bad); !errors.Is(err, ErrText) {
			t.Errorf("Stamp, %s: %v", name, err)
		}
	}
}

func repeated(text string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = text
	}
	return list
}

func TestFilesThatCannotBeStamped(t *testing.T) {
	s := newSigner(t, "Acme")
	for format, plain := range plainFiles(t) {
		stamped, err := s.Stamp(plain, Statement{})
		must(t, err)
		if _, err := s.Stamp(stamped, Statement{}); !errors.Is(err, ErrStamped) {
			t.Errorf("%s, stamped again: %v", format, err)
		}
		if _, err := Label(stamped, Statement{}); !errors.Is(err, ErrStamped) {
			t.Errorf("%s, labelled after: %v", format, err)
		}
	}
	png := plainFiles(t)["PNG"]
	if _, err := s.Stamp(png[:len(png)-13], Statement{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a PNG that is cut: %v", err)
	}
	if _, err := s.Stamp([]byte("GIF89a"), Statement{}); !errors.Is(err, ErrFormat) {
		t.Errorf("a GIF: %v", err)
	}
	if _, err := s.Stamp([]byte("\xff\xd8\xff\xd9"), Statement{}); !errors.Is(err, picture.ErrDamaged) {
		t.Errorf("an empty JPEG: %v", err)
	}
}

func TestTimesBeyondJSON(t *testing.T) {
	for _, late := range []time.Time{time.Unix(1<<40, 0), time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))} {
		if got := plausible(late); !got.IsZero() {
			t.Errorf("%s became %s", late, got)
		}
	}
}
