package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ichimai/ichimai/studio/api"
)

// visited is a page that people look at, with the things of a project in its address.
type visited struct {
	name   string
	weight int // how often it is looked at beside the others
	path   func(place) string
	api    bool
}

func in(tail string) func(place) string {
	return func(p place) string {
		fill := strings.NewReplacer("{concept}", p.Concept, "{picture}", p.Picture, "{template}", p.Template, "{trial}", p.Trial, "{source}", p.Source)
		return "/p/" + p.Project + fill.Replace(tail)
	}
}

func call(tail string) func(place) string {
	return func(p place) string { return "/api/v1/projects/" + p.Project + tail }
}

// pages are all kinds of page, as often as people come to them.
var pages = []visited{
	{"projects", 1, func(place) string { return "/projects" }, false},
	{"overview", 3, in(""), false},
	{"start", 1, in("/start"), false},
	{"photos", 1, in("/photos"), false},
	{"photo", 1, in("/photos/{source}"), false},
	{"concepts", 2, in("/concepts"), false},
	{"concept", 2, in("/concepts/{concept}"), false},
	{"create", 4, in("/create"), false},
	{"create, progress", 6, in("/create/now"), false},
	{"pictures", 4, in("/pictures"), false},
	{"picture", 4, in("/pictures/{picture}"), false},
	{"campaign", 2, in("/campaign"), false},
	{"review", 3, in("/review"), false},
	{"review of one", 3, in("/review/{picture}"), false},
	{"knowledge", 1, in("/knowledge"), false},
	{"template", 1, in("/templates/{template}"), false},
	{"trials", 1, in("/trials"), false},
	{"trial", 1, in("/trials/{trial}"), false},
	{"report", 1, in("/trials/{trial}/report"), false},
	{"account", 1, func(place) string { return "/account" }, false},
	{"API: jobs", 2, call("/jobs"), true},
	{"API: pictures", 2, call("/pictures"), true},
}

// choose picks a page by the weights.
func choose(random *rand.Rand) visited {
	sum := 0
	for _, p := range pages {
		sum += p.weight
	}
	n := random.IntN(sum)
	for _, p := range pages {
		if n -= p.weight; n < 0 {
			return p
		}
	}
	return pages[0]
}

// walker is one person at the pages.
type walker struct {
	house  *house
	who    person
	from   string // network address, as a proxy tells it
	random *rand.Rand
	kept   map[string]string // what a browser keeps: the tag by the address
	told   func(name string, took time.Duration, err error)
	held   func() // a request has to wait for its turn
}

// pictureLoad names what pages show.
const pictureLoad = "pictures of pages"

// walk lets everybody walk for the time of the settings.
func (h *house) walk(ctx context.Context, s settings, pause time.Duration) (*measurement, error) {
	m := newMeasurement()
	timed, cancel := context.WithTimeout(ctx, time.Duration(s.seconds)*time.Second)
	defer cancel()
	working, err := h.keepBusy(timed, m)
	if err != nil {
		return nil, err
	}
	var people sync.WaitGroup
	for i, who := range h.People {
		w := &walker{
			house: h, who: who, from: fmt.Sprintf("10.0.%d.%d", i/200, i%200+1), kept: map[string]string{}, told: m.add, held: m.hold,
			random: rand.New(rand.NewPCG(s.seed, uint64(i))),
		}
		people.Go(func() { w.walk(timed, pause) })
	}
	people.Wait()
	working.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return m, h.jobs(ctx, m)
}

// walk goes from page to page until the time is over.
func (w *walker) walk(ctx context.Context, pause time.Duration) {
	w.wait(ctx, time.Duration(w.random.Int64N(int64(max(pause, time.Millisecond))))) // nobody comes at the same moment
	for ctx.Err() == nil {
		w.look(ctx, choose(w.random), w.house.Projects[w.who.Project])
		w.wait(ctx, time.Duration(w.random.ExpFloat64()*float64(pause)))
	}
}

func (w *walker) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var shown = regexp.MustCompile(`src="(/p/[^"]+/files/[0-9a-f]{64})"`)

// look opens a page, and then at most six at a time its pictures, as browsers do.
func (w *walker) look(ctx context.Context, v visited, at place) {
	began := time.Now()
	body, held, err := w.get(ctx, v.path(at), v.api)
	if ctx.Err() != nil {
		return // cut off by the end of the measurement
	}
	w.told(v.name, time.Since(began)-held, err)
	places := make(chan struct{}, 6)
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for _, m := range shown.FindAllStringSubmatch(body, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			w.picture(ctx, m[1], &mu)
		})
	}
	all.Wait()
}

// picture asks for a picture, or whether the one that is kept is still good.
func (w *walker) picture(ctx context.Context, path string, mu *sync.Mutex) {
	mu.Lock()
	tag := w.kept[path]
	mu.Unlock()
	began := time.Now()
	answer, held, err := w.send(ctx, path, false, tag)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	if ctx.Err() != nil {
		return
	}
	w.told(pictureLoad, time.Since(began)-held, err)
	if err == nil && answer.StatusCode == http.StatusOK {
		mu.Lock()
		w.kept[path] = answer.Header.Get("ETag")
		mu.Unlock()
	}
}

func (w *walker) get(ctx context.Context, path string, token bool) (body string, held time.Duration, err error) {
	answer, held, err := w.send(ctx, path, token, "")
	if err != nil {
		return "", held, err
	}
	data, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	return string(data), held, err
}

// send sends a request, and again after the time that it is told to wait where this
// address sends too many: held is how long that was, in which nothing was asked. Any other
// answer of 400 or more is an error.
func (w *walker) send(ctx context.Context, path string, token bool, tag string) (answer *http.Response, held time.Duration, err error) {
	for {
		if answer, err = w.sendOnce(ctx, path, token, tag); err != nil {
			return nil, held, err
		}
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		switch {
		case answer.StatusCode == http.StatusTooManyRequests && seconds > 0:
			answer.Body.Close()
			began := time.Now()
			w.wait(ctx, time.Duration(seconds)*time.Second)
			held += time.Since(began)
			w.held()
		case answer.StatusCode >= 400:
			answer.Body.Close()
			return nil, held, fmt.Errorf("%s: %s", path, answer.Status)
		default:
			return answer, held, nil
		}
	}
}

func (w *walker) sendOnce(ctx context.Context, path string, token bool, tag string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.house.Address+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Forwarded-For", w.from)
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	if token {
		r.Header.Set("Authorization", "Bearer "+w.who.Token)
	} else {
		r.AddCookie(&http.Cookie{Name: api.SessionCookie, Value: w.who.Session})
	}
	return w.house.client.Do(r)
}
