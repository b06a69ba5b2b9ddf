package provenance

import "strings"

// Reason says what is wrong with a picture's provenance, or what could not be
// told. Its text is in [Finding.What].
type Reason string

// What breaks provenance.
const (
	ReasonTruncated          Reason = "truncated"
	ReasonMalformed          Reason = "malformed"
	ReasonMultiple           Reason = "multiple-manifests"
	ReasonRemoved            Reason = "manifest-removed"
	ReasonUnsupported        Reason = "unsupported"
	ReasonNoClaim            Reason = "claim-missing"
	ReasonNoSignature        Reason = "signature-missing"
	ReasonSignature          Reason = "signature-wrong"
	ReasonAlgorithm          Reason = "algorithm-unsupported"
	ReasonCertificate        Reason = "certificate-unfit"
	ReasonExpired            Reason = "certificate-expired"
	ReasonOtherSigner        Reason = "other-signer"
	ReasonAssertionMissing   Reason = "assertion-missing"
	ReasonAssertionChanged   Reason = "assertion-changed"
	ReasonAssertionMalformed Reason = "assertion-malformed"
	ReasonUndeclared         Reason = "assertion-undeclared"
	ReasonNoActions          Reason = "actions-missing"
	ReasonNoBinding          Reason = "binding-missing"
	ReasonPictureChanged     Reason = "picture-changed"
)

// What is worth knowing and breaks nothing.
const (
	NoteUnknownSigner Reason = "signer-not-checked"
	NoteTimeStamp     Reason = "time-stamp-not-checked"
	NoteIngredients   Reason = "ingredients-not-checked"
	NoteExclusions    Reason = "more-excluded"
	NoteOtherManifest Reason = "label-names-other-manifest"
	NoteLabel         Reason = "label-unreadable"
)

// Finding is one thing that was found out.
type Finding struct {
	Reason Reason `json:"reason"`
	// About is the part that is meant: a label, a field, a name; or "".
	About string `json:"about,omitempty"`
	// Code is the status code of C2PA 2.2, section 15.2.2, or "".
	Code string `json:"code,omitempty"`
}

// meanings are the English texts, with the part in braces, and C2PA's codes.
var meanings = map[Reason]struct{ text, code string }{
	ReasonTruncated:          {"The file or a box of the manifest ends too early: {about}.", ""},
	ReasonMalformed:          {"The manifest is not built as C2PA says: {about}.", "claim.malformed"},
	ReasonMultiple:           {"There are several manifests, so that none counts.", ""},
	ReasonRemoved:            {"The picture was signed and its manifest is gone: {about}.", ""},
	ReasonUnsupported:        {"The manifest uses something that is not read here: {about}.", ""},
	ReasonNoClaim:            {"The manifest has no claim.", "claim.missing"},
	ReasonNoSignature:        {"The manifest has no signature.", "claimSignature.missing"},
	ReasonSignature:          {"The signature does not fit the claim: what it says was changed, or was signed with another key.", "claimSignature.mismatch"},
	ReasonAlgorithm:          {"The signature or a hash is made in a way that C2PA does not allow: {about}.", "algorithm.unsupported"},
	ReasonCertificate:        {"The certificate is not one for signing pictures: {about}.", "signingCredential.invalid"},
	ReasonExpired:            {"The certificate is not valid at this time: {about}.", "signingCredential.expired"},
	ReasonOtherSigner:        {"The signer is none of those that were given: {about}.", "signingCredential.untrusted"},
	ReasonAssertionMissing:   {"A statement that the claim names is gone: {about}.", "assertion.missing"},
	ReasonAssertionChanged:   {"A statement was changed after signing: {about}.", "assertion.hashedURI.mismatch"},
	ReasonAssertionMalformed: {"A statement cannot be read: {about}.", "assertion.cbor.invalid"},
	ReasonUndeclared:         {"A statement was put in that nobody signed: {about}.", "assertion.undeclared"},
	ReasonNoActions:          {"The manifest does not say how the picture came to be.", "assertion.action.malformed"},
	ReasonNoBinding:          {"The manifest is bound to no picture.", "claim.hardBindings.missing"},
	ReasonPictureChanged:     {"The file was changed after signing.", "assertion.dataHash.mismatch"},
	NoteUnknownSigner:        {"Anybody can make such a certificate; no list of known signers was given to compare it with.", "signingCredential.untrusted"},
	NoteTimeStamp:            {"The manifest has a time stamp of a third party, which is not checked here.", ""},
	NoteIngredients:          {"The manifest names other pictures that went into this one, which are not checked here: {about}.", ""},
	NoteExclusions:           {"The signature leaves out further parts of the file: {about}.", "assertion.dataHash.additionalExclusionsPresent"},
	NoteOtherManifest:        {"The XMP names another manifest: {about}.", ""},
	NoteLabel:                {"The XMP cannot be read: {about}.", ""},
}

func finding(r Reason, about string) Finding { return Finding{r, about, meanings[r].code} }

// What says it in English.
func (f Finding) What() string {
	return strings.ReplaceAll(meanings[f.Reason].text, "{about}", f.About)
}
