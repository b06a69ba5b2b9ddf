package jobs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Headers of a delivery.
const (
	HeaderDelivery  = "Ichimai-Delivery"  // its id, the same at each try
	HeaderEvent     = "Ichimai-Event"     // a studio.Event
	HeaderTimestamp = "Ichimai-Timestamp" // seconds since 1970 of this try
	HeaderSignature = "Ichimai-Signature" // see Sign
)

// signatureVersion begins a signature, so that another way can come beside it.
const signatureVersion = "v1="

// Sign is the signature of a body that is sent at a time: "v1=" and in lower-case
// hexadecimal
//
//	HMAC-SHA256(secret, TIMESTAMP "." BODY)
//
// with the text of the header [HeaderTimestamp].
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp(at) + "."))
	mac.Write(body)
	return signatureVersion + hex.EncodeToString(mac.Sum(nil))
}

func stamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// CheckSignature is for whoever receives deliveries in Go: it returns Unauthorised
// where the body was not signed with the secret, and Expired where it was, but
// longer than tolerance before or after now, so that a copy of it is of no use
// later.
func CheckSignature(secret string, h http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	seconds, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || !hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(Sign(secret, at, body))) {
		return studio.Errorf(studio.Unauthorised, "the signature is not that of the body", "署名が本文と一致しません。")
	}
	if off := now.Sub(at).Abs(); off > tolerance {
		return studio.Errorf(studio.Expired, "the signature is %v off", "署名の時刻が%vずれています。", off.Truncate(time.Second))
	}
	return nil
}
