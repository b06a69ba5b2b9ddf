package provenance

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds of a packet that is read.
const (
	maxPacket = 1 << 20 // bytes
	maxDepth  = 32      // elements in each other
	maxTokens = 50_000
)

// ReadXMP reads a statement from an XMP packet, written by us or by others:
// properties may be elements, attributes or lists. What is not there stays
// empty, Source and Tool too.
func ReadXMP(packet []byte) (Statement, error) {
	p, err := readProperties(packet)
	if err != nil {
		return Statement{}, fmt.Errorf("read XMP: %w", err)
	}
	s := Statement{
		Title: p.first(nsDC, "title"), Source: p.first(nsIPTCExt, "DigitalSourceType"),
		Tool: p.first(nsOwn, "Tool"), ToolVersion: p.first(nsIPTCExt, "AISystemVersionUsed"),
		Model: p.first(nsOwn, "Model"), ModelHash: p.first(nsOwn, "ModelHash"), Concepts: p[xml.Name{Space: nsOwn, Local: "Concepts"}],
		PromptHash: p.first(nsOwn, "PromptSHA256"), Owner: p.first(nsDC, "rights"), Licence: p.first(nsRights, "UsageTerms"),
		Manifest: p.first(nsOwn, "Manifest"), instance: p.first(nsMM, "InstanceID"),
	}
	if s.Tool == "" {
		s.Tool = p.first(nsXMP, "CreatorTool")
	}
	if seed, err := strconv.ParseUint(p.first(nsOwn, "Seed"), 10, 64); err == nil {
		s.Seed = &seed
	}
	if mark, err := strconv.ParseUint(p.first(nsOwn, "Watermark"), 16, 32); err == nil {
		payload := uint32(mark)
		s.Watermark = &payload
	}
	if at, err := time.Parse(time.RFC3339, p.first(nsXMP, "CreateDate")); err == nil {
		s.Created = plausible(at)
	}
	return s, nil
}

// properties are a packet's simple values and lists of such.
type properties map[xml.Name][]string

func (p properties) first(space, local string) string {
	if values := p[xml.Name{Space: space, Local: local}]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// readProperties walks the tokens without building a tree. A property is a
// child of rdf:Description or one of its attributes.
func readProperties(packet []byte) (properties, error) {
	if len(packet) > maxPacket {
		return nil, fmt.Errorf("it has more than %d bytes", maxPacket)
	}
	r := propertyReader{found: properties{}}
	d := xml.NewDecoder(bytes.NewReader(packet))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("it is in %s, not UTF-8", charset)
	}
	for range maxTokens {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return r.found, nil
		}
		if err != nil {
			return nil, err
		}
		if err := r.read(token); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("it has too many parts")
}

type propertyReader struct {
	found properties
	path  []xml.Name
	// property is how deep the current property's element is, 0 outside one.
	property int
	text     strings.Builder
}

func (r *propertyReader) read(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		r.end()
	case xml.CharData:
		if r.property > 0 {
			r.text.Write(t)
		}
	}
	return nil
}

func (r *propertyReader) start(e xml.StartElement) error {
	if len(r.path) == maxDepth {
		return errors.New("its elements lie too deep in each other")
	}
	description := xml.Name{Space: nsRDF, Local: "Description"}
	if r.property == 0 && len(r.path) > 0 && r.path[len(r.path)-1] == description {
		r.property = len(r.path) + 1
	}
	for _, a := range e.Attr {
		switch {
		case e.Name == description && r.property == 0:
			r.add(a.Name, a.Value)
		case r.property == len(r.path)+1 && a.Name == xml.Name{Space: nsRDF, Local: "resource"}:
			r.add(e.Name, a.Value)
		}
	}
	r.path = append(r.path, e.Name)
	r.text.Reset()
	return nil
}

// end takes a text: of a simple property, or of an item of its list.
func (r *propertyReader) end() {
	if r.property > 0 {
		name := r.path[r.property-1]
		item := r.path[len(r.path)-1] == xml.Name{Space: nsRDF, Local: "li"}
		if item || len(r.path) == r.property {
			r.add(name, strings.TrimSpace(r.text.String()))
		}
		r.text.Reset()
	}
	r.path = r.path[:len(r.path)-1]
	if len(r.path) < r.property {
		r.property = 0
	}
}

func (r *propertyReader) add(name xml.Name, value string) {
	if value != "" {
		r.found[name] = append(r.found[name], value)
	}
}
