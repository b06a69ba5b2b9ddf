package provenance

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ichimai/ichimai/picture"
)

var sameStatement = cmpopts.IgnoreUnexported(Statement{})

func TestStampAndVerify(t *testing.T) {
	s := newSigner(t, "Acme")
	for format, plain := range plainFiles(t) {
		t.Run(format, func(t *testing.T) {
			data, err := s.Stamp(plain, whole())
			must(t, err)
			r := verify(t, data, s)
			if r.State != StateTrusted || r.Broken() || len(r.Notes) > 0 || r.Format != format {
				t.Fatalf("state %s, problems %v, notes %v, format %s", r.State, r.Problems, r.Notes, r.Format)
			}
			m := r.Manifest
			if m.Signature != CheckGood || m.Assertions != CheckGood || m.Picture != CheckGood || !m.SignedAt.Equal(signingTime) {
				t.Errorf("checks %s %s %s, signed at %s", m.Signature, m.Assertions, m.Picture, m.SignedAt)
			}
			if m.Signer.Organisation != "Acme" || !m.Signer.Known || m.Signer.Issuer != "Acme root" {
				t.Errorf("signer %+v", m.Signer)
			}
			want := whole()
			want.Manifest = m.ID
			if diff := cmp.Diff(want, *r.Label, sameStatement); diff != "" {
				t.Errorf("XMP (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, m.Statement, sameStatement); diff != "" {
				t.Errorf("manifest (-want +got):\n%s", diff)
			}
			if r.Label.instance == "" || r.Label.instance != m.Statement.instance {
				t.Errorf("instance %q in the XMP, %q in the claim", r.Label.instance, m.Statement.instance)
			}
		})
	}
}

// The picture that is shown is the one that was given, and its settings stay.
func TestStampKeepsThePicture(t *testing.T) {
	s := newSigner(t, "Acme")
	for format, plain := range plainFiles(t) {
		data, err := s.Stamp(plain, whole())
		must(t, err)
		before, err := picture.Decode(bytes.NewReader(plain), picture.Limits{})
		must(t, err)
		after, err := picture.Decode(bytes.NewReader(data), picture.Limits{})
		must(t, err)
		if before.Hash() != after.Hash() {
			t.Errorf("%s: the pixels changed", format)
		}
		if format == "PNG" {
			settings, err := picture.ReadPNGMetadata(bytes.NewReader(data))
			must(t, err)
			if settings["ichimai"] != `{"seed":7}` || !strings.Contains(settings[XMPKeyword], SourceTrained) {
				t.Errorf("settings %q", settings)
			}
		}
	}
}

func TestVerifyWithoutRoots(t *testing.T) {
	s := newSigner(t, "Acme")
	data, err := s.Stamp(plainFiles(t)["PNG"], Statement{})
	must(t, err)
	r := verify(t, data, nil)
	if r.State != StateValid || r.Broken() || len(r.Notes) != 1 || r.Notes[0].Reason != NoteUnknownSigner {
		t.Errorf("state %s, problems %v, notes %v", r.State, r.Problems, r.Notes)
	}
}

func TestVerifyPlain(t *testing.T) {
	for format, plain := range plainFiles(t) {
		if r := verify(t, plain, nil); r.State != StateNone || r.Broken() || r.Manifest != nil || r.Label != nil {
			t.Errorf("%s: %+v", format, r)
		}
		labelled, err := Label(plain, whole())
		must(t, err)
		r := verify(t, labelled, nil)
		if r.State != StateNone || r.Broken() || r.Label == nil || r.Label.Owner != whole().Owner {
			t.Errorf("%s with a label: %+v", format, r)
		}
	}
	if _, err := Verify([]byte("GIF89a..."), nil); !errors.Is(err, ErrFormat) {
		t.Errorf("a GIF: %v", err)
	}
}

// TestHostileChanges tells every way of tampering from the others.
func TestHostileChanges(t *testing.T) {
	for format, plain := range plainFiles(t) {
		s, thief := newSigner(t, "Acme"), newSigner(t, "Acme")
		thief.NewID = nil // random
		stamped, err := s.Stamp(plain, whole())
		must(t, err)
		bare, err := Strip(stamped)
		must(t, err)
		theirs, err := thief.Stamp(bare, whole())
		must(t, err)
		c, err := carrierOf(stamped)
		must(t, err)
		store := onlyStore(t, stamped)
		cases := []struct {
			name  string
			data  []byte
			want  []Reason
			about string
			state State
		}{
			{"a pixel", flipped(stamped, len(stamped)-40), []Reason{ReasonPictureChanged}, "", StateInvalid},
			{"bytes behind the end", append(bytes.Clone(stamped), "more"...), []Reason{ReasonPictureChanged}, "", StateInvalid},
			{"the XMP", replaced(t, stamped, "Acme &amp; S", "Thief&amp; S"), []Reason{ReasonPictureChanged}, "", StateInvalid},
			{"a statement", replaced(t, stamped, "\x6edemo's <model>", "\x6edemo's <modem>"), []Reason{ReasonAssertionChanged}, labelRecord, StateInvalid},
			{"the rights", replaced(t, stamped, `"dc:rights":"© 2026 A`, `"dc:rights":"© 2026 B`), []Reason{ReasonAssertionChanged}, labelRights, StateInvalid},
			{"the binding", replaced(t, stamped, "C2PA manifest store", "C2PA manifest stork"), []Reason{ReasonAssertionChanged}, labelDataHash, StateInvalid},
			{"a statement's name", replaced(t, stamped, labelRecord+"\x00", "org.ichimai.recorb\x00"), []Reason{ReasonAssertionMissing, ReasonUndeclared}, labelRecord, StateInvalid},
			{"the claim", replaced(t, stamped, "xmp.iid:00000000-0000-4000-8000-000000000002rcreated", "xmp.iid:00000000-0000-4000-8000-000000000003rcreated"), []Reason{ReasonSignature}, "", StateInvalid},
			{"the manifest gone", without(stamped, []part{store}), []Reason{ReasonRemoved}, "urn:c2pa:00000000-0000-4000-8000-000000000001", StateInvalid},
			{"all gone", bare, nil, "", StateNone},
			{"another signer", theirs, []Reason{ReasonOtherSigner}, "Acme pictures, Acme", StateValid},
			{"another's manifest", withStore(t, stamped, onlyStore(t, theirs).content), []Reason{ReasonOtherSigner, ReasonPictureChanged}, "", StateInvalid},
			{"two manifests", append(append(bytes.Clone(stamped[:store.end]), secondStore(c, store)...), stamped[store.end:]...), []Reason{ReasonMultiple}, "", StateInvalid},
			{"a box cut", withStore(t, stamped, store.content[:len(store.content)-30]), []Reason{ReasonTruncated}, "boxes", StateInvalid},
			{"a box too long", withStore(t, stamped, longer(store.content, typeSignature)), []Reason{ReasonTruncated}, "boxes", StateInvalid},
			{"the signature gone", withStore(t, stamped, renamed(store.content, labelSignature, "c2pa.signatory")), []Reason{ReasonNoSignature}, "", StateInvalid},
			{"the claim gone", withStore(t, stamped, renamed(store.content, "c2cl", "c2cx")), []Reason{ReasonNoClaim}, "", StateInvalid},
			{"no boxes", withStore(t, stamped, nil), map[string][]Reason{"PNG": {ReasonMalformed}, "JPEG": {ReasonRemoved}}[format], "", StateInvalid},
		}
		for _, tc := range cases {
			if tc.name == "no boxes" && format == "JPEG" {
				tc.data = without(stamped, []part{store})
			}
			t.Run(format+"/"+tc.name, func(t *testing.T) {
				r := verify(t, tc.data, s)
				if diff := cmp.Diff(tc.want, reasons(r)); diff != "" {
					t.Errorf("reasons (-want +got):\n%s", diff)
				}
				if r.State != tc.state {
					t.Errorf("state %s, want %s", r.State, tc.state)
				}
				if tc.about != "" && (len(r.Problems) == 0 || r.Problems[0].About != tc.about) {
					t.Errorf("problems %v, want one about %q", r.Problems, tc.about)
				}
				if r.Manifest != nil && strings.Contains(r.Manifest.Statement.Model, "modem") {
					t.Errorf("what was changed is told: %+v", r.Manifest.Statement)
				}
				for _, p := range r.Problems {
					if what := p.What(); what == "" || strings.Contains(what, "{") {
						t.Errorf("%s says %q", p.Reason, what)
					}
				}
			})
		}
	}
}

func flipped(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 1
	return withChecksums(out)
}

// secondStore is the same store once more; in JPEG as another box.
func secondStore(c carrier, store part) []byte {
	wrapped := c.store(store.content)
	if c.name == "JPEG" {
		binary.BigEndian.PutUint16(wrapped[6:], 77)
	}
	return wrapped
}

// longer makes the superbox of a type claim one byte more than there is.
func longer(store []byte, typ string) []byte {
	out := bytes.Clone(store)
	at := bytes.Index(out, []byte(typ+typeSuffix)) - 16
	binary.BigEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:])+1)
	return out
}

