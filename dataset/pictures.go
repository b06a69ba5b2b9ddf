package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Pictures is a folder of pictures or a tar archive of them, at any depth, without
// captions: a source of [Views] for which nobody has to write a word.
type Pictures struct {
	view    View
	names   []string
	read    func(name string) ([]byte, error)
	closing func() error
}

// OpenPictures lists the pictures of a folder or of an uncompressed tar file and
// checks the name of each against the held-out list (nil: no check). limits bound
// the archive, and each file of a folder. Views are cut as view says.
func OpenPictures(path string, view View, limits ArchiveLimits, held *HeldOut) (*Pictures, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open pictures: %w", err)
	}
	open := openPictureArchive
	if stat.IsDir() {
		open = openPictureFolder
	}
	p, err := open(path, limits)
	if err != nil {
		return nil, fmt.Errorf("open pictures: %w", err)
	}
	p.view = view
	if err := p.check(held); err != nil {
		p.Close()
		return nil, fmt.Errorf("open pictures %s: %w", path, err)
	}
	return p, nil
}

func openPictureArchive(path string, limits ArchiveLimits) (*Pictures, error) {
	a, err := OpenArchive(path, limits)
	if err != nil {
		return nil, err
	}
	p := &Pictures{read: a.Read, closing: a.Close}
	for _, name := range a.Names() {
		if isPicture(name) {
			p.names = append(p.names, name)
		}
	}
	return p, nil
}

func openPictureFolder(path string, limits ArchiveLimits) (*Pictures, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	p := &Pictures{closing: root.Close}
	p.read = func(name string) ([]byte, error) {
		f, err := root.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readBounded(f, limits.orDefault().MemberBytes)
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isPicture(name) {
			p.names = append(p.names, name)
		}
		return err
	})
	if err != nil {
		root.Close()
	}
	return p, err
}

func (p *Pictures) check(held *HeldOut) error {
	if len(p.names) == 0 {
		return errors.New("there are no pictures in it (.png, .jpg, .webp, .gif, .bmp, .tif, .avif)")
	}
	for _, name := range p.names {
		if err := held.Guard(Subject{Key: name, Names: []string{name}}); err != nil {
			return err
		}
	}
	return nil
}

// Len is the number of pictures.
func (p *Pictures) Len() int { return len(p.names) }

// Views cuts two squares of one picture.
func (p *Pictures) Views(ctx context.Context, index int, seed uint64) (seen, drawn Sample, err error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, len(p.names))); err != nil {
		return seen, drawn, err
	}
	name := p.names[index]
	data, err := p.read(name)
	if err != nil {
		return seen, drawn, fmt.Errorf("read picture %s: %w", name, err)
	}
	whole, err := decode(data, name)
	if err != nil {
		return seen, drawn, fmt.Errorf("read picture %s: %w", name, err)
	}
	r := newRandom(seed, index)
	seen = Sample{Key: name, Pixels: p.view.apply(whole, r)}
	drawn = Sample{Key: name, Pixels: p.view.apply(whole, r)}
	drawn.Caption, drawn.Lang = anonymous(r, p.view.Japanese)
	return seen, drawn, nil
}

// Split parts the pictures by their names: about fraction of them validate, the
// rest train. Both read what p has open.
func (p *Pictures) Split(fraction float64) (train, validation *Pictures) {
	a, b := *p, *p
	a.names, b.names = nil, nil
	for _, name := range p.names {
		if InValidation(name, fraction) {
			b.names = append(b.names, name)
		} else {
			a.names = append(a.names, name)
		}
	}
	return &a, &b
}

// Fingerprint tells these pictures, by their names, and what is cut from them from
// others.
func (p *Pictures) Fingerprint() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%+v %q", p.view, p.names)
	return hex.EncodeToString(sum.Sum(nil))
}

// Close closes the folder or the archive.
func (p *Pictures) Close() error { return p.closing() }
