package provenance

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rebuilt is a stamped PNG file whose manifest was signed after an edit: what a
// signer can do that does not keep to the rules.
func rebuilt(t *testing.T, s *Signer, edit func(*draft, int) ([]byte, error)) []byte {
	t.Helper()
	plain := plainFiles(t)["PNG"]
	c, l, err := open(plain)
	must(t, err)
	head, tail := parted(c, plain, l)
	d := draft{signer: s, what: Statement{Manifest: "urn:c2pa:x", instance: "xmp.iid:x"}.completed(), start: len(head), hash: hashAround(head, tail)}
	whole, err := d.store(c)
	must(t, err)
	store, err := edit(&d, len(whole))
	must(t, err)
	return append(append(head, c.store(store)...), tail...)
}

func TestSignedExclusions(t *testing.T) {
	s := newSigner(t, "Acme")
	for name, tc := range map[string]struct {
		edit func(d *draft, length int) ([]byte, error)
		want []Reason
	}{
		"as it should be": {func(d *draft, length int) ([]byte, error) { return d.build(length) }, nil},
		"ten bytes more":  {func(d *draft, length int) ([]byte, error) { return d.build(length + 10) }, []Reason{ReasonPictureChanged}},
		"ten bytes less":  {func(d *draft, length int) ([]byte, error) { return d.build(length - 10) }, []Reason{ReasonPictureChanged}},
		"from the start":  {func(d *draft, length int) ([]byte, error) { d.start--; return d.build(length + 1) }, []Reason{ReasonPictureChanged}},
		"beyond the end":  {func(d *draft, _ int) ([]byte, error) { return d.build(1 << 40) }, []Reason{ReasonPictureChanged}},
		"a wrong hash":    {func(d *draft, length int) ([]byte, error) { d.hash[0] ^= 1; return d.build(length) }, []Reason{ReasonPictureChanged}},
	} {
		t.Run(name, func(t *testing.T) {
			r := verify(t, rebuilt(t, s, tc.edit), s)
			if diff := cmp.Diff(tc.want, reasons(r)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if r.Manifest.Signature != CheckGood || (r.State == StateTrusted) != (tc.want == nil) {
				t.Errorf("signature %s, state %s", r.Manifest.Signature, r.State)
			}
		})
	}
}

func TestExclusions(t *testing.T) {
	store := part{start: 100, end: 200}
	for name, tc := range map[string]struct {
		list []exclusion
		ok   bool
		note bool
	}{
		"the store":          {[]exclusion{{100, 100}}, true, false},
		"and more":           {[]exclusion{{10, 20}, {100, 100}}, true, true},
		"none":               {nil, false, false},
		"another part":       {[]exclusion{{10, 20}}, false, true},
		"out of order":       {[]exclusion{{100, 100}, {10, 20}}, false, false},
		"over each other":    {[]exclusion{{90, 20}, {100, 100}}, false, true},
		"past the end":       {[]exclusion{{100, 100}, {900, 200}}, false, false},
		"a sum that is lost": {[]exclusion{{100, 100}, {1<<64 - 1, 500}}, false, false},
	} {
		r := Report{Manifest: &Manifest{}}
		if ok := r.checkExclusions(tc.list, 1000, store); ok != tc.ok || tc.note != (len(r.Notes) > 0) || ok == r.Broken() {
			t.Errorf("%s: %v, notes %v, problems %v", name, ok, r.Notes, r.Problems)
		}
	}
}

func TestActiveManifest(t *testing.T) {
	manifest := func(typ, label string) []byte {
		return superbox(typ, label, superbox(typeAssertions, labelAssertions))
	}
	for name, tc := range map[string]struct {
		store []byte
		label string
		want  Reason
	}{
		"the last":     {superbox(typeStore, labelStore, manifest(typeManifest, "a"), manifest(typeManifest, "b")), "b", ""},
		"strange box":  {superbox(typeStore, labelStore, manifest(typeManifest, "a"), manifest("what", "b")), "a", ""},
		"old type":     {superbox(typeStore, labelStore, manifest(typeManifest1, "a")), "a", ""},
		"update":       {superbox(typeStore, labelStore, manifest(typeManifest, "a"), manifest(typeUpdate, "b")), "", ReasonUnsupported},
		"compressed":   {superbox(typeStore, labelStore, manifest(typeCompressed, "a")), "", ReasonUnsupported},
		"same name":    {superbox(typeStore, labelStore, manifest(typeManifest, "a"), manifest(typeManifest, "a")), "", ReasonMalformed},
		"empty":        {superbox(typeStore, labelStore), "", ReasonMalformed},
		"other label":  {superbox(typeStore, "c2pb", manifest(typeManifest, "a")), "", ReasonMalformed},
		"two stores":   {append(superbox(typeStore, labelStore, manifest(typeManifest, "a")), superbox(typeStore, labelStore)...), "", ReasonMalformed},
		"bytes behind": {append(superbox(typeStore, labelStore, manifest(typeManifest, "a")), 0, 0, 0), "", ReasonTruncated},
		"nothing":      {nil, "", ReasonMalformed},
	} {
		active, found := activeManifest(tc.store)
		if active.label != tc.label || found.Reason != tc.want {
			t.Errorf("%s: %q, %q; want %q, %q", name, active.label, found.Reason, tc.label, tc.want)
		}
	}
}

// claimOf builds a manifest around a claim, of which nothing is signed.
func claimOf(claims ...[]byte) box {
	store := superbox(typeStore, labelStore, superbox(typeManifest, "m", claims...))
	active, _ := activeManifest(store)
	return active
}

func TestBadClaims(t *testing.T) {
	encode := func(content any) []byte {
		data, err := cborWriter.Marshal(content)
		must(t, err)
		return data
	}
	claimBox := func(label string, data []byte) []byte {
		return superbox(typeClaim, label, appendBox(nil, "cbor", data))
	}
	good := claim{InstanceID: "i", Generator: generatorInfo{Name: "g"}, Signature: "s", Created: []hashedURI{{URL: "u", Hash: []byte{1}}}, Alg: algSHA256}
	without := func(edit func(*claim)) []byte {
		c := good
		edit(&c)
		return encode(c)
	}
	for name, tc := range map[string]struct {
		manifest box
		want     Reason
	}{
		"good":          {claimOf(claimBox(labelClaim, encode(good))), ""},
		"none":          {claimOf(), ReasonNoClaim},
		"two":           {claimOf(claimBox(labelClaim, encode(good)), claimBox(labelClaim1, encode(good))), ReasonMalformed},
		"later version": {claimOf(claimBox("c2pa.claim.v3", encode(good))), ReasonUnsupported},
		"no CBOR":       {claimOf(superbox(typeClaim, labelClaim, appendBox(nil, "json", []byte("{}")))), ReasonMalformed},
		"half CBOR":     {claimOf(claimBox(labelClaim, encode(good)[:9])), ReasonMalformed},
		"more CBOR":     {claimOf(claimBox(labelClaim, append(encode(good), 0))), ReasonMalformed},
		"no instance":   {claimOf(claimBox(labelClaim, without(func(c *claim) { c.InstanceID = "" }))), ReasonMalformed},
		"no generator":  {claimOf(claimBox(labelClaim, without(func(c *claim) { c.Generator.Name = "" }))), ReasonMalformed},
		"no signature":  {claimOf(claimBox(labelClaim, without(func(c *claim) { c.Signature = "" }))), ReasonMalformed},
		"no assertions": {claimOf(claimBox(labelClaim, without(func(c *claim) { c.Created = nil }))), ReasonMalformed},
		"only gathered": {claimOf(claimBox(labelClaim, without(func(c *claim) { c.Created, c.Gathered = nil, c.Created }))), ReasonMalformed},
		"a key twice":   {claimOf(claimBox(labelClaim, append([]byte{0xA2}, bytes.Repeat([]byte("\x63alg\x61x"), 2)...))), ReasonMalformed},
	} {
		if _, found := readClaim(tc.manifest); found.Reason != tc.want {
			t.Errorf("%s: %q %s, want %q", name, found.Reason, found.About, tc.want)
		}
	}
}

// A URI that leads into another manifest, or to two boxes, leads nowhere.
func TestResolve(t *testing.T) {
	var r boxReader
	boxes, why := r.readBoxes(superbox(typeAssertions, labelAssertions,
		superbox(typeCBOR, "one"), superbox(typeCBOR, "twice"), superbox(typeCBOR, "twice")), 0)
	if why != "" {
		t.Fatal(why)
	}
	manifest := box{label: "urn:c2pa:m"}
	var good []string
	for _, uri := range []string{
		"self#jumbf=c2pa.assertions/one", "self#jumbf=/c2pa/urn:c2pa:m/c2pa.assertions/one",
		"self#jumbf=/c2pa/urn:c2pa:n/c2pa.assertions/one", "self#jumbf=c2pa.assertions/two", "self#jumbf=c2pa.assertions/twice",
		"self#jumbf=one", "c2pa.assertions/one", "https://example.com/c2pa.assertions/one", "",
	} {
		if _, _, ok := (readableClaim{}).resolve(uri, manifest, boxes[0]); ok {
			good = append(good, uri)
		}
	}
	if !slices.Equal(good, []string{"self#jumbf=c2pa.assertions/one", "self#jumbf=/c2pa/urn:c2pa:m/c2pa.assertions/one"}) {
		t.Errorf("resolved %q", good)
	}
}
