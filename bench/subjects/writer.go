package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/picture"
)

// writer composes pictures and writes the protocol's folder.
type writer struct {
	out         string
	unseen, all *dataset.Scenes
	looks       []dataset.Look
}

func (w *writer) write(ctx context.Context, subjects []subject) error {
	for i, s := range subjects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.subject(s, uint64(i)); err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
	}
	text, err := w.protocol(subjects)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.out, "protocol.yaml"), text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.out, "subjects.csv"), list(subjects), 0o644)
}

// list says which pictures of the pack the subjects are.
func list(subjects []subject) []byte {
	var b bytes.Buffer
	b.WriteString("subject,key,licence\n")
	for _, s := range subjects {
		fmt.Fprintf(&b, "%s,%s,%s\n", s.name(), s.key(), s.thing.Views[s.view].Licence)
	}
	return b.Bytes()
}

// subject writes the given picture and the real ones.
func (w *writer) subject(s subject, seed uint64) error {
	given := s.scene(w.looks)
	given.Ground, given.Seed = givenGround(seed), seed
	if err := w.compose(w.unseen, given, filepath.Join("subjects", s.name(), "1.jpg")); err != nil {
		return err
	}
	for _, p := range prompts {
		scene, ok, err := w.scene(p, s, seed)
		if err != nil || !p.real || !ok {
			if err != nil {
				return err
			}
			continue
		}
		if err := w.compose(w.all, scene, filepath.Join("real", s.name(), p.ID+".jpg")); err != nil {
			return err
		}
	}
	return nil
}

// givenGround is what a picture to learn from stands on: none that a prompt asks for.
func givenGround(seed uint64) dataset.Ground {
	colours := []string{"gray", "white", "brown", "light blue"}
	kinds := []dataset.GroundKind{dataset.Plain, dataset.Gradient}
	return dataset.Ground{Kind: kinds[seed%2], Colour: colourOf(colours[seed/2%4])}
}

// scene is the subject alone in the middle.
func (s subject) scene(looks []dataset.Look) dataset.Scene {
	return dataset.Scene{
		Look:   looks[s.thing.Views[s.view].Look],
		Things: []dataset.Placed{{Thing: s.thing, View: s.view, Count: 1, Colour: dataset.Natural}},
	}
}

// scene is what a prompt asks for with a subject; false where the pack has no
// picture of the thing in the look that is asked for.
func (w *writer) scene(p prompt, s subject, seed uint64) (dataset.Scene, bool, error) {
	scene := s.scene(w.looks)
	scene.Ground, scene.Seed = p.ground, 1000+seed
	first := &scene.Things[0]
	first.Colour, first.Size = p.colour, p.size
	if p.look != "" {
		whole := s.thing
		if at := slices.IndexFunc(w.all.Things(), func(t *dataset.Thing) bool { return t.English == s.thing.English }); at >= 0 {
			whole = w.all.Things()[at] // with the looks that were trained on
		}
		view := slices.IndexFunc(whole.Views, func(v dataset.ThingView) bool { return w.looks[v.Look].Set == p.look })
		if view < 0 {
			return scene, false, nil
		}
		first.Thing, first.View, scene.Look = whole, view, w.looks[whole.Views[view].Look]
	}
	if p.beside != "" {
		other, err := w.beside(p.beside, scene.Look)
		if err != nil {
			return scene, false, err
		}
		scene.Things, scene.Relation = append(scene.Things, other), p.relation
	}
	return scene, true, nil
}

// beside is the second thing, in the first one's look where it has that.
func (w *writer) beside(name string, look dataset.Look) (dataset.Placed, error) {
	at := slices.IndexFunc(w.all.Things(), func(t *dataset.Thing) bool { return t.English == name })
	if at < 0 {
		return dataset.Placed{}, fmt.Errorf("the pack has no %q", name)
	}
	thing := w.all.Things()[at]
	view := max(0, slices.IndexFunc(thing.Views, func(v dataset.ThingView) bool { return w.looks[v.Look] == look }))
	return dataset.Placed{Thing: thing, View: view, Count: 1, Colour: dataset.Natural}, nil
}

// compose writes a scene as JPEG, beside its place first.
func (w *writer) compose(from *dataset.Scenes, scene dataset.Scene, name string) error {
	sample, err := from.Compose(scene)
	if err != nil {
		return err
	}
	return writeJPEG(filepath.Join(w.out, name), sample.Pixels)
}

func writeJPEG(path string, p *picture.Picture) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	var b bytes.Buffer
	rgba := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(rgba.Pix[4*i:], p.Pix[3*i:3*i+3])
		rgba.Pix[4*i+3] = 255
	}
	if err := jpeg.Encode(&b, rgba, &jpeg.Options{Quality: 90}); err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	if err := os.WriteFile(path+".partial", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".partial", path)
}

// text is a prompt's text with {} for the subject.
func (w *writer) text(p prompt, s subject) (string, error) {
	scene, _, err := w.scene(p, s, 0)
	if err != nil {
		return "", err
	}
	unnamed := *scene.Things[0].Thing
	form := dataset.Mass // no article before a placeholder alone
	if p.colour != dataset.Natural || p.size != dataset.AnySize {
		form = dataset.Count
	}
	unnamed.Name = dataset.Name{English: dataset.SubjectWord, Japanese: dataset.SubjectWord, Form: form}
	scene.Things[0].Thing = &unnamed
	scene.Omit.LookLast = true
	if scene.Omit.Look = p.look == ""; !scene.Omit.Look {
		at := slices.IndexFunc(w.looks, func(l dataset.Look) bool { return l.Set == p.look })
		scene.Look = w.looks[at]
	}
	if p.Lang == ja {
		return scene.Japanese(), nil
	}
	return scene.English(), nil
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
