package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio/workspace"
)

// notForOthers are the methods of a workspace that no operation leads to, and
// why not.
func notForOthers() map[string]string {
	reasons := map[string]string{"FirstLink": "is printed by the program at its first start; over the network anybody could ask for it"}
	for _, name := range workspace.WorkerSide() {
		reasons[name] = "is for the program itself"
	}
	return reasons
}

// called lists the methods of the workspace that this package's code calls:
// selectors on s.work.
func called(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if outer, ok := n.(*ast.SelectorExpr); ok {
				if inner, ok := outer.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "work" {
					names[outer.Sel.Name] = true
				}
			}
			return true
		})
	}
	return names
}

func TestEveryUseCaseHasAnOperation(t *testing.T) {
	reached, notForOthers := called(t), notForOthers()
	if len(reached) < 20 {
		t.Fatalf("only %d calls of the workspace were found; the search is broken", len(reached))
	}
	all := reflect.TypeFor[*workspace.Workspace]()
	var methods []string
	for i := range all.NumMethod() {
		name := all.Method(i).Name
		methods = append(methods, name)
		if reached[name] == (notForOthers[name] != "") {
			t.Errorf("use case %s: has an operation: %v; reason not to: %q", name, reached[name], notForOthers[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(notForOthers)) {
		if !slices.Contains(methods, name) {
			t.Errorf("%s is listed and is no method of the workspace", name)
		}
	}
}
