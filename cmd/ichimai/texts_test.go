package main

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

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/internal/golden"
)

// parseFolder parses the Go files of a package, without its tests.
func parseFolder(t *testing.T, dir string) (*token.FileSet, []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	must(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		must(t, err)
		files = append(files, f)
	}
	return fset, files
}

// textLiterals calls f with every text that is written out in the package.
func textLiterals(files []*ast.File, f func(*ast.CompositeLit)) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if isText(lit.Type) && len(lit.Elts) > 0 {
				f(lit)
			}
			if m, ok := lit.Type.(*ast.MapType); ok && isText(m.Value) {
				for _, e := range lit.Elts {
					if literal, ok := e.(*ast.KeyValueExpr).Value.(*ast.CompositeLit); ok { // else a text that is declared elsewhere
						f(literal)
					}
				}
			}
			return true
		})
	}
}

func isText(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "text"
}

// constant joins the string literals of an expression; what is computed is
// left out.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil {
			return s
		}
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	}
	return ""
}

var argument = regexp.MustCompile(`\{[a-z]+\}`)

func arguments(s string) []string {
	found := argument.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestTextsAreInBothLanguages looks at every text in the source: both languages
// are there, they take the same arguments, and each is in its own script.
func TestTextsAreInBothLanguages(t *testing.T) {
	fset, files := parseFolder(t, ".")
	count := 0
	textLiterals(files, func(lit *ast.CompositeLit) {
		if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
			return // made at run time
		}
		en, ja := constant(lit.Elts[0]), constant(lit.Elts[1])
		if _, variable := lit.Elts[0].(*ast.Ident); variable {
			return
		}
		if sel, variable := lit.Elts[0].(*ast.SelectorExpr); variable && sel != nil {
			return
		}
		count++
		at := fset.Position(lit.Pos())
		if en == "" || ja == "" {
			t.Errorf("%s: a language is missing: %q, %q", at, en, ja)
		}
		if hasJapanese(en) && !strings.Contains(en, "ichimai") {
			t.Errorf("%s: the English has Japanese in it: %q", at, en)
		}
		sameInBoth := en == ja // commands and names
		if !sameInBoth && !hasJapanese(ja) && !strings.HasPrefix(ja, "  ichimai") && !argument.MatchString(ja) {
			t.Errorf("%s: the Japanese has none in it: %q", at, ja)
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
	_, files := parseFolder(t, ".")
	uses := map[string]int{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "text") {
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

// constants are the string constants of a package whose names begin so.
func constants(t *testing.T, folder, prefix string) []string {
	t.Helper()
	_, files := parseFolder(t, filepath.Join(golden.Root(), folder))
	var values []string
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				return true
			}
			for i, name := range spec.Names {
				if v := constant(spec.Values[i]); strings.HasPrefix(name.Name, prefix) && name.IsExported() && v != "" {
					values = append(values, v)
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants %s in %s", prefix, folder)
	}
	return values
}

func TestProblemsAreInJapanese(t *testing.T) {
	for _, id := range constants(t, "engine", "Problem") {
		ja, known := problemsJapanese[id]
		if !known {
			t.Errorf("engine problem %s has no Japanese text", id)
			continue
		}
		en := engine.Problem{ID: id}
		if diff := cmp.Diff(arguments(en.What()+en.Do()), arguments(ja.what+ja.do)); diff != "" {
			t.Errorf("%s: the arguments differ (-en +ja):\n%s", id, diff)
		}
		if !hasJapanese(ja.what) || !hasJapanese(ja.do) {
			t.Errorf("%s: %q %q", id, ja.what, ja.do)
		}
	}
}

func TestWarningsAreInJapanese(t *testing.T) {
	for _, id := range constants(t, "diffusion", "Warn") {
		if !hasJapanese(warningsJapanese[id]) {
			t.Errorf("warning %s has no Japanese text", id)
		}
	}
}
