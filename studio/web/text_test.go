package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var argument = regexp.MustCompile(`\{[a-z]+\}`)

func arguments(s string) []string {
	found := argument.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestTexts looks at every text in the source: both languages are there, take
// the same arguments, and are each in their own script.
func TestTexts(t *testing.T) {
	names := got[[]string](t)(filepath.Glob("*.go"))
	fset, count := token.NewFileSet(), 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file := got[*ast.File](t)(parser.ParseFile(fset, name, nil, 0))
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if isText(lit.Type) && len(lit.Elts) == 2 {
				count++
				checkText(t, fset.Position(lit.Pos()), lit)
			}
			if m, ok := lit.Type.(*ast.MapType); ok && isText(m.Value) {
				for _, e := range lit.Elts {
					if one, ok := e.(*ast.KeyValueExpr).Value.(*ast.CompositeLit); ok {
						count++
						checkText(t, fset.Position(one.Pos()), one)
					}
				}
			}
			return true
		})
	}
	if count < 300 {
		t.Errorf("only %d texts were found; the search is broken", count)
	}
}

func isText(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "text"
}

func checkText(t *testing.T, at token.Position, lit *ast.CompositeLit) {
	t.Helper()
	en, ja := constant(lit.Elts[0]), constant(lit.Elts[1])
	if en == "" || ja == "" {
		t.Errorf("%s: a language is missing: %q, %q", at, en, ja)
	}
	if hasJapanese(en) {
		t.Errorf("%s: the English has Japanese in it: %q", at, en)
	}
	if en != ja && !hasJapanese(ja) && !argument.MatchString(ja) {
		t.Errorf("%s: the Japanese has none in it: %q", at, ja)
	}
	if strings.ContainsAny(ja, "!?,;()") && hasJapanese(ja) {
		t.Errorf("%s: half-width punctuation in Japanese: %q", at, ja)
	}
	if diff := cmp.Diff(arguments(en), arguments(ja)); diff != "" {
		t.Errorf("%s: the arguments differ (-en +ja):\n%s", at, diff)
	}
}

func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return s
		}
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	}
	return ""
}

func TestAcceptedLang(t *testing.T) {
	for header, want := range map[string]lang{
		"": english, "ja": japanese, "ja-JP,ja;q=0.9,en;q=0.8": japanese, "en-GB,en;q=0.9,ja;q=0.8": english,
		"fr,ja;q=0.5,en;q=0.4": japanese, "de": english, "ja;q=0": english, "*": english, ";;;,": english,
	} {
		if l := acceptedLang(header); l != want {
			t.Errorf("%q gives %s, want %s", header, l, want)
		}
	}
}

func TestLocalPath(t *testing.T) {
	for path, want := range map[string]string{
		"/projects": "/projects", "/p/1?x=2": "/p/1?x=2", "": "", "//evil.example": "", "https://evil.example/": "",
		`/\evil.example`: "", "projects": "", "/a\nb": "", "javascript:alert(1)": "",
	} {
		if p := localPath(path); p != want {
			t.Errorf("%q gives %q, want %q", path, p, want)
		}
	}
}
