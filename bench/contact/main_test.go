package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadPrompts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prompts.txt")
	if err := os.WriteFile(file, []byte("# a remark\na cat\n\n  雪の中の車  \n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := readPrompts(file)
	if diff := cmp.Diff([]string{"a cat", "雪の中の車"}, got); diff != "" || err != nil {
		t.Errorf("read %v, error %v", diff, err)
	}
	if err := os.WriteFile(file, []byte("# nothing else\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(t.TempDir(), "none.txt")} {
		if _, err := readPrompts(path); err == nil {
			t.Errorf("%s was read", path)
		}
	}
}

// The sheet of the demo has the sixty-four that the documents speak of.
func TestDemoPrompts(t *testing.T) {
	prompts, err := readPrompts("../../demo/recipe/contact.txt")
	if err != nil || len(prompts) != 64 {
		t.Errorf("%d prompts, error %v", len(prompts), err)
	}
}
