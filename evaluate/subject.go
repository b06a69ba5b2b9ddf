package evaluate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// subject is a thing to learn.
type subject struct {
	name  string // of its folder
	class Class
	files []string          // of the given pictures
	real  map[string]string // files by prompts' ids
}

// pictureEndings are what names of pictures end with.
var pictureEndings = []string{".png", ".jpg", ".jpeg", ".webp"}

func isPicture(name string) bool {
	return slices.Contains(pictureEndings, strings.ToLower(filepath.Ext(name))) && !strings.HasPrefix(name, ".")
}

// checkSubjects looks at the folders of subjects and of real pictures.
func (p *Protocol) checkSubjects() error {
	if p.Subjects == "" {
		return p.wrong(at("subjects"), textMissing)
	}
	if err := p.checkFolder(at("subjects"), p.Folder(p.Subjects)); err != nil {
		return err
	}
	if p.Real != "" {
		if err := p.checkFolder(at("real"), p.Folder(p.Real)); err != nil {
			return err
		}
	}
	_, err := p.subjects()
	return err
}

// subjects lists the subjects with their files, in an order in which the first few
// are of all kinds: by the hashes of their names.
func (p *Protocol) subjects() ([]subject, error) {
	entries, err := os.ReadDir(p.Folder(p.Subjects))
	if err != nil {
		return nil, fmt.Errorf("read subjects: %w", err)
	}
	var all []subject
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		s, err := p.subject(e.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	for _, known := range sortedKeys(p.Classes) {
		if !slices.ContainsFunc(all, func(s subject) bool { return s.name == known }) {
			return nil, p.wrong(at("classes", known), textNoFolder, "dir", filepath.Join(p.Folder(p.Subjects), known))
		}
	}
	if len(all) == 0 {
		return nil, p.wrong(at("subjects"), textNoSubjects, "dir", p.Folder(p.Subjects))
	}
	slices.SortFunc(all, func(a, b subject) int { return cmp.Compare(spread(a.name), spread(b.name)) })
	return all, nil
}

// spread is a name's place in an order that has nothing to do with names.
func spread(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

func (p *Protocol) subject(name string) (subject, error) {
	s := subject{name: name, class: p.Classes[name]}
	dir := filepath.Join(p.Folder(p.Subjects), name)
	if s.class.EN == "" || s.class.JA == "" {
		return s, p.wrong(at("classes", name), textNoClass, "subject", name)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, fmt.Errorf("read subject: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() && isPicture(e.Name()) {
			s.files = append(s.files, filepath.Join(dir, e.Name()))
		}
	}
	if n := len(s.files); n < 1 || n > tuning.MaxPictures {
		return s, p.wrong(at("subjects"), textPictureCount, "dir", dir, "count", fmt.Sprint(n), "most", fmt.Sprint(tuning.MaxPictures))
	}
	s.real = p.RealPictures(name)
	return s, nil
}

// Given lists the files of the pictures that a subject is learned from.
func (p *Protocol) Given(subject string) ([]string, error) {
	s, err := p.subject(subject)
	return s.files, err
}

// RealPictures finds a subject's real pictures, by the ids of their prompts.
func (p *Protocol) RealPictures(subject string) map[string]string {
	files := map[string]string{}
	for _, q := range p.Prompts {
		for _, ending := range pictureEndings {
			path := filepath.Join(p.Folder(p.Real), subject, q.ID+ending)
			if _, err := os.Stat(path); p.Real != "" && !errors.Is(err, fs.ErrNotExist) {
				files[q.ID] = path
				break
			}
		}
	}
	return files
}

// given are a subject's pictures as they were read.
type given struct {
	pictures []*picture.Picture
	hash     string        // of all of them, in their order
	took     time.Duration // to read them
}

func (s *subject) read(now func() time.Time) (given, error) {
	var g given
	begun := now()
	sum := sha256.New()
	for _, file := range s.files {
		p, err := picture.Open(file)
		if err != nil {
			return g, err
		}
		g.pictures = append(g.pictures, p)
		fmt.Fprintln(sum, p.Hash())
	}
	g.took = now().Sub(begun)
	g.hash = hex.EncodeToString(sum.Sum(nil))
	return g, nil
}

// About is the text that CLIP compares a picture with: the class's word in the
// prompt's place of the subject.
func (q Prompt) About(c Class) string {
	return strings.ReplaceAll(q.Text, subjectMark, c.In(q.Lang))
}

var (
	textNoSubjects   = text{"{dir} has no folders; make one for each subject, with its pictures in it", "{dir} にフォルダーがありません。対象ごとにフォルダーを作り、その中に画像を入れてください"}
	textNoClass      = text{"there are no words in both languages for the subject {subject}: {subject}: {en: fox, ja: キツネ}", "対象 {subject} の種類を表す単語がありません。{subject}: {en: fox, ja: キツネ} のように両方の言語で書いてください"}
	textPictureCount = text{"{dir} has {count} pictures; 1 to {most} are wanted", "{dir} の画像は {count} 枚です。1〜{most} 枚にしてください"}
)
