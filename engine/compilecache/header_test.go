package compilecache

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pjrt.h says what go-xla's header says: the places of functions and the fields
// of structs, in order.
func TestHeaderIsGoXLAs(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Fatalf("find go-xla: %v", err)
	}
	theirs := read(t, filepath.Join(strings.TrimSpace(string(dir)), "pjrt", "pjrt_c_api.h"))
	ours := read(t, "pjrt.h")

	table := body(t, theirs, `typedef struct PJRT_Api \{(?s:(.*?))\} PJRT_Api;`)
	var functions []string
	for _, m := range regexp.MustCompile(`_PJRT_API_STRUCT_FIELD\((\w+)\)`).FindAllStringSubmatch(table, -1) {
		functions = append(functions, m[1])
	}
	places := regexp.MustCompile(`(PJRT_\w+) = (\d+),`).FindAllStringSubmatch(ours, -1)
	if len(places) < 8 || len(functions) < 100 {
		t.Fatalf("found %d places and %d functions; the search is broken", len(places), len(functions))
	}
	for _, m := range places {
		if name, at := m[1], number(m[2]); name != "PJRT_used_functions" && functions[at] != name {
			t.Errorf("%s is said to be at %d, where %s is", name, at, functions[at])
		}
	}

	structs := regexp.MustCompile(`typedef struct \{([^}]*)\} (PJRT_\w+);`).FindAllStringSubmatch(ours, -1)
	if len(structs) < 9 {
		t.Fatalf("found %d structs; the search is broken", len(structs))
	}
	for _, m := range structs {
		if m[2] == "PJRT_Api" {
			continue
		}
		want := fields(body(t, theirs, `struct `+m[2]+` \{(?s:(.*?))\n\};`))
		if got := fields(m[1]); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s has the fields %q, go-xla's header %q", m[2], got, want)
		}
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

func body(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing matches %s", pattern)
	}
	return m[1]
}

// fields are the names of a struct's members.
func fields(text string) []string {
	text = regexp.MustCompile(`//[^\n]*`).ReplaceAllString(text, "")
	var names []string
	for member := range strings.SplitSeq(text, ";") {
		member = strings.TrimSpace(member)
		if f := regexp.MustCompile(`\(\*(\w+)\)`).FindStringSubmatch(member); f != nil {
			names = append(names, f[1])
			continue
		}
		for part := range strings.SplitSeq(member, ",") {
			if name := regexp.MustCompile(`(\w+)\s*$`).FindString(strings.TrimSpace(part)); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}
