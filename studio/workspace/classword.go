package workspace

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ichimai/ichimai/studio"
)

// MaxClassWord is how long the word for a kind of thing may be, in characters.
const MaxClassWord = 60

// methodOfClass learns beside pictures of the same kind of thing, and so needs a word
// for it.
const methodOfClass = "dreambooth_lora"

// classWord is what a concept is learned as: the word that was given, or else that of
// the version which it goes on from.
func (c *call) classWord(r LearnRequest) (word string, err error) {
	switch {
	case r.ClassWord != nil:
		word, err = c.checkClassWord(*r.ClassWord)
	case r.ParentID != "":
		word, err = c.classWordOf(r.ParentID)
	}
	if err == nil && word == "" && r.Method == methodOfClass {
		err = invalid("class_word", "is empty; the method DreamBooth LoRA (%s) learns beside pictures of the same kind of thing and needs a word for it, such as shoe",
			"入力されていません。学習方法「DreamBooth LoRA」（%s）では、同じ種類のものと比較しながら学習するため、「靴」のように種類を表す言葉が必要です。", methodOfClass)
	}
	return word, err
}

// checkClassWord returns a word as it stands in prompts. Whatever a prompt may not have
// it may not have either.
func (c *call) checkClassWord(s string) (string, error) {
	const field = "class_word"
	s = strings.TrimSpace(s)
	hidden := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return "", invalid(field, "is not valid UTF-8 text", "文字コードがUTF-8ではありません。")
	case strings.ContainsFunc(s, hidden):
		return "", invalid(field, "has a line break or another control character", "改行などの制御文字は使えません。")
	case strings.ContainsAny(s, "<>{}"):
		return "", invalid(field, "has brackets, which stand around other words of a prompt; give an everyday word, such as shoe",
			"山括弧と波括弧は使えません。「靴」のような一般的な言葉を入力してください。")
	case n > MaxClassWord:
		return "", invalid(field, "has %d characters; at most %d are allowed", "%d文字あります。%d文字以内で入力してください。", n, MaxClassWord)
	}
	return strings.Join(strings.Fields(s), " "), c.checkWordsOf(field, s)
}

// classWordOf is what a concept was told at its learning, "" where that was nothing or
// the job was deleted.
func (c *call) classWordOf(concept string) (string, error) {
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return c.ListJobs(c.project.ID, studio.JobFilter{Kind: studio.JobPersonalize}, p)
	}
	for j, err := range studio.All(list) {
		if err != nil {
			return "", err
		}
		if j.ID < concept {
			break // ids sort by time: older jobs cannot be of this concept
		}
		var params LearnParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return "", err
		}
		if params.ConceptID == concept {
			return params.ClassWord, nil
		}
	}
	return "", nil
}
