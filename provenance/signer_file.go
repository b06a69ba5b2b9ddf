package provenance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// pair is a root and the signer that it issued, which one file holds so that
// they cannot come apart.
type pair struct{ root, end identity }

const maxSignerFile = 1 << 16

const (
	pemCert = "CERTIFICATE"
	pemKey  = "PRIVATE KEY" // PKCS #8
)

// readPair reads certificate and key of the root, then of the signer.
func readPair(path string) (pair, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return pair{}, err
	}
	if len(data) > maxSignerFile {
		return pair{}, fault(path, ErrSigner, "%s is too long for a signer's file", path)
	}
	var p pair
	if p.root, data, err = readIdentity(data); err == nil {
		p.end, _, err = readIdentity(data)
	}
	if err == nil {
		err = p.end.certificate.CheckSignatureFrom(p.root.certificate)
	}
	if err != nil {
		return pair{}, fault(path, ErrSigner, "%s does not hold a signer (%v); restore it from a copy, or move it away to have a new one made", path, err)
	}
	return p, nil
}

func readIdentity(data []byte) (identity, []byte, error) {
	certBlock, data := pem.Decode(data)
	keyBlock, data := pem.Decode(data)
	if certBlock == nil || certBlock.Type != pemCert || keyBlock == nil || keyBlock.Type != pemKey {
		return identity{}, nil, errors.New("a certificate or a key is missing")
	}
	certificate, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return identity{}, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return identity{}, nil, err
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() || !samePublic(private.Public(), certificate.PublicKey) {
		return identity{}, nil, errors.New("a key does not fit its certificate")
	}
	return identity{private, certificate}, data, nil
}

// makePair makes a signer. Of two processes that do so at the same time both
// get the one that was there first.
func makePair(path string, o SignerOptions) (pair, error) {
	root, err := newRoot(o.Organisation, o.Now())
	if err != nil {
		return pair{}, err
	}
	end, err := newEndEntity(o.Organisation, root, o.Now())
	if err != nil {
		return pair{}, err
	}
	p := pair{root, end}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return pair{}, err
	}
	err = p.write(path, linkAway)
	if errors.Is(err, fs.ErrExist) {
		return readPair(path)
	}
	return p, err
}

// linkAway is a rename that never replaces a file.
func linkAway(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

// renewed replaces a signer's certificate near its end by one of the same root
// and name.
func renewed(path string, p pair, now time.Time) (pair, error) {
	if now.Add(renewal).Before(p.end.certificate.NotAfter) {
		return p, nil
	}
	if now.After(p.root.certificate.NotAfter) {
		return pair{}, fault(path, ErrSigner, "the root certificate in %s ended on %s; move the file away to have a new one made", path, p.root.certificate.NotAfter.Format(time.DateOnly))
	}
	if p.end.certificate.NotAfter.Equal(p.root.certificate.NotAfter) {
		return p, nil // a new one would end no later
	}
	end, err := newEndEntity(p.end.certificate.Subject.Organization[0], p.root, now)
	if err != nil {
		return pair{}, err
	}
	p.end = end
	return p, p.write(path, os.Rename)
}

func (p pair) write(path string, place func(from, to string) error) error {
	var text bytes.Buffer
	for _, i := range []identity{p.root, p.end} {
		der, err := x509.MarshalPKCS8PrivateKey(i.key)
		if err != nil {
			return err
		}
		text.Write(pemCertificate(i.certificate))
		text.Write(pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}))
	}
	return writeBeside(path, text.Bytes(), place)
}

func pemCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: c.Raw})
}

// writeBeside writes a file that only its owner can read, beside its place, and
// then puts it there.
func writeBeside(path string, data []byte, place func(from, to string) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return place(file.Name(), path)
}
