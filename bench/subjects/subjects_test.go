package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/evaluate"
)

const folder = "../../demo/evaluation"

// No part was trained on the subjects: they are of the part that every recipe keeps
// for validation, and none is on the held-out list.
func TestSubjectsAreUnseen(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "subjects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 41 {
		t.Fatalf("%d lines, want a heading and 40 subjects", len(rows))
	}
	held, err := dataset.ReadHeldOut(bytes.NewReader(demo.HeldOut()))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		subject, key := row[0], row[1]
		if !dataset.InValidation(key, dataset.DefaultConfig().Validation) {
			t.Errorf("%s (%s) is trained on", subject, key)
		}
		set, codepoint, _ := strings.Cut(key, "/")
		if err := held.Guard(dataset.Subject{Set: set, Codepoint: codepoint, Names: []string{strings.ReplaceAll(subject, "-", " ")}}); err != nil {
			t.Errorf("%s (%s): %v", subject, key, err)
		}
	}
	recipes, err := filepath.Glob("../../demo/recipe/*.yaml")
	if err != nil || len(recipes) < 5 {
		t.Fatalf("%d recipes, %v", len(recipes), err)
	}
	for _, recipe := range recipes {
		text, err := os.ReadFile(recipe)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "validation:") {
			t.Errorf("%s changes what is kept for validation", recipe)
		}
	}
}

func TestProtocolIsRead(t *testing.T) {
	p, err := evaluate.Read(filepath.Join(folder, "protocol.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	japanese := 0
	for _, q := range p.Prompts {
		if q.Lang == evaluate.Japanese {
			japanese++
		}
	}
	if len(p.Classes) != 40 || len(p.Prompts) != 20 || japanese != 6 || len(p.Seeds) != 4 {
		t.Errorf("%d subjects, %d prompts of which %d are Japanese, %d seeds; want 40, 20, 6, 4", len(p.Classes), len(p.Prompts), japanese, len(p.Seeds))
	}
}

func TestChoose(t *testing.T) {
	var things []*dataset.Thing
	add := func(kind string, names ...string) {
		for _, name := range names {
			things = append(things, &dataset.Thing{Name: dataset.Name{English: name}, Kind: kind, Views: []dataset.ThingView{{Key: "set/" + name}}})
		}
	}
	add("animal", "a1", "a2", "a3", "a4", "a5")
	add("food", "f1", "f2")
	add("place", "p1")
	kinds := map[string]int{}
	first := choose(things, 6)
	for _, s := range first {
		kinds[s.thing.Kind]++
	}
	if len(first) != 6 || kinds["animal"] != 3 || kinds["food"] != 2 || kinds["place"] != 1 {
		t.Errorf("six things were chosen as %v", kinds)
	}
	again := choose([]*dataset.Thing{things[7], things[3], things[0], things[6], things[1], things[2], things[5], things[4]}, 6)
	for i := range first {
		if first[i].name() != again[i].name() {
			t.Errorf("another order of the pack chose %s in place of %s", again[i].name(), first[i].name())
		}
	}
	if all := choose(things, 100); len(all) != len(things) {
		t.Errorf("of eight things %d were chosen", len(all))
	}
}

// What lies beyond a choice is all else, and no more than asked for.
func TestChooseBeyond(t *testing.T) {
	var things []*dataset.Thing
	for i := range 20 {
		name := string(rune('a' + i))
		things = append(things, &dataset.Thing{Name: dataset.Name{English: name}, Kind: []string{"food", "animal", "sky"}[i%3], Views: []dataset.ThingView{{Key: "set/" + name}}})
	}
	seen := map[string]int{}
	first, next, rest := chooseBeyond(things, 8, 0), chooseBeyond(things, 5, 8), chooseBeyond(things, 99, 13)
	for _, list := range [][]subject{first, next, rest} {
		for _, s := range list {
			seen[s.key()]++
		}
	}
	if len(first) != 8 || len(next) != 5 || len(rest) != 7 || len(seen) != 20 {
		t.Errorf("%d, %d and %d of 20, %d of them different", len(first), len(next), len(rest), len(seen))
	}
}
