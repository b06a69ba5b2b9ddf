package provenance

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Namespaces of the packet. Ours is a name and leads nowhere.
const (
	nsRDF     = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsDC      = "http://purl.org/dc/elements/1.1/"
	nsXMP     = "http://ns.adobe.com/xap/1.0/"
	nsRights  = "http://ns.adobe.com/xap/1.0/rights/"
	nsMM      = "http://ns.adobe.com/xap/1.0/mm/"
	nsIPTCExt = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
	nsOwn     = "http://ichimai.org/ns/1.0/"
)

const (
	packetBegin = "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"" + nsRDF + "\">\n" +
		"  <rdf:Description rdf:about=\"\" xmlns:dc=\"" + nsDC + "\" xmlns:xmp=\"" + nsXMP + "\" xmlns:xmpRights=\"" + nsRights + "\" xmlns:xmpMM=\"" + nsMM + "\"" +
		" xmlns:Iptc4xmpExt=\"" + nsIPTCExt + "\" xmlns:ichimai=\"" + nsOwn + "\">\n"
	packetEnd = "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
)

// XMPKeyword is the keyword of a PNG text that is an XMP packet.
const XMPKeyword = pngXMPKeyword

// XMP is the statement as an XMP packet (ISO 16684-1), with the properties of
// the IPTC Photo Metadata Standard 2025.1 and our own. Equal statements give
// equal bytes. Characters that XML does not have become U+FFFD.
func XMP(s Statement) string {
	s = s.completed()
	var b packet
	b.text("Iptc4xmpExt:DigitalSourceType", s.Source)
	b.text("Iptc4xmpExt:AISystemUsed", s.system())
	b.text("Iptc4xmpExt:AISystemVersionUsed", s.ToolVersion)
	b.text("xmp:CreatorTool", strings.TrimSpace(s.Tool+" "+s.ToolVersion))
	if !s.Created.IsZero() {
		b.text("xmp:CreateDate", s.Created.Format(time.RFC3339))
	}
	b.text("xmpMM:InstanceID", s.instance)
	b.list("dc:title", "Alt", s.Title)
	b.list("dc:rights", "Alt", s.Owner)
	b.list("xmpRights:UsageTerms", "Alt", s.Licence)
	if s.Owner != "" {
		b.text("xmpRights:Marked", "True")
	}
	b.text("ichimai:Tool", s.Tool)
	b.text("ichimai:Model", s.Model)
	b.text("ichimai:ModelHash", s.ModelHash)
	b.list("ichimai:Concepts", "Seq", s.Concepts...)
	if s.Seed != nil {
		b.text("ichimai:Seed", strconv.FormatUint(*s.Seed, 10))
	}
	b.text("ichimai:PromptSHA256", s.PromptHash)
	if s.Watermark != nil {
		b.text("ichimai:Watermark", fmt.Sprintf("%08x", *s.Watermark))
	}
	b.text("ichimai:Manifest", s.Manifest)
	return packetBegin + b.String() + packetEnd
}

// packet writes properties; those without a value are left out.
type packet struct{ strings.Builder }

func (b *packet) text(name, value string) {
	if value != "" {
		fmt.Fprintf(b, "   <%s>%s</%[1]s>\n", name, escaped(value))
	}
}

// list writes an RDF container: Alt for a text by language, Seq for a list.
func (b *packet) list(name, container string, values ...string) {
	language := ""
	if container == "Alt" {
		language = ` xml:lang="x-default"`
	}
	var items strings.Builder
	for _, v := range values {
		if v != "" {
			fmt.Fprintf(&items, "<rdf:li%s>%s</rdf:li>", language, escaped(v))
		}
	}
	if items.Len() > 0 {
		fmt.Fprintf(b, "   <%s><rdf:%s>%s</rdf:%[2]s></%[1]s>\n", name, container, items.String())
	}
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
