package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someID = "0198a5c2-1111-7222-8333-944455556666"

// TestPlaces looks whether each page can be reached: what it is linked from comes
// before it, and names are met once.
func TestPlaces(t *testing.T) {
	before := map[string]bool{}
	for _, p := range places {
		if before[p.name] {
			t.Errorf("%s is there twice", p.name)
		}
		if (p.path == "") == (p.link == nil) {
			t.Errorf("%s has not exactly one of a path and a link", p.name)
		}
		if p.link != nil && !before[p.from] {
			t.Errorf("%s is reached from %q, which does not come before it", p.name, p.from)
		}
		if strings.HasPrefix(p.path, ".") && !before["overview"] {
			t.Errorf("%s lies in a project, which is not known yet", p.name)
		}
		before[p.name] = true
	}
}

func TestChoose(t *testing.T) {
	t.Run("OK", func(t *testing.T) {
		got, err := choose([]string{"review=700", "create"})
		if diff := cmp.Diff([]shot{{"review", 700}, {"create", 0}}, got, cmp.AllowUnexported(shot{})); diff != "" || err != nil {
			t.Errorf("chose %v, error %v", diff, err)
		}
	})
	t.Run("all", func(t *testing.T) {
		if got, err := choose(nil); len(got) != len(places) || err != nil {
			t.Errorf("%d pages, error %v", len(got), err)
		}
	})
	for name, text := range map[string]string{"ErrUnknown": "cellar", "ErrHeight": "review=tall", "ErrNegative": "review=-1"} {
		t.Run(name, func(t *testing.T) {
			if got, err := choose([]string{text}); err == nil {
				t.Errorf("%q gave %v", text, got)
			}
		})
	}
}

func TestFirst(t *testing.T) {
	links := []string{
		"http://127.0.0.1:8765/p/" + someID + "/pictures?state=draft",
		"http://127.0.0.1:8765/p/" + someID + "/pictures/" + someID + "/file",
		"http://127.0.0.1:8765/p/" + someID + "/pictures/" + someID,
		"http://127.0.0.1:8765/p/" + someID,
	}
	for name, want := range map[string]string{
		"picture": "/p/" + someID + "/pictures/" + someID, "overview": "/p/" + someID, "concept": "",
	} {
		p, known := placeOf(name)
		if !known {
			t.Fatalf("there is no page %s", name)
		}
		if got := first(links, p.link); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestBelow(t *testing.T) {
	for path, want := range map[string]string{"./photos": "/p/x/photos", "/account": "/account"} {
		if got := below("/p/x", path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
