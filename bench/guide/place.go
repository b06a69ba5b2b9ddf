package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// place is a page of the studio: either at a fixed path, or at the first link of another
// page that matches.
type place struct {
	name string
	path string         // below the project where it begins with "."; "" where the page is reached by a link
	from string         // name of the page that has the link
	link *regexp.Regexp // of the link's path and query
}

const id = `[0-9a-f-]{36}`

func fixed(name, path string) place { return place{name: name, path: path} }

func linked(name, from, link string) place {
	return place{name: name, from: from, link: regexp.MustCompile(link)}
}

// places are all pages, in the order in which somebody meets them.
var places = []place{
	fixed("projects", "/projects"),
	fixed("account", "/account"),
	fixed("guideline", "/guideline"),
	fixed("people", "/admin/people"),
	fixed("policy", "/admin/policy"),
	fixed("audit", "/admin/audit"),
	fixed("status", "/admin/status"),
	linked("overview", "projects", `^/p/`+id+`$`),
	fixed("start", "./start"),
	fixed("photos", "./photos"),
	linked("photo", "photos", `/photos/`+id+`$`),
	linked("withdraw", "photo", `/photos/`+id+`/withdraw$`),
	fixed("concepts", "./concepts"),
	linked("concept", "concepts", `/concepts/`+id+`$`),
	fixed("create-empty", "./create"),
	fixed("pictures", "./pictures"),
	linked("picture", "pictures", `/pictures/`+id+`$`),
	linked("create", "picture", `/create\?from=`+id),
	fixed("queue", "./review"),
	linked("review", "queue", `/review/`+id+`$`),
	fixed("published", "./pictures?state=published"),
	linked("published-picture", "published", `/pictures/`+id+`$`),
	fixed("campaign", "./campaign"),
	linked("batch", "campaign", `/campaign/`+id+`$`),
	linked("contact", "batch", `/campaign/`+id+`/contact`),
	linked("catalogue", "batch", `/campaign/`+id+`/catalogue`),
	fixed("knowledge", "./knowledge"),
	linked("case", "knowledge", `/cases/`+id+`$`),
	linked("template", "knowledge", `/templates/`+id+`$`),
	fixed("template-new", "./templates/new"),
	fixed("trials", "./trials"),
	fixed("trial-new", "./trials/new"),
	linked("trial", "trials", `/trials/`+id+`$`),
	linked("trial-report", "trials", `/trials/`+id+`/report$`),
	linked("trial-begun", "trial-report", `/trials/`+id+`$`),
	fixed("members", "./members"),
}

func placeOf(name string) (place, bool) {
	for _, p := range places {
		if p.name == name {
			return p, true
		}
	}
	return place{}, false
}

// shot is a page to take a picture of.
type shot struct {
	page   string
	height int // of the screen, in pixels; 0 for the whole page
}

// choose reads the flag's pages; none are all.
func choose(names []string) (list []shot, err error) {
	if len(names) == 0 {
		for _, p := range places {
			list = append(list, shot{page: p.name})
		}
		return list, nil
	}
	for _, n := range names {
		s, err := readShot(n)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func readShot(text string) (s shot, err error) {
	name, height, cut := strings.Cut(text, "=")
	if _, known := placeOf(name); !known {
		return s, fmt.Errorf("--page %s: there is no such page", name)
	}
	s.page = name
	if cut {
		if s.height, err = strconv.Atoi(height); err != nil || s.height < 1 {
			return s, fmt.Errorf("--page %s: %q is no number of pixels", name, height)
		}
	}
	return s, nil
}

// below is a page's address below a project's.
func below(project, path string) string {
	if rest, inside := strings.CutPrefix(path, "."); inside {
		return project + rest
	}
	return path
}

// first is the first of a page's links that leads where a pattern says, "" for none.
func first(links []string, to *regexp.Regexp) string {
	for _, l := range links {
		if u, err := url.Parse(l); err == nil && to.MatchString(u.RequestURI()) {
			return u.RequestURI()
		}
	}
	return ""
}

// missingError says that there is nothing of which a page would be.
type missingError struct{ page, from string }

func (e *missingError) Error() string {
	return fmt.Sprintf("no picture of %s: page %s has no link to one", e.page, e.from)
}
