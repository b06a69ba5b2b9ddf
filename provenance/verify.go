package provenance

import (
	"crypto/x509"
	"fmt"
	"time"
)

// Verifier says what is compared with. The zero value is of use.
type Verifier struct {
	// Roots are the certificates of those whose signers are known; nil compares
	// with none and says so in a note.
	Roots *x509.CertPool
	// Now is when certificates must be valid, time.Now if nil.
	Now func() time.Time
}

// Verify reads what a PNG or JPEG file says of itself and checks its C2PA
// manifest: that what it says is as it was signed, that the file is too, and whose
// certificate it was. With roots other signers are a problem, without they
// are a note. An error says that the file is neither PNG nor JPEG; everything
// else, however damaged, is in the report.
//
// Not checked are time stamps of third parties, whether a certificate was withdrawn, and
// the manifests of other pictures that went into this one; the report says
// where there are such.
func Verify(data []byte, roots *x509.CertPool) (Report, error) {
	return Verifier{Roots: roots}.Verify(data)
}

// Verify is [Verify] with the options of v.
func (v Verifier) Verify(data []byte) (Report, error) {
	c, err := carrierOf(data)
	if err != nil {
		return Report{}, fmt.Errorf("verify picture: %w", err)
	}
	if v.Now == nil {
		v.Now = time.Now
	}
	l := c.read(data)
	r := Report{Format: c.name, State: StateNone}
	named := r.readLabel(l)
	switch {
	case len(l.stores) > 1:
		r.problem(ReasonMultiple, "")
	case len(l.stores) == 1:
		v.manifest(&r, data, l.stores[0])
	case l.cut == pngStoreChunk:
		r.problem(ReasonTruncated, l.cut)
	case named != "":
		r.problem(ReasonRemoved, named)
	}
	if l.cut != "" && l.cut != pngStoreChunk {
		r.problem(ReasonTruncated, l.cut)
	}
	if r.Manifest != nil && named != "" && r.Manifest.ID != named {
		r.note(NoteOtherManifest, named)
	}
	r.settle()
	return r, nil
}

// readLabel reads the XMP and returns the manifest that it names, or "".
func (r *Report) readLabel(l layout) string {
	label, err := l.label()
	switch {
	case err != nil:
		r.note(NoteLabel, err.Error())
	case label.Source != "" || label.Manifest != "" || label.Tool != "" || label.Owner != "" || label.Licence != "":
		r.Label = &label
	}
	return label.Manifest
}

// settle derives the state from what was found.
func (r *Report) settle() {
	onlySigner := true
	for _, p := range r.Problems {
		onlySigner = onlySigner && p.Reason == ReasonOtherSigner
	}
	switch m := r.Manifest; {
	case m == nil && len(r.Problems) == 0:
		r.State = StateNone
	case m == nil || !onlySigner || m.Signature != CheckGood || m.Assertions != CheckGood || m.Picture != CheckGood:
		r.State = StateInvalid
	case m.Signer.Known:
		r.State = StateTrusted
	default:
		r.State = StateValid
	}
}

// manifest checks the active manifest of a store step by step; a step whose
// ground is missing is left out.
func (v Verifier) manifest(r *Report, data []byte, store part) {
	if store.fault != "" {
		r.problem(store.fault, "the parts of the file that carry it")
	}
	active, found := activeManifest(store.content)
	if found.Reason != "" {
		r.Problems = append(r.Problems, found)
		return
	}
	r.Manifest = &Manifest{ID: active.label, Signature: CheckUnknown, Assertions: CheckUnknown, Picture: CheckUnknown}
	c, found := readClaim(active)
	if found.Reason != "" {
		r.Problems = append(r.Problems, found)
		return
	}
	r.Manifest.Generator = c.generator()
	v.signature(r, active, c)
	r.assertions(active, c)
	r.binding(active, c, data, store)
	r.read(active, c)
}

// activeManifest is the last manifest of a store (section 15.5.1).
func activeManifest(content []byte) (box, Finding) {
	var reader boxReader
	boxes, why := reader.readBoxes(content, 0)
	switch {
	case why != "":
		return box{}, finding(why, "boxes")
	case len(boxes) != 1 || boxes[0].typ != typeStore || boxes[0].label != labelStore:
		return box{}, finding(ReasonMalformed, labelStore)
	}
	for i := len(boxes[0].children) - 1; i >= 0; i-- {
		switch m := boxes[0].children[i]; m.typ {
		case typeManifest, typeManifest1:
			if _, count := boxes[0].child(m.typ, m.label); count > 1 {
				return box{}, finding(ReasonMalformed, m.label)
			}
			return m, Finding{}
		case typeUpdate:
			return box{}, finding(ReasonUnsupported, "an update manifest")
		case typeCompressed:
			return box{}, finding(ReasonUnsupported, "a compressed manifest")
		}
	}
	return box{}, finding(ReasonMalformed, "no manifest in the store")
}

// signature checks the signature and its certificate (section 15.7).
func (v Verifier) signature(r *Report, active box, c readableClaim) {
	found, count := active.child(typeSignature, labelSignature)
	if count != 1 || !c.refersTo(c.Signature, active, labelSignature) {
		r.problem(ReasonNoSignature, "")
		return
	}
	content, ok := found.content("cbor")
	if !ok {
		r.problem(ReasonMalformed, labelSignature)
		return
	}
	s, about := readSignature(content)
	if len(s.chain) > 0 {
		r.Manifest.Signer = newCertificate(s.chain[0])
	}
	if about != "" {
		r.problem(ReasonMalformed, labelSignature+": "+about)
		return
	}
	r.Manifest.SignedAt = s.signedAt
	v.signer(r, s)
	r.Manifest.Signature = CheckBad
	switch {
	case !allowedAlgorithm(s.algorithm):
		r.problem(ReasonAlgorithm, s.algorithm.String())
	case s.verify(c.raw) != nil:
		r.problem(ReasonSignature, "")
	default:
		r.Manifest.Signature = CheckGood
	}
}

// signer checks the certificate.
func (v Verifier) signer(r *Report, s signature) {
	if what := unfit(s.chain[0]); what != "" {
		r.problem(ReasonCertificate, what)
	}
	if s.stamped {
		r.note(NoteTimeStamp, "")
	}
	certificate, now := r.Manifest.Signer, v.Now()
	if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		r.problem(ReasonExpired, certificate.NotBefore.Format(time.DateOnly)+" - "+certificate.NotAfter.Format(time.DateOnly))
	}
	if v.Roots == nil {
		r.note(NoteUnknownSigner, "")
		return
	}
	if certificate.Known = knows(v.Roots, s.chain, now); !certificate.Known {
		r.problem(ReasonOtherSigner, certificate.who())
	}
}

// who names the certificate's owner.
func (c Certificate) who() string {
	if c.Organisation == "" || c.Organisation == c.Name {
		return c.Name
	}
	return c.Name + ", " + c.Organisation
}
