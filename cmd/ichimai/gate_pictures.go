package main

import (
	"strings"

	"github.com/ichimai/ichimai/evaluate"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// subjectPlace is where a protocol's prompts have the subject.
const subjectPlace = "{}"

// readThings opens the pictures of a protocol's subjects.
func readThings(p *evaluate.Protocol) ([]gate.Thing, error) {
	var things []gate.Thing
	for _, name := range sortedKeys(p.Classes) {
		given, err := p.Given(name)
		if err != nil {
			return nil, err
		}
		t := gate.Thing{Name: name}
		if t.Given, err = openPictures(given); err != nil {
			return nil, err
		}
		if t.Scenes, err = readScenes(p, name); err != nil {
			return nil, err
		}
		things = append(things, t)
	}
	return things, nil
}

// readScenes opens a subject's real pictures, with the texts that they show and those
// that they do not.
func readScenes(p *evaluate.Protocol, subject string) ([]gate.Scene, error) {
	var scenes []gate.Scene
	word, files := p.Classes[subject], p.RealPictures(subject)
	for _, q := range p.Prompts {
		file, found := files[q.ID]
		if !found {
			continue
		}
		opened, err := picture.Open(file)
		if err != nil {
			return nil, err
		}
		s := gate.Scene{Picture: opened, Text: q.About(word)}
		for _, other := range p.Prompts {
			if other.Lang == q.Lang && !shows(q.Text, other.Text) {
				s.Wrong = append(s.Wrong, other.About(word))
			}
		}
		scenes = append(scenes, s)
	}
	return scenes, nil
}

// shows says whether a picture of one prompt shows what another of the same language
// asks, too: whether the other's parts around the subject are all in it. What is purple
// on grass is on grass.
func shows(prompt, other string) bool {
	for part := range strings.SplitSeq(other, subjectPlace) {
		part = strings.Trim(part, " 　,、.。")
		if part = strings.TrimPrefix(strings.TrimPrefix(part, "a "), "an "); !strings.Contains(prompt, part) {
			return false
		}
	}
	return true
}
