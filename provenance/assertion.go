package provenance

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"hash"
	"time"
)

// Labels of boxes (C2PA 2.2, sections 11.1.4 and 18).
const (
	labelStore      = "c2pa"
	labelAssertions = "c2pa.assertions"
	labelClaim      = "c2pa.claim.v2"
	labelClaim1     = "c2pa.claim" // of older writers
	labelSignature  = "c2pa.signature"
	labelActions    = "c2pa.actions.v2"
	labelActions1   = "c2pa.actions"
	labelDataHash   = "c2pa.hash.data"
	labelIngredient = "c2pa.ingredient"
	labelRecord     = "org.ichimai.record"
	labelRights     = "cawg.metadata"
)

const (
	uriPrefix   = "self#jumbf="
	algSHA256   = "sha256"
	actionBegin = "c2pa.created"
)

// claim is a claim-map-v2 (section 10.2.1).
type claim struct {
	InstanceID string        `cbor:"instanceID"`
	Generator  generatorInfo `cbor:"claim_generator_info"`
	Signature  string        `cbor:"signature"`
	Created    []hashedURI   `cbor:"created_assertions"`
	// Gathered come from people and not from this program, so that the signer
	// only says that they were there.
	Gathered []hashedURI `cbor:"gathered_assertions,omitempty"`
	Title    string      `cbor:"dc:title,omitempty"`
	Alg      string      `cbor:"alg"`
}

type generatorInfo struct {
	Name    string `cbor:"name"`
	Version string `cbor:"version,omitempty"`
}

// hashedURI is a hashed-uri-map (section 8.4.2.1).
type hashedURI struct {
	URL  string `cbor:"url"`
	Alg  string `cbor:"alg,omitempty"`
	Hash []byte `cbor:"hash"`
}

// actions is an actions-map-v2 (section 18.14.12).
type actions struct {
	Actions []action `cbor:"actions"`
}

type action struct {
	Action string         `cbor:"action"`
	When   *time.Time     `cbor:"when,omitempty"`
	Agent  *generatorInfo `cbor:"softwareAgent,omitempty"`
	Source string         `cbor:"digitalSourceType,omitempty"`
}

// dataHash is a data-hash-map (section 18.5.2).
type dataHash struct {
	Exclusions []exclusion `cbor:"exclusions"`
	Alg        string      `cbor:"alg"`
	Hash       []byte      `cbor:"hash"`
	Pad        []byte      `cbor:"pad"`
	Name       string      `cbor:"name"`
}

type exclusion struct {
	Start  uint64 `cbor:"start"`
	Length uint64 `cbor:"length"`
}

// record is our own assertion: what drew the picture.
type record struct {
	Tool       string   `cbor:"tool"`
	Version    string   `cbor:"tool_version,omitempty"`
	Model      string   `cbor:"model,omitempty"`
	ModelHash  string   `cbor:"model_sha256,omitempty"`
	Concepts   []string `cbor:"concepts,omitempty"`
	Seed       *uint64  `cbor:"seed,omitempty"`
	PromptHash string   `cbor:"prompt_sha256,omitempty"`
	Watermark  *uint32  `cbor:"watermark,omitempty"`
}

// assertion is a box of the assertion store.
type assertion struct {
	label string
	box   []byte
}

// cborAssertion is an assertion whose content is CBOR.
func cborAssertion(label string, content any) (assertion, error) {
	data, err := cborWriter.Marshal(content)
	if err != nil {
		return assertion{}, fmt.Errorf("encode %s: %w", label, err)
	}
	return assertion{label, superbox(typeCBOR, label, appendBox(nil, "cbor", data))}, nil
}

// uri refers to the assertion from its manifest, with the hash of its box's
// content (section 8.4.2.3).
func (a assertion) uri() hashedURI {
	sum := sha256.Sum256(a.box[8:])
	return hashedURI{URL: uriPrefix + labelAssertions + "/" + a.label, Hash: sum[:]}
}

func (s Statement) actionsAssertion() (assertion, error) {
	a := action{Action: actionBegin, Agent: &generatorInfo{s.Tool, s.ToolVersion}, Source: s.Source}
	if !s.Created.IsZero() {
		a.When = &s.Created
	}
	return cborAssertion(labelActions, actions{[]action{a}})
}

func (s Statement) recordAssertion() (assertion, error) {
	return cborAssertion(labelRecord, record{s.Tool, s.ToolVersion, s.Model, s.ModelHash, s.Concepts, s.Seed, s.PromptHash, s.Watermark})
}

// rights is a metadata assertion in JSON-LD (section 18.16.2).
type rights struct {
	Context map[string]string `json:"@context"`
	Owner   string            `json:"dc:rights,omitempty"`
	Licence string            `json:"xmpRights:UsageTerms,omitempty"`
}

// rightsAssertion is what people say of the owner and the licence; ok is false
// where they say nothing.
func (s Statement) rightsAssertion() (a assertion, ok bool, err error) {
	if s.Owner == "" && s.Licence == "" {
		return a, false, nil
	}
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false)
	err = e.Encode(rights{map[string]string{"dc": nsDC, "xmpRights": nsRights}, s.Owner, s.Licence})
	if err != nil {
		return a, false, fmt.Errorf("encode %s: %w", labelRights, err)
	}
	content := appendBox(nil, "json", bytes.TrimSpace(data.Bytes()))
	return assertion{labelRights, superbox(typeJSON, labelRights, content)}, true, nil
}

// hashOf makes the hash of a name on the list of section 13.1, nil for others.
func hashOf(name string) hash.Hash {
	switch name {
	case algSHA256:
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}
