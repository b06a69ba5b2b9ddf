package provenance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// Labels of COSE headers beside the numbers that go-cose names.
const (
	headerIssuedAt = "iat"     // the claimed time of signing, C2PA 2.2, section 13.2.4
	headerOldChain = "x5chain" // of older writers, section 14.5
	headerPad      = "pad"     // zeros that keep its length, section 10.4.2
)

// timeStampHeaders hold a third party's time stamp, section 10.3.2.5.4.
var timeStampHeaders = []string{"sigTst2", "sigTst"}

// maxChain is the most certificates that are read.
const maxChain = 8

// algorithmOf chooses from the list of C2PA 2.2, section 13.2.1.
func algorithmOf(key crypto.PublicKey) (cose.Algorithm, error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return cose.AlgorithmES256, nil
		case 384:
			return cose.AlgorithmES384, nil
		case 521:
			return cose.AlgorithmES512, nil
		}
	case ed25519.PublicKey:
		return cose.AlgorithmEdDSA, nil
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return cose.AlgorithmPS256, nil
		}
	}
	return 0, fmt.Errorf("keys of the kind %T are not for C2PA", key)
}

// coseSign is a COSE_Sign1_Tagged (RFC 9052) over a claim that it does not hold.
func (s *Signer) coseSign(claim []byte, at time.Time) ([]byte, error) {
	algorithm, err := algorithmOf(s.key.Public())
	if err != nil {
		return nil, err
	}
	signer, err := cose.NewSigner(algorithm, s.key)
	if err != nil {
		return nil, err
	}
	m := cose.NewSign1Message()
	m.Headers.Protected.SetAlgorithm(algorithm)
	m.Headers.Protected[cose.HeaderLabelX5Chain] = chainValue(s.chain)
	m.Headers.Protected[headerIssuedAt] = at.Unix()
	m.Payload = claim
	if err := m.Sign(rand.Reader, nil, signer); err != nil {
		return nil, err
	}
	m.Payload = nil
	return m.MarshalCBOR()
}

// chainValue is an x5chain (RFC 9360): one byte string, or a list of several.
func chainValue(chain []*x509.Certificate) any {
	if len(chain) == 1 {
		return chain[0].Raw
	}
	var list [][]byte
	for _, c := range chain {
		list = append(list, c.Raw)
	}
	return list
}

// signature is a COSE signature that was read.
type signature struct {
	message   cose.Sign1Message
	algorithm cose.Algorithm
	chain     []*x509.Certificate
	signedAt  time.Time // zero where it does not say
	stamped   bool      // it has a third party's time stamp
}

// readSignature reads a signature without verifying it; about says what is
// wrong with it.
func readSignature(data []byte) (s signature, about string) {
	if err := cborReader.Wellformed(data); err != nil {
		return s, err.Error()
	}
	if err := s.message.UnmarshalCBOR(data); err != nil {
		return s, err.Error()
	}
	if s.message.Payload != nil {
		return s, "the signature holds a claim of its own"
	}
	var err error
	if s.algorithm, err = s.message.Headers.Protected.Algorithm(); err != nil {
		return s, err.Error()
	}
	protected, unprotected := s.message.Headers.Protected, s.message.Headers.Unprotected
	if s.chain, err = readChain(protected, unprotected); err != nil {
		return s, err.Error()
	}
	switch at := protected[headerIssuedAt].(type) {
	case int64:
		s.signedAt = plausible(time.Unix(at, 0))
	case float64:
		s.signedAt = plausible(time.Unix(int64(at), 0))
	}
	if pad, ok := unprotected[headerPad].([]byte); ok && len(bytes.Trim(pad, "\x00")) > 0 {
		return s, "there is something in its padding"
	}
	for _, label := range timeStampHeaders {
		_, there := unprotected[label]
		s.stamped = s.stamped || there
	}
	return s, ""
}

// readChain finds the certificates under the label of today, else of older
// writers, in one of the two buckets and not in both (section 14.5).
func readChain(protected cose.ProtectedHeader, unprotected cose.UnprotectedHeader) ([]*x509.Certificate, error) {
	for _, label := range []any{cose.HeaderLabelX5Chain, headerOldChain} {
		value, inProtected := protected[label]
		other, inUnprotected := unprotected[label]
		switch {
		case inProtected && inUnprotected:
			return nil, errors.New("the signature has two chains of certificates")
		case inUnprotected:
			value = other
		case !inProtected:
			continue
		}
		return parseChain(value)
	}
	return nil, errors.New("the signature has no certificate")
}

func parseChain(value any) (chain []*x509.Certificate, err error) {
	var list []any
	switch v := value.(type) {
	case []byte:
		list = []any{v}
	case []any:
		list = v
	}
	if len(list) == 0 || len(list) > maxChain {
		return nil, errors.New("the chain of certificates is empty or too long")
	}
	for _, item := range list {
		der, ok := item.([]byte)
		if !ok {
			return nil, errors.New("the chain of certificates has something else in it")
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// verify checks the signature over a claim.
func (s signature) verify(claim []byte) error {
	verifier, err := cose.NewVerifier(s.algorithm, s.chain[0].PublicKey)
	if err != nil {
		return err
	}
	m := s.message
	m.Payload = claim
	return m.Verify(nil, verifier)
}

// cborWriter writes the deterministic encoding that C2PA asks for (RFC 8949,
// section 4.2.1), with times as tagged texts.
var cborWriter = func() cbor.EncMode {
	o := cbor.CoreDetEncOptions()
	o.Time, o.TimeTag = cbor.TimeRFC3339, cbor.EncTagRequired
	mode, err := o.EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

// cborReader reads CBOR of strangers within bounds.
var cborReader = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 16, MaxArrayElements: 4096, MaxMapPairs: 4096,
		UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()
