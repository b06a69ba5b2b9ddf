package diffusion

import (
	"fmt"

	"github.com/ichimai/ichimai/concept"
)

// Identifiers of what a request is warned of. The texts that a person reads,
// in each language, belong to the program; String gives English ones.
const (
	WarnTruncated = "prompt-truncated" // cut, dropped, limit: the text left out, its tokens, the most there can be
	WarnUnused    = "concept-unused"   // concept, placeholder
	WarnOtherBase = "concept-base"     // concept, base, text: the model it was learned on, and the whole sentence
)

// Warning is something that does not keep a picture from being drawn but that
// a person should know.
type Warning struct {
	ID   string            `json:"id"`
	Args map[string]string `json:"args"`
}

// String says it in English.
func (w Warning) String() string {
	a := w.Args
	switch w.ID {
	case WarnTruncated:
		return fmt.Sprintf("the prompt is longer than %s tokens; left out: %q (%s tokens)", a["limit"], a["cut"], a["dropped"])
	case WarnUnused:
		return fmt.Sprintf("concept %q is in use but neither prompt has its placeholder %s", a["concept"], a["placeholder"])
	case WarnOtherBase:
		return a["text"]
	}
	return fmt.Sprint(w.ID, " ", a)
}

func warnUnused(c *concept.Concept) Warning {
	return Warning{WarnUnused, map[string]string{"concept": c.Name, "placeholder": c.Placeholder}}
}

func warnOtherBase(c *concept.Concept, err error) Warning {
	return Warning{WarnOtherBase, map[string]string{"concept": c.Name, "base": c.Base.Name, "text": err.Error()}}
}
