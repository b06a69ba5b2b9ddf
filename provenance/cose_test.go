package provenance

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"github.com/veraison/go-cose"
)

func TestReadSignature(t *testing.T) {
	s := newSigner(t, "Acme")
	data, err := s.coseSign([]byte("claim"), signingTime)
	must(t, err)
	edited := func(edit func(*cose.Sign1Message)) []byte {
		var m cose.Sign1Message
		must(t, m.UnmarshalCBOR(data))
		m.Headers.RawProtected, m.Headers.RawUnprotected = nil, nil
		edit(&m)
		out, err := m.MarshalCBOR()
		must(t, err)
		return out
	}
	der := s.chain[0].Raw
	for name, tc := range map[string]struct {
		data []byte
		says string // "" where it is read
	}{
		"as signed":     {data, ""},
		"padded":        {edited(func(m *cose.Sign1Message) { m.Headers.Unprotected["pad"] = make([]byte, 9) }), ""},
		"pad with text": {edited(func(m *cose.Sign1Message) { m.Headers.Unprotected["pad"] = []byte("\x00a\x00") }), "padding"},
		"own claim":     {edited(func(m *cose.Sign1Message) { m.Payload = []byte("claim") }), "claim of its own"},
		"two chains":    {edited(func(m *cose.Sign1Message) { m.Headers.Unprotected[cose.HeaderLabelX5Chain] = der }), "two chains"},
		"older label": {edited(func(m *cose.Sign1Message) {
			delete(m.Headers.Protected, cose.HeaderLabelX5Chain)
			m.Headers.Unprotected["x5chain"] = []any{der, s.root.Raw}
		}), ""},
		"no chain":       {edited(func(m *cose.Sign1Message) { delete(m.Headers.Protected, cose.HeaderLabelX5Chain) }), "no certificate"},
		"empty chain":    {edited(func(m *cose.Sign1Message) { m.Headers.Protected[cose.HeaderLabelX5Chain] = []any{} }), "empty or too long"},
		"no certificate": {edited(func(m *cose.Sign1Message) { m.Headers.Protected[cose.HeaderLabelX5Chain] = []byte("x") }), "x509"},
		"numbers":        {edited(func(m *cose.Sign1Message) { m.Headers.Protected[cose.HeaderLabelX5Chain] = []any{1} }), "something else"},
		"no algorithm":   {edited(func(m *cose.Sign1Message) { delete(m.Headers.Protected, cose.HeaderLabelAlgorithm) }), "algorithm"},
		"not tagged":     {data[1:], "COSE_Sign1_Tagged"},
		"cut":            {data[:len(data)-1], "EOF"},
	} {
		got, about := readSignature(tc.data)
		if tc.says == "" && (about != "" || len(got.chain) == 0) || !strings.Contains(about, tc.says) {
			t.Errorf("%s: %q, want %q", name, about, tc.says)
		}
	}
	got, _ := readSignature(data)
	if got.verify([]byte("claim")) != nil || got.verify([]byte("clain")) == nil || !got.signedAt.Equal(signingTime) {
		t.Errorf("signed at %s", got.signedAt)
	}
	got.algorithm = cose.AlgorithmPS256
	if got.verify([]byte("claim")) == nil {
		t.Error("a key of another kind is taken")
	}
	if allowedAlgorithm(cose.AlgorithmRS256) || !allowedAlgorithm(cose.AlgorithmES512) {
		t.Error("the wrong algorithms are allowed")
	}
}

func TestUnfitCertificates(t *testing.T) {
	good := *newSigner(t, "Acme").chain[0]
	for name, tc := range map[string]struct {
		edit func(*x509.Certificate)
		says string
	}{
		"good":      {func(*x509.Certificate) {}, ""},
		"old":       {func(c *x509.Certificate) { c.Version = 1 }, "version 3"},
		"authority": {func(c *x509.Certificate) { c.IsCA = true }, "signing certificates"},
		"key usage": {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }, "digitalSignature"},
		"both":      {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, "keyCertSign"},
		"no issuer": {func(c *x509.Certificate) { c.AuthorityKeyId = nil }, "issuer"},
		"anything": {func(c *x509.Certificate) {
			c.ExtKeyUsage = append([]x509.ExtKeyUsage{x509.ExtKeyUsageAny}, c.ExtKeyUsage...)
		}, "anything"},
		"no usage": {func(c *x509.Certificate) { c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, nil }, "has none of"},
		"documents": {func(c *x509.Certificate) {
			c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{usageDocumentSigning}
		}, ""},
		"SHA-1":      {func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, "signed with"},
		"strange":    {func(c *x509.Certificate) { c.UnhandledCriticalExtensions = []asn1.ObjectIdentifier{{1, 2}} }, "extension"},
		"no key":     {func(c *x509.Certificate) { c.PublicKey = nil }, "key"},
		"other name": {func(c *x509.Certificate) { c.Subject = pkix.Name{} }, ""},
	} {
		c := good
		tc.edit(&c)
		if got := unfit(&c); (got == "") != (tc.says == "") || !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q", name, got, tc.says)
		}
	}
}
