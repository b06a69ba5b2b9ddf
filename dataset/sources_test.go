package dataset

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folderOf writes pictures and texts by name.
func folderOf(t *testing.T, texts map[string]string, pictures ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, name := range pictures {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, blob(t, color.NRGBA{uint8(80 * i), 90, 10, 255}, true))
	}
	for name, text := range texts {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	return dir
}

func TestFolderLayouts(t *testing.T) {
	for name, dir := range map[string]string{
		"pairs": folderOf(t, map[string]string{"a.txt": " a cat\n", "sub/b.txt": "a dog", "sub/b.ja.txt": "イヌ"}, "a.png", "sub/b.png"),
		"csv":   folderOf(t, map[string]string{"captions.csv": "\ufefffile,en,ja\na.png,a cat,\nsub/b.png,a dog,イヌ\n"}, "a.png", "sub/b.png"),
		"jsonl": folderOf(t, map[string]string{"metadata.jsonl": "{\"file_name\":\"a.png\",\"text\":\"a cat\"}\n\n{\"file_name\":\"sub/b.png\",\"text\":\"a dog\",\"ja\":\"イヌ\",\"n\":1}\n"}, "a.png", "sub/b.png"),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := OpenFolder(dir, View{Size: 16, Crop: 0.7, Flip: true, Japanese: 1}, heldOut(t))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			first, second := at(t, f, 0, 1), at(t, f, 1, 1)
			if diff := cmp.Diff([]string{"a.png", "a cat", "sub/b.png", "イヌ"}, []string{first.Key, first.Caption, second.Key, second.Caption}); diff != "" {
				t.Error(diff)
			}
			if first != at(t, f, 0, 1) {
				t.Error("the same index and seed give another sample")
			}
		})
	}
}

func TestFolderRefuses(t *testing.T) {
	for name, dir := range map[string]string{
		"nothing":        folderOf(t, nil),
		"no caption":     folderOf(t, nil, "a.png"),
		"missing":        folderOf(t, map[string]string{"captions.csv": "file,en\nb.png,a cat\n"}, "a.png"),
		"leads out":      folderOf(t, map[string]string{"captions.csv": "file,en\n../a.png,a cat\n"}, "a.png"),
		"no file column": folderOf(t, map[string]string{"captions.csv": "name,en\na.png,a cat\n"}, "a.png"),
		"empty caption":  folderOf(t, map[string]string{"captions.csv": "file,en\na.png, \n"}, "a.png"),
		"bad json":       folderOf(t, map[string]string{"metadata.jsonl": "{"}, "a.png"),
		"held-out name":  folderOf(t, map[string]string{"fox.txt": "an animal"}, "fox.png"),
		"held-out title": folderOf(t, map[string]string{"a.txt": "a red fox"}, "a.png"),
	} {
		if f, err := OpenFolder(dir, View{}, heldOut(t)); err == nil {
			f.Close()
			t.Errorf("%s: the folder opens", name)
		}
	}
	if _, err := OpenFolder(filepath.Join(t.TempDir(), "none"), View{}, nil); err == nil {
		t.Error("a missing folder opens")
	}
}

func TestFolderDoesNotFollowLinksOut(t *testing.T) {
	secret := filepath.Join(folderOf(t, nil, "secret.png"), "secret.png")
	dir := folderOf(t, map[string]string{"captions.csv": "file,en\na.png,a cat\n"})
	if err := os.Symlink(secret, filepath.Join(dir, "a.png")); err != nil {
		t.Skip("this system makes no links: ", err)
	}
	if f, err := OpenFolder(dir, View{}, nil); err == nil {
		f.Close()
		t.Error("a link out of the folder is followed")
	}
}

