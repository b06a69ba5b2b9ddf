package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// markers enclose the section of a table's name in a document. They are
// comments, which Markdown does not show.
func markers(name string) (begin, end string) {
	name = strings.NewReplacer("--", "-", ">", "", "\n", " ").Replace(name)
	return "<!-- compare: " + name + " -->", "<!-- end of compare: " + name + " -->"
}

// replaceSection puts content between the markers of a name; a document
// without them gets them at its end. Everything else stays as it is.
func replaceSection(document, name, content string) (string, error) {
	begin, end := markers(name)
	section := begin + "\n" + strings.TrimSpace(content) + "\n" + end
	starts, ends := strings.Count(document, begin), strings.Count(document, end)
	if starts == 0 && ends == 0 {
		if document = strings.TrimRight(document, "\n"); document != "" {
			document += "\n\n"
		}
		return document + section + "\n", nil
	}
	from, to := strings.Index(document, begin), strings.Index(document, end)
	if starts != 1 || ends != 1 || to < from {
		return "", fmt.Errorf("the markers %q and %q must be there once each, in this order", begin, end)
	}
	return document[:from] + section + document[to+len(end):], nil
}

// writeSection replaces a section of a file, which is made where it is missing.
func writeSection(path, name, content string) error {
	document, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write table: %w", err)
	}
	changed, err := replaceSection(string(document), name, content)
	if err != nil {
		return fmt.Errorf("write table into %s: %w", path, err)
	}
	if err := replaceFile(path, []byte(changed)); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// replaceFile writes beside a file and renames, so that a document is never
// half-written.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // a second Close is harmless
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
