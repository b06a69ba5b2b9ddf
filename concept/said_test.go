package concept

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSaid(t *testing.T) {
	encoded := func(placeholder, class string) *Concept {
		return &Concept{Placeholder: placeholder, ClassWord: class, Method: MethodEncoder, Embeddings: [][]float32{{1}}}
	}
	shoe, kutsu := encoded("<mug>", "shoe"), encoded("<mug>", "靴")
	tests := []struct {
		name         string
		concept      *Concept
		prompt, want string
	}{
		{"OK", shoe, "a photo of <mug> in snow", "a photo of <mug> shoe in snow"},
		{"End", shoe, "<mug>", "<mug> shoe"},
		{"Sentence", shoe, "<mug>, <mug>'s box and a <mug>.", "<mug> shoe, <mug> shoe's box and a <mug> shoe."},
		{"None", shoe, "a dog", "a dog"},
		{"Empty", shoe, "", ""},
		{"There", shoe, "<mug> shoe in snow", "<mug> shoe in snow"},
		{"ThereSome", shoe, "<mug> shoe beside <mug>", "<mug> shoe beside <mug> shoe"},
		{"ThereCase", shoe, "<mug>  SHOE", "<mug>  SHOE"},
		{"TherePlural", shoe, "two <mug> shoes", "two <mug> shoes"},
		{"ThereEs", encoded("<mug>", "bus"), "two <mug> buses", "two <mug> buses"},
		{"ThereClose", shoe, "<mug>shoe", "<mug>shoe"},
		{"ThereHyphen", shoe, "<mug> shoe-shaped", "<mug> shoe-shaped"},
		{"OtherWord", shoe, "<mug> shoehorn", "<mug> shoe shoehorn"},
		{"Before", shoe, "a shoe like <mug>", "a shoe like <mug> shoe"},
		{"Close", shoe, "<mug>in snow", "<mug> shoe in snow"},
		{"PlaceholderCase", shoe, "<Mug> in snow", "<Mug> shoe in snow"},
		{"Words", encoded("<it>", " running shoe "), "<it> Running Shoe, <it>", "<it> Running Shoe, <it> running shoe"},
		{"Japanese", kutsu, "雪の中の<mug>を見る<mug>。", "雪の中の<mug> 靴を見る<mug> 靴。"},
		{"JapaneseLatin", shoe, "雪の中の<mug>を見る", "雪の中の<mug> shoe を見る"},
		{"JapaneseThere", kutsu, "雪の中の<mug>靴を見る", "雪の中の<mug>靴を見る"},
		{"JapaneseSpace", kutsu, "<mug>　靴を見る", "<mug>　靴を見る"},
		{"JapaneseOf", kutsu, "<mug>の靴を見る", "<mug>の靴を見る"},
		{"JapaneseOfOther", kutsu, "<mug>の箱", "<mug> 靴の箱"},
		{"JapaneseLatinThere", shoe, "<mug> shoeを見る", "<mug> shoe を見る"},
		{"Katakana", encoded("<x>", "スニーカー"), "<x>スニーカーと<x>", "<x>スニーカーと<x> スニーカー"},
		{"PrefixOfAnother", encoded("sks", "dog"), "sks2 and sks-b and tsks and sks", "sks2 and sks-b and tsks and sks dog"},
		{"PrefixOfJapanese", encoded("sks", "犬"), "雪の中のsksを見る", "雪の中の sks 犬を見る"},
		{"NoPlaceholder", &Concept{ClassWord: "shoe"}, "a shoe", "a shoe"},
		{"NoClass", encoded("<mug>", ""), "<mug> in snow", "<mug> in snow"},
		{"NoVectors", &Concept{Placeholder: "sks", ClassWord: "dog"}, "sks", "sks dog"},
		{"OwnStart", &Concept{Placeholder: "<mug>", ClassWord: "shoe", Method: "lora", Embeddings: [][]float32{{1}}}, "<mug>", "<mug>"},
		{"NotUTF8", shoe, "\xff<mug>\xfe", "\xff<mug> shoe\xfe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.concept.Said(tt.prompt)
			if got != tt.want {
				t.Errorf("%q is said %q, want %q", tt.prompt, got, tt.want)
			}
			if again := tt.concept.Said(got); again != got {
				t.Errorf("said again, %q is %q", got, again)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	mug := &Concept{Placeholder: "<mug>", ClassWord: "shoe", Method: "lora", Embeddings: [][]float32{{1}}}
	tests := []struct{ prompt, word, want string }{
		{"a <mug> in snow", "shoe", "a shoe in snow"},
		{"a <Mug> Shoe beside <mug>", "shoe", "a shoe beside shoe"},
		{"two <mug> shoes", "shoe", "two shoe"},
		{"<mug> cup", "cup", "cup"},
		{"<mug>の靴を見る", "靴", "靴を見る"},
		{"雪の中の<mug>を見る", "shoe", "雪の中の shoe を見る"},
		{"a dog", "shoe", "a dog"},
	}
	for _, tt := range tests {
		if got := mug.Named(tt.prompt, tt.word); got != tt.want {
			t.Errorf("%q is named %q, want %q", tt.prompt, got, tt.want)
		}
	}
	if got := (&Concept{}).Named("a dog", "shoe"); got != "a dog" {
		t.Errorf("without a placeholder: %q", got)
	}
}

// What is said loses nothing of the prompt, and is said once.
func TestSaidKeepsThePrompt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Concept{Placeholder: "<x>", ClassWord: rapid.SampledFrom([]string{"shoe", "靴", "red cup"}).Draw(t, "class")}
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"<x>", " ", "shoe", "靴", "red cup", "s", "の", "2", "Ä", "\xff", ","}))
		prompt := strings.Join(parts.Draw(t, "prompt"), "")
		said := c.Said(prompt)
		if again := c.Said(said); again != said {
			t.Errorf("%q is said %q, and again %q", prompt, said, again)
		}
		if a, b := strings.Count(prompt, "<x>"), strings.Count(said, "<x>"); a != b {
			t.Errorf("%q names it %d times, %q %d times", prompt, a, said, b)
		}
		left := said
		for _, r := range strings.ReplaceAll(prompt, " ", "") {
			i := strings.IndexRune(left, r)
			if i < 0 {
				t.Fatalf("%q is said %q", prompt, said)
			}
			left = left[i+1:]
		}
		if c.Named(said, "shoe") != c.Named(c.Said(said), "shoe") {
			t.Errorf("%q has two plain forms", prompt)
		}
	})
}
