package main

import (
	"bytes"
	_ "embed"
	"fmt"
)

// methods are the protocol's scorers, seeds and methods, which do not depend on the
// pack.
//
//go:embed methods.yaml
var methods []byte

// protocol is the file that `ichimai evaluate` reads.
func (w *writer) protocol(subjects []subject) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Made by `go run ./bench/subjects PACK --out demo/evaluation`: forty things that the demo model\n" +
		"# has not seen, in twenty scenes. Run it with `ichimai evaluate demo/evaluation/protocol.yaml`.\n")
	b.Write(methods)
	b.WriteString("subjects: subjects\nreal: real\nclasses:\n")
	for _, s := range subjects {
		fmt.Fprintf(&b, "  %s: {en: %s, ja: %s}\n", s.name(), quote(s.thing.English), quote(s.thing.Japanese))
	}
	b.WriteString("prompts:\n")
	for _, p := range prompts {
		text, err := w.text(p, subjects[0])
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", p.ID, err)
		}
		fmt.Fprintf(&b, "  - {id: %s, kind: %s, lang: %s, text: %s}\n", p.ID, p.Kind, p.Lang, quote(text))
	}
	return b.Bytes(), nil
}
