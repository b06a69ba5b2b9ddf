// Package ichimai holds, in tests, the rules of the whole tree: which package
// may import which, what every package and document has, and what none has.
package ichimai

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const module = "github.com/ichimai/ichimai/"

// layers lists the packages from the ground up. A package imports only those
// above its own line here; docs/design.md says what each is for.
var layers = []string{
	"engine/compilecache",
	"engine",
	"engine/enginetest",
	"weights",
	"internal/golden",
	"tokenizer",
	"picture",
	"provenance",
	"phash",
	"sampler",
	"nn",
	"internal/opentest",
	"clip",
	"dino",
	"vae",
	"unet",
	"optim",
	"loss",
	"concept",
	"diffusion",
	"internal/tinymodel",
	"encoder",
	"measure",
	"measure/gate",
	"tuning",
	"dataset",
	"pretrain",
	"demo",
	"evaluate",
	"studio",
	"studio/storetest",
	"studio/sqlite",
	"studio/files",
	"studio/sheet",
	"studio/workspace",
	"studio/jobs",
	"studio/draw",
	"studio/api",
	"studio/client",
	"studio/web",
	"studio/server",
	"bench",
	"cmd/ichimai",
}

// testSupport are packages that any test may import: those of package x_test
// stand above x.
var testSupport = []string{"internal/golden", "internal/opentest", "engine/enginetest"}

// models know nothing of each other.
var models = []string{"clip", "dino", "vae", "unet"}

// layer is the place of a package; folders below bench count as bench.
func layer(pkg string) int {
	if strings.HasPrefix(pkg, "bench/") {
		pkg = "bench"
	}
	return slices.Index(layers, pkg)
}

// tree lists the project's files by slash path: those that git tracks, or all
// of them where there is no git.
func tree(t *testing.T) []string {
	t.Helper()
	if out, err := exec.Command("git", "ls-files", "-z").Output(); err == nil {
		return slices.DeleteFunc(strings.Split(strings.TrimRight(string(out), "\x00"), "\x00"), func(name string) bool {
			_, err := os.Stat(name)
			return err != nil // removed, not yet committed
		})
	}
	var files []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// source is a parsed Go file.
type source struct {
	name string // slash path
	file *ast.File
}

func (s source) pkg() string { return path.Dir(s.name) }

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	for _, name := range tree(t) {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, source{name, f})
	}
	if len(list) < 100 {
		t.Fatalf("only %d Go files were found; the search is broken", len(list))
	}
	return list
}

func TestImportsPointDown(t *testing.T) {
	for _, s := range sources(t) {
		if s.pkg() == "." {
			continue
		}
		own := layer(s.pkg())
		if own < 0 {
			t.Errorf("%s: package %s is not in the list of layers", s.name, s.pkg())
			continue
		}
		for _, spec := range s.file.Imports {
			imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if !ours || imported == s.pkg() || s.isTest() && slices.Contains(testSupport, imported) {
				continue
			}
			beside := strings.HasPrefix(imported, "bench/") && strings.HasPrefix(s.pkg(), "bench/")
			if layer(imported) >= own && !beside {
				t.Errorf("%s imports %s, which lies above it", s.name, imported)
			}
			if slices.Contains(models, s.pkg()) && slices.Contains(models, imported) {
				t.Errorf("%s imports %s; models know nothing of each other", s.name, imported)
			}
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.isTest() {
			documented[s.pkg()] = documented[s.pkg()] || s.file.Doc != nil
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", pkg)
		}
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, path.Base(pkg)) {
			t.Errorf("package %s is named for nothing; name it for what it holds", pkg)
		}
	}
}

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func TestNothingIsLeftForLater(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if found := unfinished.FindString(group.Text()); found != "" {
				t.Errorf("%s: a comment says %s; do it, or say in an error what cannot be done", s.name, found)
			}
		}
	}
}

// maxFunction is the length, in lines, from which a function needs a reason
// written above it.
const maxFunction = 80

func TestFunctionsCanBeHeld(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, s.name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(f) { // read where it is made from
			continue
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFunction {
					t.Errorf("%s: %s has %d lines, more than %d", s.name, fn.Name.Name, n, maxFunction)
				}
			}
		}
	}
}

// maxTree bounds what a clone brings, in bytes.
const maxTree = 60 << 20

