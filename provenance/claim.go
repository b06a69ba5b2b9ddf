package provenance

import (
	"bytes"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// readableClaim is a claim as it is read, of this version or the first.
type readableClaim struct {
	InstanceID string          `cbor:"instanceID"`
	Info       cbor.RawMessage `cbor:"claim_generator_info"`
	Signature  string          `cbor:"signature"`
	Created    []hashedURI     `cbor:"created_assertions"`
	Gathered   []hashedURI     `cbor:"gathered_assertions"`
	First      []hashedURI     `cbor:"assertions"` // of a first version's claim
	Title      string          `cbor:"dc:title"`
	Alg        string          `cbor:"alg"`
	raw        []byte
}

// readClaim reads the only claim of a manifest (section 15.6).
func readClaim(active box) (readableClaim, Finding) {
	found, count := active.child(typeClaim, "")
	switch {
	case count == 0:
		return readableClaim{}, finding(ReasonNoClaim, "")
	case count > 1:
		return readableClaim{}, finding(ReasonMalformed, "more than one claim")
	case found.label != labelClaim && found.label != labelClaim1:
		return readableClaim{}, finding(ReasonUnsupported, found.label)
	}
	content, ok := found.content("cbor")
	if !ok {
		return readableClaim{}, finding(ReasonMalformed, found.label)
	}
	var c readableClaim
	if err := cborReader.Unmarshal(content, &c); err != nil {
		return c, finding(ReasonMalformed, found.label+": "+err.Error())
	}
	c.raw = content
	complete := c.Signature != "" && c.InstanceID != "" && len(c.all()) > 0
	if found.label == labelClaim {
		complete = complete && len(c.Created) > 0 && len(c.First) == 0 && c.generator() != ""
	}
	if !complete {
		return c, finding(ReasonMalformed, found.label+": a field is missing")
	}
	return c, Finding{}
}

// all are the references to assertions, those of the signer first.
func (c readableClaim) all() []hashedURI { return slices.Concat(c.Created, c.First, c.Gathered) }

// generator is the program that made the claim. A first version's claim may
// have a list of them.
func (c readableClaim) generator() string {
	var list []generatorInfo
	if cborReader.Unmarshal(c.Info, &list) != nil {
		var one generatorInfo
		if cborReader.Unmarshal(c.Info, &one) != nil {
			return ""
		}
		list = []generatorInfo{one}
	}
	if len(list) == 0 {
		return ""
	}
	return strings.TrimSpace(list[0].Name + " " + list[0].Version)
}

// refersTo reports that a URI means the box that lies in the manifest at a path
// of labels: from the manifest on, or from the store on with the manifest's own
// name, so that a claim cannot be moved to another (section 8.4.2.1).
func (c readableClaim) refersTo(uri string, manifest box, path string) bool {
	at, ok := strings.CutPrefix(uri, uriPrefix)
	return ok && (at == path || at == "/"+labelStore+"/"+manifest.label+"/"+path)
}

// resolve finds the assertion that a URI means; label is its own where it can
// be told, also of one that is not there.
func (c readableClaim) resolve(uri string, manifest, store box) (found box, label string, ok bool) {
	label = uri[strings.LastIndexByte(uri, '/')+1:]
	if !c.refersTo(uri, manifest, labelAssertions+"/"+label) {
		return box{}, label, false
	}
	count := 0
	for _, a := range store.children {
		if a.kind == "jumb" && a.label == label {
			found = a
			count++
		}
	}
	return found, label, count == 1
}

func allowedAlgorithm(a cose.Algorithm) bool {
	return slices.Contains([]cose.Algorithm{
		cose.AlgorithmES256, cose.AlgorithmES384, cose.AlgorithmES512,
		cose.AlgorithmPS256, cose.AlgorithmPS384, cose.AlgorithmPS512, cose.AlgorithmEdDSA,
	}, a)
}

// assertions compares every assertion with its hash in the claim (section
// 15.10.3.1).
func (r *Report) assertions(active box, c readableClaim) {
	store, count := active.child(typeAssertions, labelAssertions)
	if count != 1 {
		r.Manifest.Assertions = CheckBad
		r.problem(ReasonAssertionMissing, labelAssertions)
		return
	}
	before := len(r.Problems)
	declared := map[string]bool{}
	for _, u := range c.all() {
		found, label, ok := c.resolve(u.URL, active, store)
		declared[label] = true
		r.Manifest.Labels = append(r.Manifest.Labels, label)
		if !ok {
			r.problem(ReasonAssertionMissing, label)
			continue
		}
		r.compare(found, label, u, c)
	}
	for _, a := range store.children {
		if !declared[a.label] {
			r.problem(ReasonUndeclared, a.label)
		}
	}
	r.Manifest.Assertions = passed(len(r.Problems) == before)
}

func (r *Report) compare(found box, label string, u hashedURI, c readableClaim) {
	name := u.Alg
	if name == "" {
		name = c.Alg
	}
	h := hashOf(name)
	if h == nil {
		r.problem(ReasonAlgorithm, label+": "+name)
		return
	}
	h.Write(found.body)
	if !bytes.Equal(h.Sum(nil), u.Hash) {
		r.problem(ReasonAssertionChanged, label)
	}
}

func passed(ok bool) Check {
	if ok {
		return CheckGood
	}
	return CheckBad
}
