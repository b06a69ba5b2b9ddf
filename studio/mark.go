package studio

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// MaxMarks is how many protected marks a workspace may have: each is looked for in every
// picture that is submitted.
const MaxMarks = 100

// Mark is a mark, such as a logo of somebody else, that no published picture may show unless
// an approver allows it. Marks are added and removed, never changed.
type Mark struct {
	ID        string
	CreatedAt time.Time
	CreatedBy string // user
	Name      string
	Owner     string // whose it is; may be empty
	Reason    string // why it is protected; may be empty
	Blob      string // the mark without its plain border, as PNG
	Size      int64  // bytes of Blob
	Width     int    // pixels
	Height    int
	Hash      string // perceptual, 64 bits in hexadecimal
}

// Validate returns an Invalid error that names the first field that is wrong.
func (m *Mark) Validate() error {
	return firstError(
		checkIDOrNone("created_by", m.CreatedBy),
		checkName("name", m.Name),
		checkText("owner", m.Owner, MaxName),
		checkText("reason", m.Reason, MaxText),
		checkBlob("blob", m.Blob),
		checkRange("size", m.Size, 1, 1<<40),
		checkRange("width", m.Width, 1, MaxSide),
		checkRange("height", m.Height, 1, MaxSide),
		checkPerceptual("hash", m.Hash),
	)
}

// checkPerceptual wants 16 lower-case hexadecimal digits.
func checkPerceptual(field, s string) error {
	for i := range len(s) {
		if !hexDigit(s[i]) {
			s = ""
			break
		}
	}
	if len(s) != 16 {
		return invalidf(field, "is not 16 hexadecimal digits", "16桁の16進数ではありません。")
	}
	return nil
}

// MarksDigest identifies a list of marks whatever its order, so that a verdict tells which
// marks it was about. That of no marks is "".
func MarksDigest(marks []Mark) string {
	if len(marks) == 0 {
		return ""
	}
	var ids []string
	for _, m := range marks {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	sum := sha256.New()
	for _, id := range ids {
		sum.Write([]byte(id + "\n"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
