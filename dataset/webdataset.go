package dataset

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
)

// WebDataset is a tar archive of pictures, each with x.txt or x.json beside
// x.jpg, as the webdataset library writes them. It is indexed once and read at
// random; nothing is unpacked.
type WebDataset struct {
	archive *Archive
	view    View
	pairs   []pair
}

type pair struct {
	picture string
	text    captions
}

// OpenWebDataset indexes a tar archive, reads its captions and checks every
// picture against the held-out list (nil: no check): its name, its caption, and
// the strings of its JSON.
func OpenWebDataset(file string, view View, limits ArchiveLimits, held *HeldOut) (*WebDataset, error) {
	archive, err := OpenArchive(file, limits)
	if err != nil {
		return nil, err
	}
	pairs, err := pairUp(archive, held)
	if err != nil {
		archive.Close()
		return nil, fmt.Errorf("read archive %s: %w", file, err)
	}
	return &WebDataset{archive, view, pairs}, nil
}

func pairUp(a *Archive, held *HeldOut) ([]pair, error) {
	var pairs []pair
	for _, name := range a.Names() {
		if !isPicture(name) {
			continue
		}
		c, words, err := memberCaptions(a, strings.TrimSuffix(name, path.Ext(name)))
		if err != nil {
			return nil, err
		}
		if c.empty() {
			return nil, fmt.Errorf("picture %s has no caption; add %s.txt or .json beside it", name, strings.TrimSuffix(name, path.Ext(name)))
		}
		if err := held.Guard(Subject{Key: name, Names: append(words, name, c.en)}); err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{name, c})
	}
	if len(pairs) == 0 {
		return nil, errors.New("there are no pictures with captions")
	}
	return pairs, nil
}

// memberCaptions returns the captions beside a picture and every other text its JSON holds.
func memberCaptions(a *Archive, stem string) (c captions, words []string, err error) {
	if a.Has(stem + ".json") {
		data, err := a.Read(stem + ".json")
		if err != nil {
			return c, nil, err
		}
		fields, err := jsonFields(data)
		if err != nil {
			return c, nil, fmt.Errorf("member %s.json: %w", stem, err)
		}
		c = captionsFromFields(func(name string) string { return fields[name] })
		for _, text := range fields {
			words = append(words, text)
		}
	}
	if c.en == "" && a.Has(stem+".txt") {
		data, err := a.Read(stem + ".txt")
		if err != nil {
			return c, nil, err
		}
		c.en = clean(strings.ToValidUTF8(string(data), ""))
	}
	return c, words, nil
}

// Len is the number of pictures.
func (w *WebDataset) Len() int { return len(w.pairs) }

// Key is the picture's name in the archive.
func (w *WebDataset) Key(i int) string { return w.pairs[i].picture }

// At reads one picture.
func (w *WebDataset) At(ctx context.Context, index int, seed uint64) (Sample, error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, len(w.pairs))); err != nil {
		return Sample{}, err
	}
	p := w.pairs[index]
	data, err := w.archive.Read(p.picture)
	if err != nil {
		return Sample{}, err
	}
	return w.view.sample(p.picture, data, p.text, newRandom(seed, index))
}

// Close closes the archive.
func (w *WebDataset) Close() error { return w.archive.Close() }
