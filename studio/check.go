package studio

import (
	"encoding/json"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in characters.
const (
	MaxName   = 200    // a name or title
	MaxText   = 4000   // a prompt, reason or message
	MaxLong   = 50_000 // a guideline
	MaxJSON   = 1 << 20
	MaxListed = 1000 // entries of a list in one value
)

// firstError returns the first of the errors that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkName wants one line with something on it.
func checkName(field, s string) error {
	if strings.TrimSpace(s) == "" {
		return invalidf(field, "is empty; give a name", "入力されていません。名前を入力してください。")
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return invalidf(field, "has a line break or another control character", "改行などの制御文字は使えません。")
	}
	return checkText(field, s, MaxName)
}

// checkText wants UTF-8 without NUL, of at most limit characters.
func checkText(field, s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return invalidf(field, "is not valid UTF-8 text", "文字コードがUTF-8ではありません。")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return invalidf(field, "has %d characters; at most %d are allowed", "%d文字あります。%d文字以内で入力してください。", n, limit)
	}
	return nil
}

// checkID wants an id. Whether it leads to something is the store's question.
func checkID(field, s string) error {
	if !ValidID(s) {
		return invalidf(field, "%.60q is not an id", "%.60qはIDではありません。", s)
	}
	return nil
}

func checkIDOrNone(field, s string) error {
	if s == "" {
		return nil
	}
	return checkID(field, s)
}

// checkIDs wants different ids.
func checkIDs(field string, ids []string) error {
	if len(ids) > MaxListed {
		return invalidf(field, "has %d entries; at most %d are allowed", "%d件あります。%d件以内にしてください。", len(ids), MaxListed)
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if err := checkID(field, id); err != nil {
			return err
		}
		if seen[id] {
			return invalidf(field, "%s is there twice", "%sが重複しています。", id)
		}
		seen[id] = true
	}
	return nil
}

// ValidBlob reports whether s has the form of a blob's name: 64 lower-case
// hexadecimal digits.
func ValidBlob(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if !hexDigit(s[i]) {
			return false
		}
	}
	return true
}

func checkBlob(field, s string) error {
	if !ValidBlob(s) {
		return invalidf(field, "%.70q is not the SHA-256 of a file", "%.70qはファイルのSHA-256ではありません。", s)
	}
	return nil
}

func checkBlobOrNone(field, s string) error {
	if s == "" {
		return nil
	}
	return checkBlob(field, s)
}

// checkJSON wants a JSON object, or nothing.
func checkJSON(field string, data json.RawMessage) error {
	if len(data) == 0 {
		return nil
	}
	if len(data) > MaxJSON {
		return invalidf(field, "has %d bytes of JSON; at most %d are allowed", "JSONが%dバイトあります。%dバイト以内にしてください。", len(data), MaxJSON)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil || object == nil || !utf8.Valid(data) {
		return invalidf(field, "is not a JSON object", "JSONオブジェクトではありません。")
	}
	return nil
}

func checkScores(field string, scores map[string]float64) error {
	if len(scores) > MaxListed {
		return invalidf(field, "has %d entries; at most %d are allowed", "%d件あります。%d件以内にしてください。", len(scores), MaxListed)
	}
	for name, v := range scores {
		if err := checkName(field, name); err != nil {
			return err
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return invalidf(field, "%q is not a finite number", "%qが有限の数値ではありません。", name)
		}
	}
	return nil
}

func checkRange[T int | int64 | float64](field string, v, low, high T) error {
	if !(v >= low && v <= high) { // also refuses NaN
		return invalidf(field, "is %v; it has to be from %v to %v", "%vは指定できません。%vから%vの範囲で指定してください。", v, low, high)
	}
	return nil
}

// checkOneOf wants a value of a closed list.
func checkOneOf[S ~string](field string, v S, allowed ...S) error {
	for _, a := range allowed {
		if v == a {
			return nil
		}
	}
	return invalidf(field, "%.60q is none of %v", "%.60qは指定できません。%vのいずれかを指定してください。", v, allowed)
}

// checkTexts wants a bounded list of different names.
func checkTexts(field string, list []string) error {
	if len(list) > MaxListed {
		return invalidf(field, "has %d entries; at most %d are allowed", "%d件あります。%d件以内にしてください。", len(list), MaxListed)
	}
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if err := checkName(field, s); err != nil {
			return err
		}
		if seen[s] {
			return invalidf(field, "%q is there twice", "%qが重複しています。", s)
		}
		seen[s] = true
	}
	return nil
}

// checkPrompt wants a text with something in it.
func checkPrompt(field, s string) error {
	if strings.TrimSpace(s) == "" {
		return invalidf(field, "is empty; say what to draw", "入力されていません。描きたい内容を入力してください。")
	}
	return checkText(field, s, MaxText)
}
