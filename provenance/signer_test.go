package provenance

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func options(at time.Time) SignerOptions {
	return SignerOptions{Organisation: "Acme", Now: func() time.Time { return at }}
}

func TestOpenSigner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	first, err := OpenSigner(dir, options(signingTime))
	must(t, err)
	second, err := OpenSigner(dir, SignerOptions{Organisation: "Other", Now: options(signingTime).Now})
	must(t, err)
	if first.Certificate() != second.Certificate() {
		t.Error("the same folder gives another signer")
	}
	for _, name := range []string{signerFile, RootFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("%d files are left", len(entries))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(readFile(t, filepath.Join(dir, RootFile))) || !roots.Equal(first.Roots()) {
		t.Error("root.pem is not the root")
	}
	if strings.Contains(string(readFile(t, filepath.Join(dir, RootFile))), "PRIVATE") {
		t.Error("root.pem has a key in it")
	}
}

// TestCertificateProfile checks what C2PA 2.2, section 14.5.1, asks for.
func TestCertificateProfile(t *testing.T) {
	s := newSigner(t, "Acme")
	end, root := s.chain[0], s.root
	if what := unfit(end); what != "" {
		t.Error(what)
	}
	if unfit(root) == "" {
		t.Error("the root may sign pictures")
	}
	if len(s.chain) != 1 || end.IsCA || !root.IsCA || end.Version != 3 || end.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("chain of %d, key usage %b", len(s.chain), end.KeyUsage)
	}
	if len(end.UnknownExtKeyUsage) != 1 || !end.UnknownExtKeyUsage[0].Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 62558, 2, 1}) {
		t.Errorf("extended key usages %v", end.UnknownExtKeyUsage)
	}
	if len(end.AuthorityKeyId) == 0 || string(end.AuthorityKeyId) != string(root.SubjectKeyId) {
		t.Error("the issuer's key is not named")
	}
	if !end.NotAfter.Equal(signingTime.AddDate(signerYears, 0, 0)) || !root.NotAfter.Equal(signingTime.AddDate(rootYears, 0, 0)) {
		t.Errorf("valid to %s and %s", end.NotAfter, root.NotAfter)
	}
}

func TestSignersOfOneFolderAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	found := make([]Certificate, 8)
	for i := range found {
		all.Go(func() {
			s, err := OpenSigner(dir, options(signingTime))
			if err != nil {
				t.Error(err)
				return
			}
			found[i] = s.Certificate()
		})
	}
	all.Wait()
	for _, c := range found {
		if c != found[0] {
			t.Fatal("several signers were made")
		}
	}
}

func TestSignerIsRenewed(t *testing.T) {
	dir := t.TempDir()
	old, err := OpenSigner(dir, options(signingTime))
	must(t, err)
	later := signingTime.AddDate(signerYears, 0, -10)
	s, err := OpenSigner(dir, options(later))
	must(t, err)
	if s.Certificate() == old.Certificate() || !s.Roots().Equal(old.Roots()) || s.Certificate().Organisation != "Acme" {
		t.Errorf("certificate %+v", s.Certificate())
	}
	again, err := OpenSigner(dir, options(later))
	must(t, err)
	if again.Certificate() != s.Certificate() {
		t.Error("the new certificate was not kept")
	}
	if _, err := OpenSigner(dir, options(signingTime.AddDate(rootYears, 0, 1))); !errors.Is(err, ErrSigner) {
		t.Errorf("after the root's end: %v", err)
	}
}

func TestBadSignerFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenSigner(dir, options(signingTime))
	must(t, err)
	path := filepath.Join(dir, signerFile)
	good := string(readFile(t, path))
	other, err := OpenSigner(t.TempDir(), options(signingTime))
	must(t, err)
	parts := strings.SplitAfter(good, "-----END PRIVATE KEY-----\n")
	for name, content := range map[string]string{
		"empty": "", "no PEM": "hello", "half": parts[0], "swapped": parts[1] + parts[0],
		"other root": string(pemCertificate(other.root)) + parts[0][strings.Index(parts[0], "-----BEGIN PRIVATE"):] + parts[1],
		"long":       good + strings.Repeat("\n", maxSignerFile),
	} {
		must(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := OpenSigner(dir, options(signingTime))
		var e *Error
		if !errors.As(err, &e) || e.Kind != ErrSigner || e.Name != path {
			t.Errorf("%s: %v", name, err)
		}
		if string(readFile(t, path)) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := OpenSigner(dir, SignerOptions{Organisation: "a\nb"}); !errors.Is(err, ErrText) {
		t.Errorf("a name of two lines: %v", err)
	}
}

// NewSigner takes certificates of other kinds, and Verify their signatures.
func TestNewSigner(t *testing.T) {
	root, err := newRoot("Elsewhere", signingTime)
	must(t, err)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	template := func() *x509.Certificate {
		end, err := newEndEntity("Elsewhere", root, signingTime)
		must(t, err)
		c := *end.certificate
		c.SignatureAlgorithm = 0
		return &c
	}
	issue := func(c *x509.Certificate, public any) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, c, root.certificate, public, root.key)
		must(t, err)
		out, err := x509.ParseCertificate(der)
		must(t, err)
		return out
	}
	t.Run("OK", func(t *testing.T) {
		for _, s := range []*Signer{
			mustSigner(t)(NewSigner(edwards, []*x509.Certificate{issue(template(), edwards.Public()), root.certificate})),
			mustSigner(t)(NewSigner(curve, []*x509.Certificate{issue(template(), curve.Public()), root.certificate})),
		} {
			s.Now = func() time.Time { return signingTime }
			data, err := s.Stamp(plainFiles(t)["PNG"], Statement{})
			must(t, err)
			if r := verify(t, data, s); r.State != StateTrusted || len(s.chain) != 1 {
				t.Errorf("state %s, problems %v, chain of %d", r.State, r.Problems, len(s.chain))
			}
		}
	})
	anything := template()
	anything.ExtKeyUsage, anything.UnknownExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, nil
	server := template()
	server.ExtKeyUsage, server.UnknownExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, nil
	for name, certificate := range map[string]*x509.Certificate{
		"ErrAuthority": root.certificate, "ErrAnyUsage": issue(anything, curve.Public()), "ErrServer": issue(server, curve.Public()),
		"ErrOtherKey": issue(template(), edwards.Public()),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewSigner(curve, []*x509.Certificate{certificate}); !errors.Is(err, ErrSigner) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := NewSigner(curve, nil); !errors.Is(err, ErrSigner) {
		t.Errorf("without a certificate: %v", err)
	}
}

func mustSigner(t *testing.T) func(*Signer, error) *Signer {
	return func(s *Signer, err error) *Signer {
		t.Helper()
		must(t, err)
		return s
	}
}
