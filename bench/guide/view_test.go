package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestViews(t *testing.T) {
	v := views{widths: []int{1440, 390}, schemes: []string{"light", "dark"}}
	var names []string
	for _, w := range v.in("ja") {
		names = append(names, w.name("review"))
	}
	want := []string{"review-ja-1440-light", "review-ja-1440-dark", "review-ja-390-light", "review-ja-390-dark"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	whole := func() guide {
		return guide{email: "admin@example.com", password: "secret", views: views{languages: languages, widths: []int{1440, 390}, schemes: schemes}}
	}
	t.Run("names", func(t *testing.T) {
		w := view{"ja", 1200, "light"}
		for small, want := range map[int]string{0: "review-ja-1200-light", 1000: "studio-ja-review"} {
			if g := (guide{small: small}); g.name("review", w) != want {
				t.Errorf("%s, want %s", g.name("review", w), want)
			}
		}
	})
	t.Run("OK", func(t *testing.T) {
		g := whole()
		if err := g.check(); err != nil {
			t.Error(err)
		}
	})
	for name, spoil := range map[string]func(*guide){
		"ErrNobody":     func(g *guide) { g.email = "" },
		"ErrNoPassword": func(g *guide) { g.password = "" },
		"ErrSmall":      func(g *guide) { g.small = -1 },
		"ErrManySmall":  func(g *guide) { g.small = 1000 },
		"ErrLanguage":   func(g *guide) { g.views.languages = []string{"fr"} },
		"ErrWidth":      func(g *guide) { g.views.widths = []int{20} },
		"ErrScheme":     func(g *guide) { g.views.schemes = []string{"sepia"} },
	} {
		t.Run(name, func(t *testing.T) {
			g := whole()
			if spoil(&g); g.check() == nil {
				t.Error("was taken")
			}
		})
	}
}

// TestMediaOf compares with what the DevTools protocol takes.
func TestMediaOf(t *testing.T) {
	for scheme, want := range map[string]string{
		"dark":  `{"features":[{"name":"prefers-color-scheme","value":"dark"}]}`,
		"print": `{"media":"print","features":[{"name":"prefers-color-scheme","value":"light"}]}`,
	} {
		got, err := json.Marshal(mediaOf(scheme))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, error %v, want %s", scheme, got, err, want)
		}
	}
}
