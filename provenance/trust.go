package provenance

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"
)

// Extended key usages of other trades, which exclude signing claims.
var foreignUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageTimeStamping, x509.ExtKeyUsageOCSPSigning}

// unfit says why a certificate may not sign claims (C2PA 2.2, section
// 14.5.1.1), "" where it may.
func unfit(c *x509.Certificate) string {
	switch {
	case c.Version != 3:
		return "it is not X.509 version 3"
	case c.IsCA:
		return "it is for signing certificates"
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return "its key usage has no digitalSignature"
	case c.KeyUsage&x509.KeyUsageCertSign != 0:
		return "its key usage has keyCertSign"
	case len(c.AuthorityKeyId) == 0:
		return "it does not name its issuer's key"
	case slices.ContainsFunc(c.ExtKeyUsage, func(u x509.ExtKeyUsage) bool { return slices.Contains(foreignUsages, u) }):
		return "its extended key usage is for anything, time stamps or OCSP"
	case !signsClaims(c):
		return "its extended key usage has none of c2pa-kp-claimSigning, emailProtection and documentSigning"
	case !slices.Contains(signatureAlgorithms, c.SignatureAlgorithm):
		return "it is signed with " + c.SignatureAlgorithm.String()
	case len(c.UnhandledCriticalExtensions) > 0:
		return "it has an extension that is not known here"
	}
	return unfitKey(c)
}

func signsClaims(c *x509.Certificate) bool {
	known := func(id asn1.ObjectIdentifier) bool {
		return id.Equal(usageClaimSigning) || id.Equal(usageDocumentSigning)
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) || slices.ContainsFunc(c.UnknownExtKeyUsage, known)
}

var signatureAlgorithms = []x509.SignatureAlgorithm{
	x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
	x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS, x509.PureEd25519,
}

func unfitKey(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize >= 256 {
			return ""
		}
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n >= 2048 && n <= 16384 {
			return ""
		}
	case ed25519.PublicKey:
		return ""
	}
	return "its key is too short or of another kind"
}

// knows reports that a chain leads to one of the roots at a time.
func knows(roots *x509.CertPool, chain []*x509.Certificate, at time.Time) bool {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // signsClaims looked at them
	})
	return err == nil
}