// renamed changes the last place of a text: labels of boxes come behind the
// claim that names them, or before it under a type.
func renamed(store []byte, from, to string) []byte {
	out := bytes.Clone(store)
	copy(out[bytes.LastIndex(out, []byte(from)):], to)
	return out
}

// TestNoByteIsFree flips one bit of every byte of a manifest, and of some bytes
// around it: nothing may pass as unchanged, but for the number by which JPEG XT
// tells boxes apart, which says nothing.
func TestNoByteIsFree(t *testing.T) {
	s := newSigner(t, "Acme")
	p := waves(16, 8)
	for format, plain := range map[string][]byte{"PNG": encodePNG(t, p), "JPEG": encodeJPEG(t, p)} {
		data, err := s.Stamp(plain, Statement{})
		must(t, err)
		store := onlyStore(t, data)
		for at := range data {
			inside := at >= store.start && at < store.end
			if !inside && at%11 != 0 || format == "JPEG" && (at == store.start+6 || at == store.start+7) {
				continue
			}
			changed := bytes.Clone(data)
			changed[at] ^= 1 << (at % 8)
			changed = withChecksums(changed)
			r, err := Verifier{Roots: s.Roots(), Now: func() time.Time { return signingTime }}.Verify(changed)
			if err == nil && !r.Broken() && r.State == StateTrusted && !bytes.Equal(changed, data) {
				t.Errorf("%s: byte %d of %d passes, %d into the manifest", format, at, len(data), at-store.start)
			}
		}
	}
}

