package main

import (
	"cmp"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/dataset"
)

// subject is a thing and the one of its pictures that is learned.
type subject struct {
	thing *dataset.Thing
	view  int
}

// name is the subject's folder.
func (s subject) name() string {
	return strings.Trim(notName.ReplaceAllString(strings.ToLower(s.thing.English), "-"), "-")
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// key names the picture within the pack.
func (s subject) key() string { return s.thing.Views[s.view].Key }

// choose takes n things, one picture each, in turns from every kind of thing: no
// kind is more than its share. The order is that of their keys' hashes.
func choose(things []*dataset.Thing, n int) []subject {
	byKind := map[string][]subject{}
	for _, t := range things {
		byKind[t.Kind] = append(byKind[t.Kind], subject{t, 0})
	}
	var kinds []string
	for kind, list := range byKind {
		kinds = append(kinds, kind)
		slices.SortFunc(list, func(a, b subject) int { return cmp.Compare(hash(a.key()), hash(b.key())) })
	}
	slices.Sort(kinds)
	var chosen []subject
	for turn := 0; len(chosen) < min(n, len(things)); turn++ {
		for _, kind := range kinds {
			if turn < len(byKind[kind]) && len(chosen) < n {
				chosen = append(chosen, byKind[kind][turn])
			}
		}
	}
	slices.SortFunc(chosen, func(a, b subject) int { return cmp.Compare(a.name(), b.name()) })
	return chosen
}

// chooseBeyond takes n others than a choice of so many takes.
func chooseBeyond(things []*dataset.Thing, n, beyond int) []subject {
	taken := choose(things, beyond)
	return slices.DeleteFunc(choose(things, beyond+n), func(s subject) bool {
		return slices.ContainsFunc(taken, func(o subject) bool { return o.key() == s.key() })
	})
}

func hash(key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte("subject " + key))
	return h.Sum64()
}
