package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
)

// question is one thing to draw.
type question struct {
	prompt string
	// names are the prompt with each thing's name in its place, the asked one at own.
	names []string
	own   int
	truth *picture.Picture
}

// looks are the picture sets that are asked for, in turns.
var looks = []string{"noto", "twemoji", "fluent-emoji", "fluent-emoji-flat"}

// ask makes the questions: one thing on a plain ground, looks, colours and
// languages in turns.
func (n *naming) ask(pack *dataset.Pack) ([]question, error) {
	scenes, err := dataset.NewScenes(pack, dataset.DefaultConfig())
	if err != nil {
		return nil, err
	}
	all := scenes.Things()
	var list []question
	for i, at := range n.chosen(all) {
		scene, ok := sceneOf(pack, all[at], i)
		if !ok {
			continue
		}
		q := question{own: at}
		sample, err := scenes.Compose(scene)
		if err != nil {
			return nil, err
		}
		q.truth = sample.Pixels
		for _, other := range all {
			scene.Things[0].Thing = other
			q.names = append(q.names, say(scene, i))
		}
		q.prompt = q.names[at]
		list = append(list, q)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the pack %s has no thing of these names", n.data)
	}
	return list, nil
}

// chosen are the places of the things to draw.
func (n *naming) chosen(all []*dataset.Thing) []int {
	var list []int
	for i, t := range all {
		if slices.Contains(n.things, t.Name.English) {
			list = append(list, i)
		}
	}
	if len(n.things) == 0 {
		for i := range min(n.number, len(all)) {
			list = append(list, i*len(all)/min(n.number, len(all)))
		}
	}
	return list[:min(len(list), n.number)]
}

// sceneOf places a thing in the look whose turn it is, or the next that it has.
func sceneOf(pack *dataset.Pack, t *dataset.Thing, turn int) (dataset.Scene, bool) {
	for k := range looks {
		set := looks[(turn+k)%len(looks)]
		for v, view := range t.Views {
			if look := pack.Looks[view.Look]; look.Set == set {
				colour := dataset.Colour(turn % len(dataset.Colours))
				return dataset.Scene{
					Look: look, Things: []dataset.Placed{{Thing: t, View: v, Count: 1, Colour: dataset.Natural}},
					Ground: dataset.Ground{Kind: dataset.Plain, Colour: colour}, Seed: uint64(turn),
				}, true
			}
		}
	}
	return dataset.Scene{}, false
}

// say describes a scene, every third in Japanese.
func say(s dataset.Scene, turn int) string {
	if turn%3 == 2 {
		return s.Japanese()
	}
	return s.English()
}

func (n *naming) draw(ctx context.Context, m *diffusion.Model, asked []question) ([]*picture.Picture, error) {
	p := diffusion.NewPipeline(m)
	var drawn []*picture.Picture
	for i, q := range asked {
		images, err := p.Generate(ctx, diffusion.Request{Prompt: q.prompt, Steps: n.sampling, GuidanceScale: n.guidance})
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, images[0].Picture)
		fmt.Fprintf(os.Stderr, "\r%d of %d", i+1, len(asked))
	}
	fmt.Fprintln(os.Stderr)
	return drawn, nil
}
