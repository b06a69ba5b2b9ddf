package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplaceSection(t *testing.T) {
	begin, end := markers("a")
	for _, c := range []struct{ name, document, want string }{
		{"Empty", "", begin + "\nnew\n" + end + "\n"},
		{"Added", "# Title\n\ntext", "# Title\n\ntext\n\n" + begin + "\nnew\n" + end + "\n"},
		{"Replaced", "x\n" + begin + "\nold\n\nold\n" + end + "\ny\n", "x\n" + begin + "\nnew\n" + end + "\ny\n"},
		{"OfOthersKept", "<!-- compare: b -->\nb\n<!-- end of compare: b -->\n" + begin + end, "<!-- compare: b -->\nb\n<!-- end of compare: b -->\n" + begin + "\nnew\n" + end},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := replaceSection(c.document, "a", "new\n")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			again, err := replaceSection(got, "a", "new")
			if err != nil || again != got {
				t.Errorf("a second time changes the document: %v\n%s", err, cmp.Diff(got, again))
			}
		})
	}
}

func TestReplaceSectionRefuses(t *testing.T) {
	begin, end := markers("a")
	for name, document := range map[string]string{
		"NoEnd": begin, "NoBegin": end, "Swapped": end + begin, "Twice": begin + begin + end, "TwoEnds": begin + end + end,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := replaceSection(document, "a", "new"); err == nil || !strings.Contains(err.Error(), begin) {
				t.Errorf("result %q, error %v", got, err)
			}
		})
	}
}

// A name cannot end the comment that it stands in.
func TestMarkers(t *testing.T) {
	for _, name := range []string{"-->", "a--b", "a\nb", "--->"} {
		begin, end := markers(name)
		for _, m := range []string{begin, end} {
			inner := strings.TrimSuffix(strings.TrimPrefix(m, "<!--"), "-->")
			if strings.Contains(inner, "-->") || strings.Contains(inner, "\n") {
				t.Errorf("marker of %q is %q", name, m)
			}
		}
	}
}

// A document that cannot be changed stays as it was, with nothing beside it.
func TestWriteSection(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "table.md")
	if err := writeSection(path, "a", "one"); err != nil {
		t.Fatal(err)
	}
	if err := writeSection(path, "a", "two"); err != nil {
		t.Fatal(err)
	}
	begin, end := markers("a")
	want := begin + "\ntwo\n" + end + "\n"
	if got := read(t, path); got != want {
		t.Error(cmp.Diff(want, got))
	}
	broken := end + begin
	if err := os.WriteFile(path, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeSection(path, "a", "three"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
	if got := read(t, path); got != broken {
		t.Errorf("the document became %q", got)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	for range 2 {
		if err := appendHistory(path, sample()); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines after two comparisons", len(lines))
	}
	var got comparison
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Error(diff)
	}
	if err := appendHistory(filepath.Join(path, "x"), sample()); err == nil || !strings.Contains(err.Error(), "--history") {
		t.Errorf("error is %v", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
