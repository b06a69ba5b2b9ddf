package studio

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// NewSecret returns 256 random bits as 43 characters that are safe in URLs and
// cookies: the form of session cookies, API tokens and one-time links.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashSecret returns the SHA-256 of a secret in hexadecimal, which is all that
// is stored of it. A plain hash is enough because NewSecret's 256 bits cannot
// be guessed; passwords need argon2id.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func checkHash(field, s string) error {
	if !ValidBlob(s) {
		return invalidf(field, "is not a hash", "ハッシュ値ではありません。")
	}
	return nil
}

func checkExpiry(field string, t time.Time) error {
	if t.IsZero() {
		return invalidf(field, "is missing", "有効期限がありません。")
	}
	return nil
}
