package studio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// auditLine is a line of an exported record: an entry, or at the end the head.
type auditLine struct {
	Seq          int64           `json:"seq"`
	At           string          `json:"at"` // RFC 3339 with three digits of a second
	Actor        string          `json:"actor"`
	ProjectID    string          `json:"project"`
	Action       string          `json:"action"`
	Object       string          `json:"object"`
	Detail       json.RawMessage `json:"detail"`
	PreviousHash string          `json:"previous_hash"`
	Hash         string          `json:"hash"`
}

type auditLast struct {
	Head *AuditHead `json:"head"`
}

const auditTime = "2006-01-02T15:04:05.000Z"

// maxAuditLine bounds a line, in bytes: a detail, the texts, and their quoting.
const maxAuditLine = 4 * MaxJSON

// WriteAudit writes entries as JSON lines, UTF-8 with "\n" after each, and the
// head as the last line: {"head":{"seq":2,"hash":"..."}}. It returns the head.
// It writes what it is given; VerifyAuditFile tells whether that is sound.
func WriteAudit(w io.Writer, entries iter.Seq2[AuditEntry, error]) (AuditHead, error) {
	head := AuditHead{Hash: AuditGenesis}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false) // keeps a detail's bytes, which are hashed
	for e, err := range entries {
		if err != nil {
			return head, err
		}
		line := auditLine{e.Seq, e.At.UTC().Format(auditTime), e.Actor, e.ProjectID, e.Action, e.Object, e.Detail, e.PreviousHash, e.Hash}
		if err := out.Encode(line); err != nil {
			return head, fmt.Errorf("write audit entry %d: %w", e.Seq, err)
		}
		head = AuditHead{Seq: e.Seq, Hash: e.Hash}
	}
	if err := out.Encode(auditLast{&head}); err != nil {
		return head, fmt.Errorf("write audit head: %w", err)
	}
	return head, nil
}

// VerifyAuditFile checks what WriteAudit wrote, as VerifyAudit does, and that
// the file ends with its head's line. noted, where it is not nil, is the head as
// it was kept elsewhere at some time, and the record has to lead through it:
// without it a file whose end was rewritten as a whole passes.
func VerifyAuditFile(r io.Reader, noted *AuditHead) (AuditHead, error) {
	f := &auditReader{lines: bufio.NewScanner(r)}
	f.lines.Buffer(nil, maxAuditLine)
	head, err := VerifyAudit(ThroughHead(f.entries, noted), nil)
	if err != nil {
		return head, err
	}
	if f.head == nil {
		return head, &AuditError{head.Seq + 1, AuditRemoved, "the file ends without its last line, the head"}
	}
	return head, head.reach(f.head)
}

// reach compares the head of entries with one that was recorded.
func (h AuditHead) reach(want *AuditHead) error {
	switch {
	case want == nil || h == *want:
		return nil
	case h.Seq < want.Seq:
		return &AuditError{h.Seq + 1, AuditRemoved, fmt.Sprintf("the record ends before it, and had %d entries", want.Seq)}
	case h.Seq > want.Seq:
		return &AuditError{want.Seq + 1, AuditInserted, fmt.Sprintf("the record had %d entries", want.Seq)}
	}
	return errRewritten(h.Seq)
}

type auditReader struct {
	lines *bufio.Scanner
	head  *AuditHead // once its line was read
	seq   int64      // of the last entry
}

// entries yields the file's entries. What is no entry is an error at the place
// of the entry that should be there.
func (f *auditReader) entries(yield func(AuditEntry, error) bool) {
	for f.lines.Scan() {
		line := f.lines.Bytes()
		if f.head != nil {
			yield(AuditEntry{}, &AuditError{f.seq + 1, AuditInserted, "there is a line behind the head"})
			return
		}
		if f.head = parseHead(line); f.head != nil {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			yield(AuditEntry{}, &AuditError{f.seq + 1, AuditEdited, "its line is not an entry: " + err.Error()})
			return
		}
		f.seq++
		if !yield(e, nil) {
			return
		}
	}
	if err := f.lines.Err(); err != nil {
		yield(AuditEntry{}, fmt.Errorf("read audit file: %w", err))
	}
}

func parseHead(line []byte) *AuditHead {
	var last auditLast
	if strict(line, &last) != nil {
		return nil
	}
	return last.Head
}

func parseEntry(line []byte) (AuditEntry, error) {
	var l auditLine
	if err := strict(line, &l); err != nil {
		return AuditEntry{}, err
	}
	at, err := time.Parse(auditTime, l.At)
	if err != nil {
		return AuditEntry{}, err
	}
	return AuditEntry{l.Seq, at, l.Actor, l.ProjectID, l.Action, l.Object, bytes.Clone(l.Detail), l.PreviousHash, l.Hash}, nil
}

// strict decodes one JSON value that is written exactly as WriteAudit does:
// other spacing, order, names or repeated fields are an edit.
func strict(line []byte, v any) error {
	if err := json.Unmarshal(line, v); err != nil {
		return err
	}
	var again bytes.Buffer
	out := json.NewEncoder(&again)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err
	}
	if !bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), line) {
		return errors.New("it is not written as an export writes it")
	}
	return nil
}
