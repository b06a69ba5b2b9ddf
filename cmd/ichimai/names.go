package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// slugLength is how many characters of a prompt a file name keeps.
const slugLength = 40

// slug turns a prompt into a file name: letters and digits of any script, the
// rest as single hyphens.
func slug(prompt string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToLower(prompt) {
		keep := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		switch {
		case keep && n < slugLength:
			b.WriteRune(r)
		case !keep && n < slugLength && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		default:
			continue
		}
		n++
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "picture"
}

// numbered lists the files of count pictures: path itself for one, else
// path-1.png, path-2.png and so on.
func numbered(path string, count int) []string {
	if count == 1 {
		return []string{path}
	}
	stem, ext := splitExt(path)
	files := make([]string, count)
	for i := range files {
		files[i] = fmt.Sprintf("%s-%d%s", stem, i+1, ext)
	}
	return files
}

func splitExt(path string) (stem, ext string) {
	ext = filepath.Ext(path)
	return strings.TrimSuffix(path, ext), ext
}

// free returns path, or path with the first number that no file has yet.
func free(path string, count int) string {
	stem, ext := splitExt(path)
	for n := 2; firstTaken(numbered(path, count)) != ""; n++ {
		path = fmt.Sprintf("%s-v%d%s", stem, n, ext)
	}
	return path
}

// firstTaken returns the first file that exists, or "".
func firstTaken(files []string) string {
	for _, f := range files {
		if _, err := os.Lstat(f); !errors.Is(err, fs.ErrNotExist) {
			return f
		}
	}
	return ""
}

// notTaken refuses to overwrite, before anything is computed, unless forced.
func (p *program) notTaken(force bool, files ...string) error {
	if force {
		return nil
	}
	if f := firstTaken(files); f != "" {
		return p.wrongUse(textTaken, "file", f)
	}
	return nil
}

// makeParent makes the folder that a file will be in.
func makeParent(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", file, err)
	}
	return nil
}

var textTaken = text{"{file} is there already; choose another name, or add --force to replace it", "{file} はすでにあります。別の名前を指定するか、--force を付けて置き換えてください"}
