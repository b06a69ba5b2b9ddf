package studio

import (
	"errors"
	"fmt"
)

// Code says of what kind an error is. It decides an HTTP status and is what a
// program compares; the message is for people.
type Code string

// Codes of errors.
const (
	Invalid      Code = "invalid"      // the value breaks a rule; the message says which
	NotFound     Code = "not_found"    // there is none, or none in this project
	Forbidden    Code = "forbidden"    // known person, not allowed
	Conflict     Code = "conflict"     // clashes with what is stored: stale revision, taken name, wrong state
	Expired      Code = "expired"      // was good once: link, session, token, right
	TooLarge     Code = "too_large"    // over a limit of size or count
	Unauthorised Code = "unauthorised" // nobody is signed in
	Internal     Code = "internal"     // everything else; the detail is for the log alone
)

// Error is an error with a code and a message for the person who sees it, in
// both languages.
type Error struct {
	Code     Code
	Field    string // of the value, in snake case, where one field is to blame
	English  string
	Japanese string
}

// Error returns the code and the English message.
func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s: %s", e.Code, e.Field, e.English)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.English)
}

// Errorf returns an *Error with the same arguments filled into an English and a
// Japanese format. Where the order differs use explicit indexes: "%[2]s".
func Errorf(code Code, english, japanese string, args ...any) error {
	return &Error{Code: code, English: fmt.Sprintf(english, args...), Japanese: fmt.Sprintf(japanese, args...)}
}

// invalidf is Errorf of an Invalid field.
func invalidf(field, english, japanese string, args ...any) error {
	return &Error{
		Code: Invalid, Field: field,
		English: fmt.Sprintf(english, args...), Japanese: fmt.Sprintf(japanese, args...),
	}
}

// ErrorCode returns the code of the first *Error in err's chain, Internal for
// any other error, and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ErrorMessage returns what to show a person in "ja" or, for any other
// language, in English. What is no *Error, and an Internal one, gives a general
// sentence: its detail belongs into the log. It returns "" for nil.
func ErrorMessage(err error, language string) string {
	if err == nil {
		return ""
	}
	e := &Error{}
	if !errors.As(err, &e) || e.Code == Internal {
		e = &Error{
			English:  "Something went wrong in the studio. The log says what; please try again.",
			Japanese: "スタジオ内でエラーが発生しました。詳細はログに記録されています。もう一度お試しください。",
		}
	}
	if language == LanguageJapanese {
		return e.Japanese
	}
	return e.English
}
