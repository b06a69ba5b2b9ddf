package gate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	t.Run("OK", func(t *testing.T) {
		must(t, valid().Write(path))
		got, err := Read(path)
		must(t, err)
		if diff := cmp.Diff(valid(), got); diff != "" {
			t.Error(diff)
		}
		left, _ := os.ReadDir(filepath.Dir(path))
		if len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	})
	data, err := os.ReadFile(path)
	must(t, err)
	text := string(data)
	for _, c := range []struct{ name, old, new, want string }{
		{"ErrVersion", Format, "ichimai gate 2", `"ichimai gate 2"`},
		{"ErrNoVersion", `"format": "` + Format + `",`, "", "format"},
		{"ErrJudge", strings.Repeat("ab", 32), "abc", "judge"},
		{"ErrProtocol", strings.Repeat("01", 32), strings.Repeat("zz", 32), "protocol"},
		{"ErrNaN", `"threshold": 0.5`, `"threshold": NaN`, "invalid character 'N'"},
		{"ErrInfinite", `"threshold": 0.5`, `"threshold": 1e999`, "1e999"},
		{"ErrRange", `"threshold": 0.5`, `"threshold": 7`, "threshold 7"},
		{"ErrNoThreshold", `"threshold": 0.5,`, "", "no threshold"},
		{"ErrAUC", `"auc": 0.6`, `"auc": -0.6`, "auc"},
		{"ErrNoAUC", `"auc": 0.6,`, ``, "no auc"},
		{"ErrRate", `"low": 0.05`, `"low": 0.3`, "interval"},
		{"ErrName", `"name": "prompt"`, `"name": "charm"`, "charm"},
		{"ErrTwice", `"name": "prompt"`, `"name": "subject"`, "twice"},
		{"ErrUnknownKey", `"refuse": 0.05`, `"refuse": 0.05, "extra": 1`, "extra"},
		{"ErrRefuse", `"refuse": 0.05`, `"refuse": 0`, "refuse"},
		{"ErrSide", `"side": 128`, `"side": 1`, "side"},
		{"ErrBlur", `"blur": 1.5`, `"blur": 1e9`, "blur"},
		{"ErrCounts", `"good": 10`, `"good": 0`, "0 good"},
		{"ErrDrawn", `"pictures": 80`, `"pictures": 0`, "encoder, 12"},
		{"ErrMore", text, text + "{}", "invalid character"},
		{"ErrTruncated", text, text[:len(text)/2], "unexpected end"},
		{"ErrEmpty", text, "", "unexpected end"},
		{"ErrNoObject", text, "[]", "cannot unmarshal"},
		{"ErrTooLong", text, strings.Repeat(" ", maxFile) + text, "bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(text, c.old) {
				t.Fatalf("the file has no %q", c.old)
			}
			wrong := filepath.Join(t.TempDir(), File)
			must(t, os.WriteFile(wrong, []byte(strings.Replace(text, c.old, c.new, 1)), 0o644))
			_, err := Read(wrong)
			wants(t, err, wrong, c.want)
			var file *FileError
			if !errors.As(err, &file) {
				t.Errorf("%v is no FileError", err)
			}
		})
	}
	t.Run("ErrMissing", func(t *testing.T) {
		if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ErrWrite", func(t *testing.T) {
		g := valid()
		g.Checks[0].AUC = 2
		wants(t, g.Write(path), "auc")
		if again, _ := os.ReadFile(path); string(again) != text {
			t.Error("a wrong gate was written over a right one")
		}
		if err := valid().Write(filepath.Join(t.TempDir(), "none", File)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

// A file that is named goes before the folder's own; a folder without one has none.
func TestFind(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other.json")
	if g, file, err := Find(dir, ""); g != nil || file != "" || err != nil {
		t.Errorf("an empty folder has %v in %q: %v", g, file, err)
	}
	if g, file, err := Find("", ""); g != nil || file != "" || err != nil {
		t.Errorf("no folder has %v in %q: %v", g, file, err)
	}
	own := filepath.Join(dir, File)
	must(t, valid().Write(own))
	must(t, valid().Write(other))
	for named, want := range map[string]string{"": own, other: other} {
		if g, file, err := Find(dir, named); g == nil || file != want || err != nil {
			t.Errorf("named %q: %v in %q, error %v", named, g, file, err)
		}
	}
	if _, _, err := Find(dir, filepath.Join(dir, "none.json")); err == nil {
		t.Error("a named file that is not there was found")
	}
}
