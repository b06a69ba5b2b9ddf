package dataset

import (
	"strings"
	"unicode"
)

// English says the scene:
//
//	[a LOOK picture of] [COUNT] [SIZE] [COLOUR] NAME [RELATION a NAME2] [PLACE] [, LOOK style] [GROUND]
func (s Scene) English() string {
	subject := s.Things[0].english(s.Omit.Size)
	if s.Relation != None {
		subject += " " + relationNames[s.Relation].English + " " + s.Things[1].english(s.Omit.Size)
	}
	if place, ok := placeNames[s.Place]; ok && !s.Omit.Place {
		subject += " " + place.English
	}
	switch {
	case s.Omit.Look:
	case s.Omit.LookLast:
		subject += ", " + s.Look.English + " style"
	default:
		subject = withArticle(s.Look.English) + " picture of " + subject
	}
	if !s.Omit.Ground {
		subject += " " + s.Ground.english(s.Omit.Pattern)
	}
	return subject
}

var numbers = [...]string{"", "", "two", "three", "four"}

// english says one thing with its article or count: "a small red dog", "three dogs", "bacon".
func (p Placed) english(omitSize bool) string {
	var words []string
	if p.Count > 1 {
		words = append(words, numbers[p.Count])
	}
	if size, ok := sizeNames[p.Size]; ok && !omitSize {
		words = append(words, size.English)
	}
	if p.Colour != Natural {
		words = append(words, Colours[p.Colour].English)
	}
	if p.Count > 1 {
		return strings.Join(append(words, p.Thing.Plural), " ")
	}
	return p.Thing.Name.withArticle(strings.Join(append(words, p.Thing.English), " "))
}

// withArticle puts before a phrase that ends in the name what its form asks for.
func (n Name) withArticle(phrase string) string {
	switch n.Form {
	case Mass, Plural:
		return phrase
	case The:
		return "the " + phrase
	}
	return withArticle(phrase)
}

func (g Ground) english(omitPattern bool) string {
	if scenery, ok := sceneryNames[g.Kind]; ok {
		return scenery.English
	}
	colour := Colours[g.Colour].English
	if g.Kind == Plain && omitPattern {
		return "on " + withArticle(colour) + " background"
	}
	return "on a " + patternNames[g.Kind].English + " " + colour + " background"
}

// Words whose article is not what their first letter says.
var (
	soundsVowel     = []string{"hour", "herb", "honest", "heir"}
	soundsConsonant = []string{"uni", "use", "usu", "eu", "one", "once", "uku", "ute"}
)

// withArticle puts "a" or "an" before a phrase by how its first word sounds.
func withArticle(phrase string) string {
	if startsWithVowelSound(phrase) {
		return "an " + phrase
	}
	return "a " + phrase
}

func startsWithVowelSound(phrase string) bool {
	word := []rune(phrase)
	if len(word) == 0 {
		return false
	}
	if len(word) > 1 && unicode.IsUpper(word[0]) && unicode.IsUpper(word[1]) { // spelt out: an SUV, a CD
		return strings.ContainsRune("AEFHILMNORSX", word[0])
	}
	lower := strings.ToLower(phrase)
	for _, start := range soundsVowel {
		if strings.HasPrefix(lower, start) {
			return true
		}
	}
	for _, start := range soundsConsonant {
		if strings.HasPrefix(lower, start) {
			return false
		}
	}
	return strings.ContainsRune("aeiou", unicode.ToLower(word[0]))
}

// English says what a photo shows: "a photo of an apple".
func (p Photo) English() string { return "a photo of " + p.withArticle(p.Name.English) }
