package dataset

import (
	"encoding/csv"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// recipe reads a table of the data recipe.
func recipe(t *testing.T, name string) []func(column string) string {
	t.Helper()
	f, err := os.Open("../demo/recipe/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := columnsOf(rows[0])
	var out []func(string) string
	for _, row := range rows[1:] {
		out = append(out, func(name string) string { return column.of(row, name) })
	}
	return out
}

var japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)

// TestThingsAreNamedInBothLanguages checks every label that captions are made of.
func TestThingsAreNamedInBothLanguages(t *testing.T) {
	held, seen := heldOut(t), map[string]bool{}
	for _, row := range recipe(t, "things.csv") {
		en, ja := row("en"), row("ja")
		if err := (Name{en, ja, row("plural"), Form(row("form"))}).check(); err != nil {
			t.Errorf("%s: %v", row("codepoint"), err)
		}
		if err := held.Guard(Subject{Key: en, Codepoint: row("codepoint"), Names: []string{en}}); err != nil {
			t.Error(err)
		}
		for _, label := range []string{"en " + en, "ja " + ja, "codepoint " + row("codepoint")} {
			if seen[label] {
				t.Errorf("%s is there twice", label)
			}
			seen[label] = true
		}
		checkEnglish(t, en)
		if ja != "CD" && !japanese.MatchString(ja) {
			t.Errorf("the Japanese name of %s is %q", en, ja)
		}
		if row("form") != "" && row("plural") != "" {
			t.Errorf("%s is not counted and has the plural %q", en, row("plural"))
		}
	}
}

// checkEnglish refuses articles, stray capitals and names that are sentences.
func checkEnglish(t *testing.T, en string) {
	t.Helper()
	words := strings.Fields(en)
	if len(words) > 6 || strings.Join(words, " ") != en {
		t.Errorf("the name %q is too long or has stray spaces", en)
	}
	if words[0] == "a" || words[0] == "an" || words[0] == "the" {
		t.Errorf("the name %q starts with an article", en)
	}
	proper := map[string]bool{"Mount": true, "Fuji": true, "Tokyo": true, "Tower": true, "Statue": true, "Liberty": true, "T-Rex": true, "Galia": true}
	for _, w := range words {
		if unicode.IsUpper([]rune(w)[0]) && strings.ToUpper(w) != w && !proper[w] {
			t.Errorf("the name %q has a capital in %q", en, w)
		}
	}
}

func TestPhotosAndLooksAreNamedInBothLanguages(t *testing.T) {
	for _, row := range recipe(t, "photos.csv") {
		if err := (Name{row("en"), row("ja"), row("plural"), Form(row("form"))}).check(); err != nil || !japanese.MatchString(row("ja")) {
			t.Errorf("%s: %q, %v", row("class"), row("ja"), err)
		}
		checkEnglish(t, row("en"))
	}
	for _, row := range recipe(t, "sources.csv") {
		if row("look_en") == "" || !japanese.MatchString(row("look_ja")) || row("licence") == "" {
			t.Errorf("set %s lacks a look in one language or a licence", row("set"))
		}
		if err := heldOut(t).Guard(Subject{Key: row("set"), Set: row("set")}); err != nil {
			t.Error(err)
		}
	}
}

// TestWordsAreComplete checks that every value a scene can have is said in both languages.
func TestWordsAreComplete(t *testing.T) {
	said := func(what string, n int, en, ja string) {
		t.Helper()
		if en == "" || !japanese.MatchString(ja) {
			t.Errorf("%s %d is %q in English and %q in Japanese", what, n, en, ja)
		}
	}
	for i, c := range Colours {
		said("colour", i, c.English, c.Japanese)
	}
	for r := LeftOf; r <= Behind; r++ {
		said("relation", int(r), relationNames[r].English, relationNames[r].Japanese)
	}
	for p := Left; p <= BottomRight; p++ {
		said("place", int(p), placeNames[p].English, placeNames[p].Japanese)
	}
	for k := Plain; k <= WoodenTable; k++ {
		g := Ground{k, 0}
		said("ground", int(k), g.english(false), g.japaneseWhole(false))
		said("ground", int(k), g.english(true), g.japaneseAttribute(true))
	}
	for s := Small; s <= Large; s++ {
		said("size", int(s), sizeNames[s].English, sizeNames[s].Japanese)
	}
}
