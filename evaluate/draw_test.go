package evaluate

import (
	"testing"

	"github.com/ichimai/ichimai/concept"
)

// Prompts have the class in their own language where a concept has no vector, or where
// the method asks for it.
func TestSubjectWord(t *testing.T) {
	vector := [][]float32{{1, 2}}
	for _, c := range []struct {
		vectors   [][]float32
		classWord bool
		lang      string
		want      string
	}{
		{vector, false, English, "<it>"},
		{vector, true, English, "<it> cup"},
		{vector, true, Japanese, "<it> カップ"},
		{nil, false, English, "<it> cup"},
		{nil, false, Japanese, "<it> カップ"},
	} {
		p := painting{concept: &concept.Concept{Placeholder: "<it>", Embeddings: c.vectors}}
		p.unit.subject = &subject{class: Class{EN: "cup", JA: "カップ"}}
		p.unit.method.ClassWord = c.classWord
		if got := p.subjectWord(c.lang); got != c.want {
			t.Errorf("%d vectors, class_word %t, %s: %q, want %q", len(c.vectors), c.classWord, c.lang, got, c.want)
		}
	}
}
