package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// maxListBytes bounds caption lists and captions.
const maxListBytes = 256 << 20

// Folder is a folder of pictures with captions. Three layouts are read:
//
//   - captions.csv or metadata.csv with a column file_name (or file) and one of
//     caption, text, en; a column ja adds Japanese captions;
//   - metadata.jsonl with the same keys (the imagefolder of Hugging Face datasets);
//   - x.txt beside every x.jpg (or .png, .webp ...); x.ja.txt adds Japanese.
type Folder struct {
	root    *os.Root
	dir     string
	view    View
	entries []entry
}

type entry struct {
	file     string
	captions captions
}

// OpenFolder lists a folder and checks each picture against the held-out
// list (nil: no check). Names in a caption list may not lead out of the folder.
func OpenFolder(dir string, view View, held *HeldOut) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	f := &Folder{root: root, dir: dir, view: view}
	if f.entries, err = readEntries(root); err == nil {
		err = checkEntries(f.entries, held)
	}
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("read folder %s: %w", dir, err)
	}
	return f, nil
}

// readEntries reads the first layout that the folder has.
func readEntries(root *os.Root) ([]entry, error) {
	lists := []struct {
		name  string
		parse func(io.Reader) ([]entry, error)
	}{{"metadata.jsonl", parseJSONL}, {"captions.csv", parseCSV}, {"metadata.csv", parseCSV}}
	for _, list := range lists {
		f, err := root.Open(list.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		entries, err := list.parse(io.LimitReader(f, maxListBytes))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list.name, err)
		}
		return entries, existing(root, entries)
	}
	return walkPairs(root)
}

// existing fails on the first listed picture that is not there.
func existing(root *os.Root, entries []entry) error {
	for _, e := range entries {
		if !localName(e.file) {
			return fmt.Errorf("the list names %q, which leads out of the folder", e.file)
		}
		if _, err := root.Stat(e.file); err != nil {
			return fmt.Errorf("the list names a picture that cannot be read: %w", err)
		}
	}
	return nil
}

var pictureExtensions = []string{".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}

func isPicture(name string) bool {
	return slices.Contains(pictureExtensions, strings.ToLower(path.Ext(name)))
}

// walkPairs finds pictures with a text file of the same name beside them.
func walkPairs(root *os.Root) ([]entry, error) {
	var entries []entry
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPicture(name) {
			return err
		}
		stem := strings.TrimSuffix(name, path.Ext(name))
		c := captions{en: readText(root, stem+".txt"), ja: readText(root, stem+".ja.txt")}
		if c.empty() {
			return fmt.Errorf("picture %s has no caption; write one into %s.txt", name, stem)
		}
		entries = append(entries, entry{name, c})
		return nil
	})
	return entries, err
}

func readText(root *os.Root, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return ""
	}
	return clean(string(bytes.ToValidUTF8(data, nil)))
}

func checkEntries(entries []entry, held *HeldOut) error {
	if len(entries) == 0 {
		return errors.New("there are no pictures with captions")
	}
	for _, e := range entries {
		// A caption is the only title that such a picture has.
		if err := held.Guard(Subject{Key: e.file, Names: []string{e.file, e.captions.en}}); err != nil {
			return err
		}
	}
	return nil
}

// Len is the number of pictures.
func (f *Folder) Len() int { return len(f.entries) }

// Key is the picture's path in the folder, with slashes.
func (f *Folder) Key(i int) string { return f.entries[i].file }

// At opens one picture.
func (f *Folder) At(ctx context.Context, index int, seed uint64) (Sample, error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, len(f.entries))); err != nil {
		return Sample{}, err
	}
	e := f.entries[index]
	data, err := f.read(e.file)
	if err != nil {
		return Sample{}, fmt.Errorf("read picture of %s: %w", f.dir, err)
	}
	return f.view.sample(e.file, data, e.captions, newRandom(seed, index))
}

func (f *Folder) read(name string) ([]byte, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readBounded(file, 64<<20)
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return data, err
}

// sample decodes one picture as a view wants it.
func (v View) sample(key string, data []byte, c captions, r random) (Sample, error) {
	p, err := decode(data, key)
	if err != nil {
		return Sample{}, fmt.Errorf("read picture %s: %w", key, err)
	}
	text, lang := c.choose(r, v.Japanese)
	return Sample{Key: key, Pixels: v.apply(p, r), Caption: text, Lang: lang}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }
