package studio

import (
	"net/mail"
	"strings"
	"time"
)

// Languages of the studio.
const (
	LanguageEnglish  = "en"
	LanguageJapanese = "ja"
)

// User is a person who can sign in.
type User struct {
	ID                  string
	Revision            int64
	CreatedAt           time.Time
	UpdatedAt           time.Time
	Email               string // as NormalEmail gives it; no two users share one
	Name                string
	PasswordHash        string `json:"-"` // argon2id in its encoded form; "" before a password is set
	Language            string // LanguageEnglish or LanguageJapanese
	Admin               bool   // of the whole workspace
	GuidelineVersion    int64  // of Policy.Guideline that was acknowledged; 0 for none
	GuidelineAcceptedAt time.Time
	DisabledAt          time.Time // zero while the user may sign in
}

// NormalEmail returns an address as it is stored and compared: without outer
// spaces and in lower case.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// checkEmail wants a bare address in its normal form.
func checkEmail(field, s string) error {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || s != NormalEmail(s) || len(s) > 254 {
		return invalidf(field, "%.100q is not an e-mail address", "%.100qはメールアドレスではありません。", s)
	}
	return nil
}

// Validate returns an Invalid error that names the first field that is wrong.
func (u *User) Validate() error {
	return firstError(
		checkEmail("email", u.Email),
		checkName("name", u.Name),
		checkText("password_hash", u.PasswordHash, MaxText),
		checkOneOf("language", u.Language, LanguageEnglish, LanguageJapanese),
		checkRange("guideline_version", u.GuidelineVersion, 0, 1<<40),
	)
}

// Disabled reports whether the user may no longer sign in.
func (u *User) Disabled() bool { return !u.DisabledAt.IsZero() }

// UserFilter picks users. Zero fields pick all.
type UserFilter struct {
	Text     string // part of the name or the address
	Admin    *bool
	Disabled *bool
}
