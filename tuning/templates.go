package tuning

import "strings"

// Values of the settings template and language.
const (
	templateObject   = "object"
	templateStyle    = "style"
	languageEnglish  = "en"
	languageJapanese = "ja"
	languageBoth     = "both"
)

// templates are the sentences around the placeholder, {}, by kind and language.
// They say nothing about the scene, so that what is common to the pictures
// falls to the placeholder.
var templates = map[string]map[string][]string{
	templateObject: {
		languageEnglish: {
			"a photo of {}",
			"a picture of {}",
			"a close-up photo of {}",
			"a bright photo of {}",
			"a dark photo of {}",
			"a cropped photo of {}",
			"a good photo of {}",
			"a clear photo of {}",
			"a photo of one {}",
			"a photo of the {}",
			"a rendition of {}",
			"{}",
		},
		languageJapanese: {
			"{}の写真",
			"{}の画像",
			"{}のアップの写真",
			"{}の明るい写真",
			"{}の暗い写真",
			"{}を切り抜いた写真",
			"{}のきれいな写真",
			"{}のはっきりした写真",
			"一つの{}の写真",
			"これは{}です",
			"{}の絵",
			"{}",
		},
	},
	templateStyle: {
		languageEnglish: {
			"a painting in the style of {}",
			"a picture in the style of {}",
			"a rendering in the style of {}",
			"a drawing in the style of {}",
			"an illustration in the style of {}",
			"a photo in the style of {}",
			"{} style",
		},
		languageJapanese: {
			"{}風の絵画",
			"{}風の画像",
			"{}風のイラスト",
			"{}風のスケッチ",
			"{}のスタイルで描いた絵",
			"{}風の写真",
			"{}風",
		},
	},
}

// promptTemplates are the sentences of a kind in a language or in both.
func promptTemplates(kind, language string) []string {
	if language == languageBoth {
		return append(append([]string{}, templates[kind][languageEnglish]...), templates[kind][languageJapanese]...)
	}
	return templates[kind][language]
}

// fill puts a word or a placeholder into a template. A tokenizer reads a
// placeholder wherever it stands, so Japanese needs no spaces around it.
func fill(template, word string) string { return strings.ReplaceAll(template, "{}", word) }

// classTemplates are the sentences of class pictures, which name the class
// where a subject's prompt has the placeholder.
var classTemplates = map[string]string{
	languageEnglish:  "a photo of a {}",
	languageJapanese: "{}の写真",
	languageBoth:     "a photo of a {}",
}
