package studio

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"
)

// AuditEntry records one action. Entries are only ever added, and each holds
// the hash of the one before it, so that a later change shows.
type AuditEntry struct {
	Seq          int64     // from 1, without gaps
	At           time.Time // UTC, milliseconds
	Actor        string    // user's id, or "system"
	ProjectID    string    // "" for the workspace
	Action       string    // such as "picture.approve"
	Object       string    // id of what it was done to
	Detail       json.RawMessage
	PreviousHash string // Hash of entry Seq-1; AuditGenesis for the first
	Hash         string // 64 lower-case hexadecimal digits
}

// AuditGenesis is the PreviousHash of the first entry: 64 zeros.
const AuditGenesis = "0000000000000000000000000000000000000000000000000000000000000000"

// AuditHead is the last entry's number and hash, which are recorded apart from
// the entries: without it a cut-off tail would not show. A workspace without
// entries has the head {0, AuditGenesis}.
type AuditHead struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Validate returns an Invalid error that names the first field that is wrong.
// It looks at what a caller sets, not at number and hashes.
func (e *AuditEntry) Validate() error {
	return firstError(
		checkName("actor", e.Actor),
		checkIDOrNone("project_id", e.ProjectID),
		checkName("action", e.Action),
		checkText("object", e.Object, MaxName),
		checkJSON("detail", e.Detail),
	)
}

// Chain puts the entry behind a head: it sets Seq, PreviousHash and Hash, and
// brings At and Detail into the form in which they are hashed. It returns the
// new head. The entry has to be valid.
func (e *AuditEntry) Chain(head AuditHead) (AuditHead, error) {
	if len(e.Detail) == 0 {
		e.Detail = json.RawMessage("{}")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, e.Detail); err != nil {
		return head, invalidf("detail", "is not JSON", "JSONではありません。")
	}
	e.Detail, e.At = compact.Bytes(), Time(e.At)
	e.Seq, e.PreviousHash = head.Seq+1, head.Hash
	e.Hash = e.Sum()
	return AuditHead{Seq: e.Seq, Hash: e.Hash}, nil
}

// auditDomain sets these hashes apart from all others.
const auditDomain = "ichimai audit 1\n"

// Sum computes the entry's hash: SHA-256, in lower-case hexadecimal, over these
// bytes one after another.
//
//	16 bytes  "ichimai audit 1\n" in ASCII
//	 8 bytes  Seq, unsigned, big-endian
//	 8 bytes  At in milliseconds since 1970-01-01 UTC, two's complement, big-endian
//	          then five fields: Actor, ProjectID, Action, Object, Detail; each is
//	 4 bytes    its length in bytes, unsigned, big-endian
//	 n bytes    its UTF-8 text; Detail is JSON without insignificant white space
//	64 bytes  PreviousHash as its ASCII digits
//
// The lengths keep text from moving between fields unseen.
func (e *AuditEntry) Sum() string {
	data := []byte(auditDomain)
	data = binary.BigEndian.AppendUint64(data, uint64(e.Seq))
	data = binary.BigEndian.AppendUint64(data, uint64(e.At.UnixMilli()))
	for _, field := range []string{e.Actor, e.ProjectID, e.Action, e.Object, string(e.Detail)} {
		data = binary.BigEndian.AppendUint32(data, uint32(len(field)))
		data = append(data, field...)
	}
	data = append(data, e.PreviousHash...)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// AuditFilter picks entries. Zero fields pick all.
type AuditFilter struct {
	ProjectID string
	Actor     string
	Action    string
	Object    string
}