func TestTreeIsSmall(t *testing.T) {
	type entry struct {
		name string
		size int64
	}
	var all []entry
	var total int64
	for _, name := range tree(t) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		all = append(all, entry{name, info.Size()})
	}
	if total > maxTree {
		slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(b.size, a.size) })
		t.Errorf("the tree has %d MiB, more than %d; the largest: %v", total>>20, maxTree>>20, all[:5])
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var (
	codeBlock = regexp.MustCompile("(?ms)^```.*?^```")
	heading   = regexp.MustCompile(`(?m)^#+ `)
	link      = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
)

// TestReadmesAgree keeps the two languages together: the same headings' depths
// and the same commands.
func TestReadmesAgree(t *testing.T) {
	en, ja := read(t, "README.md"), read(t, "README.ja.md")
	if diff := gocmp.Diff(codeBlock.FindAllString(en, -1), codeBlock.FindAllString(ja, -1)); diff != "" {
		t.Errorf("the code blocks differ (-README.md +README.ja.md):\n%s", diff)
	}
	plain := func(s string) []string { return heading.FindAllString(codeBlock.ReplaceAllString(s, ""), -1) }
	if diff := gocmp.Diff(plain(en), plain(ja)); diff != "" {
		t.Errorf("the headings differ (-README.md +README.ja.md):\n%s", diff)
	}
	for _, command := range []string{"go run ./cmd/ichimai demo --out ichimai-demo", "go test ./..."} {
		if !strings.Contains(en, command) {
			t.Errorf("README.md lacks the command %q", command)
		}
	}
}

// TestLinksLead checks that what documents point to within the tree is there.
func TestLinksLead(t *testing.T) {
	for _, name := range tree(t) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(read(t, name), ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s points to %s, which is not there", name, m[1])
			}
		}
	}
}

var (
	requirement = regexp.MustCompile(`(?m)^\s*(?:require )?([a-z][\w.\-]*\.[a-z]+(?:/\S+)?) (v\S+)$`)
	dependency  = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$")
)

// TestDependenciesHaveReasons compares go.mod's direct requirements with the
// table in docs/dependencies.md.
func TestDependenciesHaveReasons(t *testing.T) {
	var required, explained []string
	for _, m := range requirement.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		required = append(required, m[1])
	}
	for _, m := range dependency.FindAllStringSubmatch(read(t, "docs/dependencies.md"), -1) {
		explained = append(explained, m[1])
		for i, cell := range m[2:] {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("docs/dependencies.md: column %d of %s is empty", i+2, m[1])
			}
		}
	}
	slices.Sort(required)
	slices.Sort(explained)
	if len(required) < 10 {
		t.Fatalf("only %d requirements were found in go.mod; the search is broken", len(required))
	}
	if diff := gocmp.Diff(required, explained); diff != "" {
		t.Errorf("go.mod and docs/dependencies.md differ (-go.mod +table):\n%s", diff)
	}
}

var named = regexp.MustCompile("`([a-z/]+)` ((?:Test[A-Za-z0-9]+(?:, )?)+)")

// TestSecurityNamesTests checks that the tests that docs/security.md names are there.
func TestSecurityNamesTests(t *testing.T) {
	count := 0
	for _, m := range named.FindAllStringSubmatch(read(t, "docs/security.md"), -1) {
		files, err := filepath.Glob(filepath.Join(m[1], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, file := range files {
			all.WriteString(read(t, file))
		}
		for _, name := range strings.Split(strings.TrimSuffix(m[2], ", "), ", ") {
			if count++; !strings.Contains(all.String(), "func "+name+"(") {
				t.Errorf("docs/security.md names %s of %s, which is not there", name, m[1])
			}
		}
	}
	if count < 25 {
		t.Errorf("docs/security.md names only %d tests", count)
	}
}

// machinePath finds absolute paths of somebody's machine; split so that this
// file is none.
var machinePath = regexp.MustCompile(`(^|[\s"'(=` + "`" + `])/(` + strings.Join([]string{"ro" + "ot", "wo" + "rk"}, "|") + `)/`)

func TestNoMachinePaths(t *testing.T) {
	for _, name := range tree(t) {
		switch path.Ext(name) {
		case ".go", ".md", ".py", ".sh", ".yaml", ".yml", ".html", "":
		default:
			continue
		}
		for i, line := range strings.Split(read(t, name), "\n") {
			if machinePath.MatchString(line) {
				t.Errorf("%s:%d has a path of one machine: %s", name, i+1, strconv.Quote(line))
			}
		}
	}
}
