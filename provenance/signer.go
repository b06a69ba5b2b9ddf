package provenance

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// signerFile in a signer's folder has both keys and certificates, for nobody else's eyes.
const signerFile = "signer.pem"

// RootFile in a signer's folder has the root's certificate, to hand to those who verify.
const RootFile = "root.pem"

// renewal is how long before its end a certificate is replaced.
const renewal = 30 * 24 * time.Hour

// Signer signs pictures.
type Signer struct {
	key   crypto.Signer
	chain []*x509.Certificate // the signer's first, then its issuers' without the root
	root  *x509.Certificate   // nil where the root is not ours
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// NewID makes the UUIDs of manifests and pictures, random ones if nil.
	NewID func() string
}

// SignerOptions are for a signer that is made anew. The zero value is of use.
type SignerOptions struct {
	// Organisation is the name in the certificates; by default [Tool].
	Organisation string
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// OpenSigner reads the signer that a folder holds. Where there is none it makes
// one: a root certificate of its own and a certificate for signing pictures, with keys
// on P-256, in signer.pem, which only its owner can read, and the root's certificate by
// itself in root.pem. A certificate near its end is replaced by one of the same
// root. The root is on no public list: programs of others call the signer
// unknown until they are given root.pem.
func OpenSigner(dir string, o SignerOptions) (*Signer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Organisation == "" {
		o.Organisation = Tool
	}
	if err := checkTexts(map[string]string{"the organisation": o.Organisation}, 50, false); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, signerFile)
	pair, err := readPair(path)
	if errors.Is(err, fs.ErrNotExist) {
		pair, err = makePair(path, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open signer: %w", err)
	}
	if pair, err = renewed(path, pair, o.Now()); err != nil {
		return nil, fmt.Errorf("renew signer: %w", err)
	}
	s := &Signer{key: pair.end.key, chain: []*x509.Certificate{pair.end.certificate}, root: pair.root.certificate, Now: o.Now}
	if err := s.exportRoot(filepath.Join(dir, RootFile)); err != nil {
		return nil, fmt.Errorf("open signer: %w", err)
	}
	return s, nil
}

// NewSigner is a signer with a certificate from elsewhere, such as a public
// authority: its key, and the chain from its certificate on, with or without the
// root. The certificate must be one that [Verify] takes.
func NewSigner(key crypto.Signer, chain []*x509.Certificate) (*Signer, error) {
	if len(chain) == 0 {
		return nil, fault("", ErrSigner, "there is no certificate")
	}
	if !samePublic(key.Public(), chain[0].PublicKey) {
		return nil, fault("", ErrSigner, "the key is not that of the certificate %s", chain[0].Subject)
	}
	if what := unfit(chain[0]); what != "" {
		return nil, fault("", ErrSigner, "the certificate %s cannot sign pictures: %s", chain[0].Subject, what)
	}
	if _, err := algorithmOf(key.Public()); err != nil {
		return nil, fault("", ErrSigner, "%v", err)
	}
	s := &Signer{key: key}
	for _, c := range chain {
		if c.CheckSignatureFrom(c) != nil { // a root stays out, section 14.5
			s.chain = append(s.chain, c)
		} else {
			s.root = c
		}
	}
	return s, nil
}

// Roots holds the signer's root, for [Verify]; it is empty where the root is not known.
func (s *Signer) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	if s.root != nil {
		pool.AddCert(s.root)
	}
	return pool
}

// Certificate is what readers will be shown.
func (s *Signer) Certificate() Certificate { return *newCertificate(s.chain[0]) }

func (s *Signer) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// id is a UUID of version 4 (RFC 9562).
func (s *Signer) id() string {
	if s.NewID != nil {
		return s.NewID()
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func samePublic(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// exportRoot writes the root's certificate where it is not yet.
func (s *Signer) exportRoot(path string) error {
	text := pemCertificate(s.root)
	if had, err := os.ReadFile(path); err == nil && string(had) == string(text) {
		return nil
	}
	return writeBeside(path, text, os.Rename)
}
