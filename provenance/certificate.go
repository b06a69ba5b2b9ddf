package provenance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Extended key usages (C2PA 2.2, section 14.4.1). The second is what older
// validators ask for, as the specification advises.
var (
	usageClaimSigning    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 62558, 2, 1}
	usageDocumentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}
)

// How long certificates are valid. Without a time stamp of a third party a signature
// counts as long as its certificate, so that is long.
const (
	rootYears   = 30
	signerYears = 10
)

// identity is a key with its certificate.
type identity struct {
	key         *ecdsa.PrivateKey // P-256
	certificate *x509.Certificate
}

// newRoot makes a certificate authority of its own: trusted by whoever is
// handed its certificate, and by nobody else.
func newRoot(organisation string, now time.Time) (identity, error) {
	return issue(x509.Certificate{
		Subject:               pkix.Name{Organization: []string{organisation}, CommonName: organisation + " root"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(rootYears, 0, 0),
		IsCA:                  true,
		MaxPathLenZero:        true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil)
}

// newEndEntity makes the certificate that signs pictures, by the profile of
// C2PA 2.2, section 14.5.1.
func newEndEntity(organisation string, root identity, now time.Time) (identity, error) {
	end := now.AddDate(signerYears, 0, 0)
	if end.After(root.certificate.NotAfter) {
		end = root.certificate.NotAfter
	}
	return issue(x509.Certificate{
		Subject:               pkix.Name{Organization: []string{organisation}, CommonName: organisation + " pictures"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{usageClaimSigning},
	}, &root)
}

// issue makes a key and its certificate, signed by the issuer or, without one,
// by itself.
func issue(template x509.Certificate, issuer *identity) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return identity{}, fmt.Errorf("make serial number: %w", err)
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	template.SignatureAlgorithm = x509.ECDSAWithSHA256
	if issuer == nil {
		issuer = &identity{key, &template}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, issuer.certificate, key.Public(), crypto.Signer(issuer.key))
	if err != nil {
		return identity{}, fmt.Errorf("make certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return identity{}, fmt.Errorf("make certificate: %w", err)
	}
	return identity{key, certificate}, nil
}
