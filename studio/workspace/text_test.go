package workspace_test

import (
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio/workspace"
)

func TestPlaceholder(t *testing.T) {
	for name, want := range map[string]string{
		"Wolf plushie": "<wolf-plushie>", "オオカミ　ぬいぐるみ": "<オオカミ-ぬいぐるみ>", "<a>{b}": "<ab>", strings.Repeat("あ", 60): "<" + strings.Repeat("あ", 40) + ">", "{}": "<product>",
	} {
		if p := workspace.Placeholder(name); p != want {
			t.Errorf("%q gives %q, want %q", name, p, want)
		}
	}
}
