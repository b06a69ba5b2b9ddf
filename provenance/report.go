package provenance

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// State is what a picture's C2PA manifest is worth (C2PA 2.2, section 14.3).
type State string

// States.
const (
	StateNone    State = "none"    // there is no manifest
	StateInvalid State = "invalid" // there is, and something is wrong: see Problems
	StateValid   State = "valid"   // nothing was changed since it was signed, by whoever it was
	StateTrusted State = "trusted" // the same, and the signer is one of those that were given
)

// Check is the result of one step.
type Check string

// Results; what could not be checked because of something else is unknown.
const (
	CheckUnknown Check = "unknown"
	CheckGood    Check = "good"
	CheckBad     Check = "bad"
)

// Report is what a file says of itself and what that is worth.
type Report struct {
	Format   string    `json:"format"` // PNG or JPEG
	State    State     `json:"state"`
	Problems []Finding `json:"problems,omitempty"`
	Notes    []Finding `json:"notes,omitempty"`
	Manifest *Manifest `json:"manifest,omitempty"`
	// Label is what the XMP says. Its hash is part of the signature of a manifest; without
	// one anybody can have written it.
	Label *Statement `json:"label,omitempty"`
}

// Broken reports that something is wrong, which no manifest at all is not.
func (r Report) Broken() bool { return len(r.Problems) > 0 }

// Manifest is the active manifest of a file.
type Manifest struct {
	ID        string `json:"id"`
	Generator string `json:"generator,omitempty"` // the program that made it
	// Signature: the claim is as it was signed.
	Signature Check `json:"signature"`
	// Assertions: every statement is as the claim says.
	Assertions Check `json:"assertions"`
	// Picture: the file, its metadata included, is as it was signed.
	Picture Check `json:"picture"`
	// Signer is the certificate, nil where it cannot be read.
	Signer *Certificate `json:"signer,omitempty"`
	// SignedAt is when the signer says that it was; nobody confirms it.
	SignedAt time.Time `json:"signed_at,omitzero"`
	// Actions are what was done, such as c2pa.created.
	Actions []string `json:"actions,omitempty"`
	// Labels are those of the assertions.
	Labels []string `json:"assertion_labels,omitempty"`
	// Statement is what the assertions say that we know.
	Statement Statement `json:"statement"`
}

// Certificate is who signed.
type Certificate struct {
	Name         string    `json:"name"`
	Organisation string    `json:"organisation,omitempty"`
	Issuer       string    `json:"issuer"`
	Serial       string    `json:"serial"` // in hexadecimal
	NotBefore    time.Time `json:"not_before"`
	NotAfter     time.Time `json:"not_after"`
	SHA256       string    `json:"sha256"`
	// Known: it was issued by one of the roots that were given.
	Known bool `json:"known"`
}

func newCertificate(c *x509.Certificate) *Certificate {
	hash := sha256.Sum256(c.Raw)
	out := &Certificate{
		Name: c.Subject.CommonName, Issuer: c.Issuer.CommonName, Serial: c.SerialNumber.Text(16),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(hash[:]),
	}
	if len(c.Subject.Organization) > 0 {
		out.Organisation = c.Subject.Organization[0]
	}
	return out
}

func (r *Report) problem(why Reason, about string) {
	r.Problems = append(r.Problems, finding(why, about))
}

func (r *Report) note(why Reason, about string) { r.Notes = append(r.Notes, finding(why, about)) }
