package provenance

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// Stamp returns the PNG or JPEG file with the statement as XMP (see [Label])
// and as a signed C2PA manifest (specification 2.2) that is bound to every byte of the
// file but its own. Whoever then changes a pixel, a word or the manifest is
// found out by [Verify] and by the readers of others. A file that has a manifest
// already is refused.
func (s *Signer) Stamp(data []byte, what Statement) ([]byte, error) {
	what = what.completed()
	if err := what.check(); err != nil {
		return nil, err
	}
	what.Manifest, what.instance = "urn:c2pa:"+s.id(), "xmp.iid:"+s.id()
	c, l, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("stamp picture: %w", err)
	}
	packet, err := c.xmp(what)
	if err != nil {
		return nil, err
	}
	head, tail := parted(c, data, l)
	head = append(head, packet...)
	d := draft{signer: s, what: what, start: len(head), hash: hashAround(head, tail)}
	store, err := d.store(c)
	if err != nil {
		return nil, fmt.Errorf("stamp picture: %w", err)
	}
	return append(append(head, store...), tail...), nil
}

func hashAround(head, tail []byte) []byte {
	h := sha256.New()
	h.Write(head)
	h.Write(tail)
	return h.Sum(nil)
}

// draft is a manifest before it is signed.
type draft struct {
	signer *Signer
	what   Statement
	start  int    // of the manifest store in the file
	hash   []byte // of the file without it
}

// store is the whole manifest store, wrapped for the file. The manifest says
// how long it is itself, so it is built until that comes true; numbers get only
// longer from one try to the next, and so it ends.
func (d draft) store(c carrier) ([]byte, error) {
	length := 0
	for range 8 {
		store, err := d.build(length)
		if err != nil {
			return nil, err
		}
		wrapped := c.store(store)
		if len(wrapped) == length {
			return wrapped, nil
		}
		length = len(wrapped)
	}
	return nil, errors.New("the manifest did not settle on a length")
}

// build makes the store for a length that it shall have in the file.
func (d draft) build(length int) ([]byte, error) {
	created, gathered, err := d.assertions(length)
	if err != nil {
		return nil, err
	}
	claimData, err := cborWriter.Marshal(claim{
		InstanceID: d.what.instance, Generator: generatorInfo{d.what.Tool, d.what.ToolVersion},
		Signature: uriPrefix + "/" + labelStore + "/" + d.what.Manifest + "/" + labelSignature,
		Created:   uris(created), Gathered: uris(gathered), Title: d.what.Title, Alg: algSHA256,
	})
	if err != nil {
		return nil, fmt.Errorf("encode claim: %w", err)
	}
	signature, err := d.signer.coseSign(claimData, d.signer.now())
	if err != nil {
		return nil, fmt.Errorf("sign claim: %w", err)
	}
	var boxes [][]byte
	for _, a := range append(created, gathered...) {
		boxes = append(boxes, a.box)
	}
	manifest := superbox(typeManifest, d.what.Manifest,
		superbox(typeAssertions, labelAssertions, boxes...),
		superbox(typeClaim, labelClaim, appendBox(nil, "cbor", claimData)),
		superbox(typeSignature, labelSignature, appendBox(nil, "cbor", signature)))
	return superbox(typeStore, labelStore, manifest), nil
}

// assertions are what this program says, and what people told it to say.
func (d draft) assertions(length int) (created, gathered []assertion, err error) {
	made := func(a assertion, e error) {
		if err == nil {
			created, err = append(created, a), e
		}
	}
	made(d.what.actionsAssertion())
	made(d.what.recordAssertion())
	made(cborAssertion(labelDataHash, dataHash{
		Exclusions: []exclusion{{uint64(d.start), uint64(length)}},
		Alg:        algSHA256, Hash: d.hash, Pad: []byte{}, Name: "C2PA manifest store",
	}))
	if err != nil {
		return nil, nil, err
	}
	a, ok, err := d.what.rightsAssertion()
	if ok {
		gathered = append(gathered, a)
	}
	return created, gathered, err
}

func uris(list []assertion) (out []hashedURI) {
	for _, a := range list {
		out = append(out, a.uri())
	}
	return out
}
