package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Scenes is a dataset of composed scenes and photos from a pack. A sample's
// scene is drawn from (seed, index) anew: Len is only the number of pictures
// in the pack, the unit in which a pass over the data is counted.
type Scenes struct {
	pack    *Pack
	config  Config
	drawer  *drawer
	photos  []Photo
	sprites *spriteCache
}

// NewScenes draws from an open pack as config says. The pack must stay open.
func NewScenes(p *Pack, c Config) (*Scenes, error) {
	if err := c.check(p); err != nil {
		return nil, fmt.Errorf("prepare scenes: %w", err)
	}
	s := &Scenes{pack: p, config: c, drawer: newDrawer(p, c)}
	s.sprites = newSpriteCache(p.archives[spriteArchive], c.CacheBytes)
	s.photos = slices.DeleteFunc(slices.Clone(p.Photos), func(ph Photo) bool { return !c.inPart(ph.Key) })
	switch {
	case c.Photos > 0 && len(s.photos) == 0:
		return nil, errors.New("prepare scenes: Photos is above 0 and there are no photos in this part of the pack; set it to 0")
	case c.Photos < 1 && len(s.drawer.things) == 0:
		return nil, errors.New("prepare scenes: there are no things in this part of the pack")
	}
	return s, nil
}

// Len is the number of pictures drawn from, cut-outs and photos.
func (s *Scenes) Len() int {
	n := len(s.photos)
	for _, t := range s.drawer.things {
		n += len(t.Views)
	}
	return n
}

// At draws and composes one sample.
func (s *Scenes) At(ctx context.Context, index int, seed uint64) (Sample, error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, s.Len())); err != nil {
		return Sample{}, err
	}
	r := newRandom(seed, index)
	if r.chance(s.config.Photos) {
		return s.photo(pick(r, s.photos), r)
	}
	scene, err := s.scene(r)
	if err != nil {
		return Sample{}, err
	}
	return s.sample(scene, r)
}

// Scene draws the record of a scene without composing it.
func (s *Scenes) Scene(seed uint64, index int) (Scene, error) {
	if len(s.drawer.things) == 0 {
		return Scene{}, errors.New("draw scene: there are no things in this part of the pack")
	}
	return s.scene(newRandom(seed, index))
}

func (s *Scenes) scene(r random) (Scene, error) { return s.readable(s.drawer.draw(r), r) }

// readable changes the ground's colour until every thing stands out.
func (s *Scenes) readable(scene Scene, r random) (Scene, error) {
	if !scene.Ground.Kind.IsPattern() {
		return scene, nil
	}
	cuts, err := s.cuts(scene)
	if err != nil {
		return Scene{}, err
	}
	for range 8 {
		if scene.readable(cuts) {
			break
		}
		scene.Ground.Colour = pick(r, s.drawer.colours)
	}
	return scene, nil
}

func (s Scene) readable(cuts []*sprite) bool {
	for i, p := range s.Things {
		if !p.contrasts(cuts[i], s.Ground.Colour) {
			return false
		}
	}
	return true
}

// cuts returns the cut-outs of a scene's things.
func (s *Scenes) cuts(scene Scene) ([]*sprite, error) {
	cuts := make([]*sprite, len(scene.Things))
	for i, p := range scene.Things {
		var err error
		if cuts[i], err = s.cut(p); err != nil {
			return nil, err
		}
	}
	return cuts, nil
}

func (s *Scenes) cut(p Placed) (*sprite, error) {
	own, err := s.sprites.get(p.Thing.Views[p.View].member)
	if err != nil || p.Invention == nil {
		return own, err
	}
	var with *sprite
	if t := p.Invention.With; t != nil {
		if with, err = s.sprites.get(t.Views[p.Invention.View].member); err != nil {
			return nil, err
		}
	}
	return own.invented(with, p.Invention.Seed), nil
}

// sample composes a scene and picks one of its captions.
func (s *Scenes) sample(scene Scene, r random) (Sample, error) {
	cuts, err := s.cuts(scene)
	if err != nil {
		return Sample{}, err
	}
	first := scene.Things[0]
	view := first.Thing.Views[first.View]
	text, lang := captions{scene.English(), scene.Japanese()}.choose(r, s.config.Japanese)
	return Sample{
		Key: view.Key, Pixels: scene.compose(s.config.Size, cuts), Caption: text, Lang: lang,
		Meta: Meta{Category: "scene", Set: scene.Look.Set, Look: scene.Look.English, Codepoint: first.Thing.Codepoint,
			Name: first.Thing.Name.English, Licence: view.Licence, Scene: &scene},
	}, nil
}

// photo reads a photo and crops it.
func (s *Scenes) photo(p Photo, r random) (Sample, error) {
	data, err := s.pack.archives[photoArchive].Read(p.member)
	if err != nil {
		return Sample{}, err
	}
	view := View{Size: s.config.Size, Crop: s.config.PhotoCrop, Flip: true, Japanese: s.config.Japanese}
	sample, err := view.sample(p.Key, data, captions{p.English(), p.Japanese()}, r)
	sample.Meta = Meta{Category: "photo", Set: p.Set, Look: "photo", Name: p.Name.English, Licence: p.Licence}
	return sample, err
}

// Compose draws a scene that the caller has made or changed. Its things must be
// of this dataset's pack.
func (s *Scenes) Compose(scene Scene) (Sample, error) {
	if err := scene.check(); err != nil {
		return Sample{}, err
	}
	return s.sample(scene, newRandom(scene.Seed, 1))
}

// Things lists what scenes are drawn from, with the views of this part only.
func (s *Scenes) Things() []*Thing { return s.drawer.things }

// Captions yields n captions as samples have them, without composing any
// picture: what a tokenizer's vocabulary is trained on. Both languages come
// in the share of Config.Japanese.
func (s *Scenes) Captions(seed uint64, n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			r := newRandom(seed, i)
			var c captions
			if r.chance(s.config.Photos) {
				p := pick(r, s.photos)
				c = captions{p.English(), p.Japanese()}
			} else {
				scene := s.drawer.draw(r)
				c = captions{scene.English(), scene.Japanese()}
			}
			if text, _ := c.choose(r, s.config.Japanese); !yield(text) {
				return
			}
		}
	}
}
