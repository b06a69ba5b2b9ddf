package evaluate

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

// parseSource parses the package without its tests.
func parseSource(t *testing.T) (*token.FileSet, []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	must(t, err)
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		must(t, err)
		parsed = append(parsed, f)
	}
	return fset, parsed
}

// textLiterals calls f with every text that is written out.
func textLiterals(t *testing.T, f func(at token.Position, en, ja string)) {
	fset, parsed := parseSource(t)
	isText := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && id.Name == "text"
	}
	say := func(lit *ast.CompositeLit) {
		if len(lit.Elts) == 2 {
			f(fset.Position(lit.Pos()), literal(lit.Elts[0]), literal(lit.Elts[1]))
		}
	}
	for _, file := range parsed {
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if isText(lit.Type) {
				say(lit)
			}
			if m, ok := lit.Type.(*ast.MapType); ok && isText(m.Value) {
				for _, e := range lit.Elts {
					say(e.(*ast.KeyValueExpr).Value.(*ast.CompositeLit))
				}
			}
			return true
		})
	}
}

func literal(e ast.Expr) string {
	if b, ok := e.(*ast.BasicLit); ok {
		s, _ := strconv.Unquote(b.Value)
		return s
	}
	return ""
}

func sourceTexts(t *testing.T) (all []text) {
	textLiterals(t, func(_ token.Position, en, ja string) { all = append(all, text{en, ja}) })
	return all
}

var argument = regexp.MustCompile(`\{[a-z]+\}`)

// TestTextsAreInBothLanguages looks at every text in the source: both languages are
// there, each in its own script, with the same arguments.
func TestTextsAreInBothLanguages(t *testing.T) {
	count := 0
	textLiterals(t, func(at token.Position, en, ja string) {
		count++
		if en == "" || ja == "" {
			t.Errorf("%s: a language is missing: %q, %q", at, en, ja)
		}
		example := strings.Contains(en, "{en: fox")
		if hasJapanese(en) && !example {
			t.Errorf("%s: the English has Japanese in it: %q", at, en)
		}
		words := argument.ReplaceAllString(ja, "")
		if en != ja && !hasJapanese(ja) && strings.ContainsAny(words, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%s: the Japanese has none in it: %q", at, ja)
		}
		arguments := func(s string) []string {
			found := argument.FindAllString(s, -1)
			slices.Sort(found)
			return slices.Compact(found)
		}
		if diff := cmp.Diff(arguments(en), arguments(ja)); diff != "" {
			t.Errorf("%s: the arguments differ (-en +ja):\n%s", at, diff)
		}
	})
	if count < 100 {
		t.Errorf("only %d texts were found; the search is broken", count)
	}
}

// TestTextsAreUsed finds texts with a name that nothing says any more.
func TestTextsAreUsed(t *testing.T) {
	_, parsed := parseSource(t)
	uses := map[string]int{}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "text") && id.Name != "text" {
				uses[id.Name]++
			}
			return true
		})
	}
	for name, n := range uses {
		if n < 2 {
			t.Errorf("%s is never said", name)
		}
	}
}