func TestTruncatedFilesAreTold(t *testing.T) {
	s := newSigner(t, "Acme")
	for format, plain := range plainFiles(t) {
		data, err := s.Stamp(plain, whole())
		must(t, err)
		store := onlyStore(t, data)
		for _, n := range []int{store.start + 5, store.start + 20, (store.start + store.end) / 2, store.end - 1} {
			r := verify(t, data[:n], s)
			if !slices.Contains(reasons(r), ReasonTruncated) || r.State != StateInvalid {
				t.Errorf("%s cut at %d of %d: %v, state %s", format, n, len(data), r.Problems, r.State)
			}
		}
		r := verify(t, data[:len(data)-10], s)
		if !slices.Contains(reasons(r), ReasonPictureChanged) {
			t.Errorf("%s without its end: %v", format, r.Problems)
		}
	}
}

func TestCertificateTimes(t *testing.T) {
	s := newSigner(t, "Acme")
	data, err := s.Stamp(plainFiles(t)["PNG"], Statement{})
	must(t, err)
	for name, at := range map[string]time.Time{"before": signingTime.AddDate(0, 0, -2), "after": signingTime.AddDate(signerYears, 0, 1)} {
		r, err := Verifier{Now: func() time.Time { return at }}.Verify(data)
		must(t, err)
		if diff := cmp.Diff([]Reason{ReasonExpired}, reasons(r)); diff != "" || r.State != StateInvalid {
			t.Errorf("%s: %s, %s", name, diff, r.State)
		}
	}
}

func TestReportAsJSON(t *testing.T) {
	s := newSigner(t, "Acme")
	data, err := s.Stamp(plainFiles(t)["JPEG"], whole())
	must(t, err)
	text, err := json.Marshal(verify(t, data, s))
	must(t, err)
	var back Report
	must(t, json.Unmarshal(text, &back))
	if back.State != StateTrusted || back.Manifest.Statement.Title != whole().Title || *back.Label.Seed != *whole().Seed {
		t.Errorf("%s", text)
	}
}

// Files that the library of the Content Authenticity Initiative has signed.
func TestGoldenFiles(t *testing.T) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(readFile(t, "testdata/root.pem")) {
		t.Fatal("no root")
	}
	at := func() time.Time { return signingTime }
	for _, file := range []string{"es256.png", "ps256.jpg", "ed25519.png", "es384.jpg", "claim1.png"} {
		t.Run(file, func(t *testing.T) {
			data := readFile(t, "testdata/"+file)
			r, err := Verifier{Roots: roots, Now: at}.Verify(data)
			must(t, err)
			if r.State != StateTrusted || r.Broken() || len(r.Notes) > 0 {
				t.Fatalf("state %s, problems %v, notes %v", r.State, r.Problems, r.Notes)
			}
			got := r.Manifest.Statement
			if got.Title != "Golden picture" || got.Source != SourceTrained || got.Owner != "© Golden" || !got.Created.Equal(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)) {
				t.Errorf("statement %+v", got)
			}
			if r.Manifest.Generator != "golden 1" || r.Manifest.Signer.Organisation != "Golden" {
				t.Errorf("generator %q, signer %+v", r.Manifest.Generator, r.Manifest.Signer)
			}
			r, err = Verifier{Roots: roots, Now: at}.Verify(flipped(data, len(data)-20))
			must(t, err)
			if diff := cmp.Diff([]Reason{ReasonPictureChanged}, reasons(r)); diff != "" {
				t.Errorf("with a changed pixel:\n%s", diff)
			}
		})
	}
}