func TestSplitOfAFolder(t *testing.T) {
	var names []string
	texts := map[string]string{}
	for i := range 40 {
		names = append(names, fmt.Sprintf("p%d.png", i))
		texts[fmt.Sprintf("p%d.txt", i)] = "a thing"
	}
	f, err := OpenFolder(folderOf(t, texts, names...), View{Size: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	train, validation := Split(f, 0.3)
	if train.Len()+validation.Len() != 40 || validation.Len() < 4 || validation.Len() > 20 {
		t.Errorf("the parts have %d and %d of 40", train.Len(), validation.Len())
	}
	for i := range validation.Len() {
		if s := at(t, validation, i, 1); s.Key != validation.Key(i) || !InValidation(s.Key, 0.3) {
			t.Errorf("sample %d is %s, its key %s", i, s.Key, validation.Key(i))
		}
	}
	if _, err := train.At(context.Background(), train.Len(), 0); err == nil {
		t.Error("an index outside the part is accepted")
	}
}

func TestWebDataset(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.tar")
	png := blob(t, color.NRGBA{9, 9, 90, 255}, false)
	writeTar(t, file, []member{{"0/a.txt", []byte("a cat\n")}, {"0/a.png", png}, {"0/b.png", png},
		{"0/b.json", []byte(`{"caption":"a dog","ja":"イヌ","keywords":["pet","animal"]}`)}})
	w, err := OpenWebDataset(file, View{Size: 8, Japanese: 1}, ArchiveLimits{}, heldOut(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if a, b := at(t, w, 0, 1), at(t, w, 1, 1); a.Caption != "a cat" || b.Caption != "イヌ" || b.Lang != Japanese {
		t.Errorf("samples are %+v and %+v", a, b)
	}
}

func TestWebDatasetRefuses(t *testing.T) {
	png := blob(t, color.NRGBA{9, 9, 90, 255}, false)
	for name, members := range map[string][]member{
		"nothing":          {{"a.txt", []byte("a cat")}},
		"no caption":       {{"a.png", png}},
		"held-out keyword": {{"a.png", png}, {"a.json", []byte(`{"caption":"an animal","keywords":["red","fox"]}`)}},
		"held-out name":    {{"1f98a.png", png}, {"1f98a.txt", []byte("an animal")}},
		"bad json":         {{"a.png", png}, {"a.json", []byte("[")}},
	} {
		file := filepath.Join(t.TempDir(), "w.tar")
		writeTar(t, file, members)
		w, err := OpenWebDataset(file, View{}, ArchiveLimits{}, heldOut(t))
		var held *HeldOutError
		if err == nil || strings.HasPrefix(name, "held-out") != errors.As(err, &held) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if err == nil {
			w.Close()
		}
	}
}

func TestPackErrors(t *testing.T) {
	for name, line := range map[string]string{
		"no Japanese": "round/x,sprites.tar,round/1f415.png,sprite,round,,1f412,monkey,monkey,,animal,,,CC0-1.0",
		"form":        "round/x,sprites.tar,round/1f415.png,sprite,round,,1f412,monkey,monkey,サル,animal,odd,,CC0-1.0",
		"look":        "other/x,sprites.tar,round/1f415.png,sprite,other,,1f412,monkey,monkey,サル,animal,,,CC0-1.0",
		"member":      "round/x,sprites.tar,round/none.png,sprite,round,,1f412,monkey,monkey,サル,animal,,,CC0-1.0",
		"category":    "round/x,sprites.tar,round/1f415.png,film,round,,1f412,monkey,monkey,サル,animal,,,CC0-1.0",
		"columns":     "round/x,sprites.tar",
	} {
		if p, err := OpenPack(testPack(t, line), heldOut(t)); err == nil {
			p.Close()
			t.Errorf("%s: the pack opens", name)
		} else if !strings.Contains(err.Error(), "18") {
			t.Errorf("%s: the error %q does not name the line", name, err)
		}
	}
	dir := testPack(t)
	writeFile(t, filepath.Join(dir, "pack.json"), []byte(`{"version":9}`))
	if _, err := OpenPack(dir, heldOut(t)); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("a pack of version 9: %v", err)
	}
}

func TestMix(t *testing.T) {
	m, err := Mix(Share{numbered{5, -1}, 3}, Share{numbered{1000, -1}, 1})
	if err != nil {
		t.Fatal(err)
	}
	small := 0
	for i := range m.Len() {
		if s := at(t, m, i, 4); len(s.Key) == 1 && s.Key < "5" {
			small++
		}
		if again := at(t, m, i, 4); again != at(t, m, i, 4) {
			t.Fatal("the same index and seed give another sample")
		}
	}
	if part := float64(small) / float64(m.Len()); part < 0.68 || part > 0.82 {
		t.Errorf("%.2f of the samples are of the part with weight 3 of 4", part)
	}
	for _, shares := range [][]Share{nil, {{nil, 1}}, {{numbered{0, -1}, 1}}, {{numbered{3, -1}, 0}}} {
		if _, err := Mix(shares...); err == nil {
			t.Errorf("Mix(%v) succeeds", shares)
		}
	}
}
