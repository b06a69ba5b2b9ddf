package dataset

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Pack is a training pack as demo/recipe builds it: cut-out pictures of the
// same things in several looks, photos, and their names in both languages.
type Pack struct {
	Looks  []Look
	Things []*Thing // in the order of the manifest
	Photos []Photo

	dir      string
	archives map[string]*Archive
}

// Look is the style of a picture set, as captions name it.
type Look struct {
	Set      string `json:"set"`
	English  string `json:"en"`
	Japanese string `json:"ja"`
}

// Name is what captions call a thing.
type Name struct {
	English  string
	Japanese string
	Plural   string // English; empty where the form has none
	Form     Form
}

// Form says how an English name is used.
type Form string

// The forms of English names.
const (
	Count  Form = ""       // a dog, two dogs
	Mass   Form = "mass"   // bacon; also proper names: Mount Fuji
	Plural Form = "plural" // grapes
	The    Form = "the"    // the Statue of Liberty
)

// Thing is one object with its pictures in several looks.
type Thing struct {
	Name
	Codepoint string
	Kind      string // animal, face, plant, nature, food, place, vehicle, boat, aircraft, clothing, sky, thing
	Views     []ThingView
}

// ThingView is one cut-out picture of a thing.
type ThingView struct {
	Key     string
	Look    int // index into Pack.Looks
	Licence string
	member  string
}

// Photo is one whole picture with the name of what it shows.
type Photo struct {
	Name
	Key     string
	Set     string
	Licence string
	member  string
}

// The archives of a pack.
const (
	spriteArchive = "sprites.tar"
	photoArchive  = "photos.tar"
)

// OpenPack reads a pack's manifest, indexes its archives and checks every
// picture against the held-out list, which a pack is never opened without.
func OpenPack(dir string, held *HeldOut) (*Pack, error) {
	if held == nil {
		return nil, fmt.Errorf("open pack %s: a held-out list is needed, so that nothing kept for evaluation is trained on; see OpenHeldOut", dir)
	}
	p := &Pack{dir: dir, archives: map[string]*Archive{}}
	if err := p.open(held); err != nil {
		p.Close()
		return nil, fmt.Errorf("open pack %s: %w", dir, err)
	}
	return p, nil
}

func (p *Pack) open(held *HeldOut) error {
	if err := p.readLooks(); err != nil {
		return fmt.Errorf("read pack.json: %w", err)
	}
	f, err := os.Open(filepath.Join(p.dir, "manifest.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.readManifest(io.LimitReader(f, maxListBytes), held); err != nil {
		return fmt.Errorf("read manifest.csv: %w", err)
	}
	if len(p.Things) == 0 && len(p.Photos) == 0 {
		return errors.New("manifest.csv lists no pictures")
	}
	return nil
}

func (p *Pack) readLooks() error {
	data, err := os.ReadFile(filepath.Join(p.dir, "pack.json"))
	if err != nil {
		return err
	}
	var head struct {
		Version int    `json:"version"`
		Looks   []Look `json:"looks"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	if head.Version != 1 {
		return fmt.Errorf("the pack has version %d and this program reads version 1; build it again with demo/recipe", head.Version)
	}
	for _, l := range head.Looks {
		if l.Set == "" || l.English == "" || l.Japanese == "" {
			return fmt.Errorf("look %q lacks a set or a name in one of the languages", l.Set)
		}
	}
	p.Looks = head.Looks
	return nil
}

func (p *Pack) readManifest(r io.Reader, held *HeldOut) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read header line: %w", err)
	}
	column := columnsOf(header)
	things := map[string]*Thing{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := rows.FieldPos(0)
		if err := p.add(func(name string) string { return column.of(row, name) }, things, held); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// add takes in one line of the manifest.
func (p *Pack) add(field func(string) string, things map[string]*Thing, held *HeldOut) error {
	key, member := field("key"), field("member")
	name := Name{field("en"), field("ja"), field("plural"), Form(field("form"))}
	subject := Subject{key, field("set"), field("codepoint"), []string{name.English, field("name"), path.Base(member)}}
	if err := held.Guard(subject); err != nil {
		return err
	}
	if err := name.check(); err != nil {
		return fmt.Errorf("picture %s: %w", key, err)
	}
	switch field("category") {
	case "photo":
		p.Photos = append(p.Photos, Photo{name, key, field("set"), field("licence"), member})
		return p.checkMember(photoArchive, member)
	case "sprite":
		look := slices.IndexFunc(p.Looks, func(l Look) bool { return l.Set == field("set") })
		if look < 0 {
			return fmt.Errorf("picture %s is of set %q, which pack.json gives no look", key, field("set"))
		}
		p.addView(field, things, name, ThingView{key, look, field("licence"), member})
		return p.checkMember(spriteArchive, member)
	}
	return fmt.Errorf("picture %s has category %q; known are sprite and photo", key, field("category"))
}

func (p *Pack) addView(field func(string) string, things map[string]*Thing, name Name, v ThingView) {
	id := Normalise(field("codepoint"))
	if id == "" {
		id = name.English
	}
	t := things[id]
	if t == nil {
		t = &Thing{Name: name, Codepoint: Normalise(field("codepoint")), Kind: field("kind")}
		things[id] = t
		p.Things = append(p.Things, t)
	}
	t.Views = append(t.Views, v)
}

func (n Name) check() error {
	switch {
	case n.English == "" || n.Japanese == "":
		return fmt.Errorf("its name is %q in English and %q in Japanese; both are needed", n.English, n.Japanese)
	case n.Form != Count && n.Form != Mass && n.Form != Plural && n.Form != The:
		return fmt.Errorf("its form is %q; known are mass, plural, the, or nothing", n.Form)
	}
	return nil
}

// checkMember opens an archive when it is first named and looks the member up.
func (p *Pack) checkMember(archive, member string) error {
	a := p.archives[archive]
	if a == nil {
		var err error
		if a, err = OpenArchive(filepath.Join(p.dir, archive), ArchiveLimits{MemberBytes: 8 << 20}); err != nil {
			return err
		}
		p.archives[archive] = a
	}
	if !a.Has(member) {
		return fmt.Errorf("%s holds no %q; build the pack again", archive, member)
	}
	return nil
}

// Close closes the archives.
func (p *Pack) Close() error {
	var errs []error
	for _, a := range p.archives {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

// coloured reports whether an English name says its own colour, as "red apple" does.
func (n Name) coloured() bool {
	for _, word := range strings.Fields(strings.ToLower(n.English)) {
		if slices.ContainsFunc(Colours[:], func(c ColourName) bool { return c.English == word }) {
			return true
		}
	}
	return false
}
