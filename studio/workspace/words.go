package workspace

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ichimai/ichimai/studio"
)

// blockedWords returns those of the words that a text contains. Both are
// compared in Unicode's compatibility form and in lower case, so that full-width
// letters do not help. A word has to stand by itself where it begins or ends with
// a Latin letter or a digit; Japanese, which has no spaces, matches anywhere.
func blockedWords(text string, words []string) []string {
	text = plainText(text)
	var found []string
	for _, word := range words {
		if standsIn(text, plainText(word)) {
			found = append(found, word)
		}
	}
	return found
}

// plainText also drops what is not seen, such as zero-width spaces.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

func standsIn(text, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		first, size := utf8.DecodeRuneInString(word)
		last, _ := utf8.DecodeLastRuneInString(word)
		if !(joins(before) && joins(first)) && !(joins(last) && joins(after)) {
			return true
		}
		from = start + size
	}
}

// joins reports whether a letter is part of a word that spaces surround.
func joins(r rune) bool {
	return unicode.Is(unicode.Latin, r) || unicode.IsDigit(r)
}

// checkWords refuses a prompt with blocked words.
func (c *call) checkWords(prompts ...string) error { return c.checkWordsOf("prompt", prompts...) }

// checkWordsOf refuses texts of a field with blocked words.
func (c *call) checkWordsOf(field string, texts ...string) error {
	policy, err := c.Policy()
	if err != nil {
		return err
	}
	for _, text := range texts {
		if found := blockedWords(text, policy.BlockedWords); len(found) > 0 {
			return invalid(field, "contains what the workspace does not allow: %s", "使用が禁止されている語が含まれています：%s", strings.Join(found, ", "))
		}
	}
	return nil
}

// acknowledged refuses somebody who has not accepted the guideline as it is.
func (c *call) acknowledged() error {
	policy, err := c.Policy()
	if err != nil {
		return err
	}
	if policy.GuidelineEnglish+policy.GuidelineJapanese != "" && c.actor.User.GuidelineVersion < policy.GuidelineVersion {
		return studio.Errorf(studio.Forbidden, "read and accept the guideline first", "先にガイドラインを確認し、同意してください。")
	}
	return nil
}
