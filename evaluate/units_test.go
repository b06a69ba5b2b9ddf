package evaluate

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/tuning"
)

// TestWatch times a run that is looked at before the first step and after two, and
// takes 10 s to prepare, 6 s for the first step, 2 s for each other and 100 s for a look.
func TestWatch(t *testing.T) {
	now := time.Unix(0, 0)
	pass := func(seconds int) { now = now.Add(time.Duration(seconds) * time.Second) }
	w := &watch{now: func() time.Time { return now }}
	var looks []look
	lookAt := func() {
		pass(1) // the concept is copied
		looks = append(looks, w.look(3*time.Second))
		pass(99)
		w.pause()
	}
	w.start()
	pass(10)
	w.report(tuning.Progress{Event: tuning.EventPrepared})
	lookAt()
	for i, seconds := range []int{6, 2, 2} {
		pass(seconds)
		w.report(tuning.Progress{Event: tuning.EventStep, Step: i + 1})
		w.report(tuning.Progress{Event: tuning.EventSaved})
		if i > 0 {
			lookAt()
		}
	}
	want := []look{
		{Seconds: 14, Timed: true, Prepared: 13},
		{Seconds: 10 + 6 + 2 + 1 + 3, Timed: true, Prepared: 13, Starting: 4, Step: 2},
		{Seconds: 10 + 6 + 2 + 2 + 1 + 3, Timed: true, Prepared: 13, Starting: 4, Step: 2},
	}
	if diff := cmp.Diff(want, looks); diff != "" {
		t.Error(diff)
	}
	w.report(tuning.Progress{Event: tuning.EventResumed})
	if w.look(0).Timed {
		t.Error("a run that was resumed is timed")
	}
}

func TestSpacing(t *testing.T) {
	for _, c := range []struct {
		steps []int
		want  int
	}{{[]int{0, 4, 12}, 4}, {[]int{50, 200, 2000}, 50}, {[]int{1, 3}, 1}, {[]int{12}, 12}, {[]int{0}, 0}} {
		if got := spacing(c.steps); got != c.want {
			t.Errorf("%v are %d apart, not %d", c.steps, got, c.want)
		}
	}
}

// TestPrefixed has settings with which long runs begin as short ones, and others.
func TestPrefixed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*tuning.Settings)
		want   bool
	}{
		"constant": {func(*tuning.Settings) {}, true},
		"warm-up":  {func(s *tuning.Settings) { s.Warmup = 3 }, true},
		"cosine":   {func(s *tuning.Settings) { s.Scheduler = "cosine" }, false},
		"best":     {func(s *tuning.Settings) { s.Choose = "best" }, false},
	} {
		s, err := tuning.Defaults("lora", true)
		must(t, err)
		c.change(&s)
		short, long := s, s
		short.Steps, long.Steps = 10, 20
		a, err := identity(short)
		must(t, err)
		b, err := identity(long)
		must(t, err)
		if prefixed(s) != c.want || (a == b) != c.want {
			t.Errorf("%s: %t, and the identities are one: %t", name, prefixed(s), a == b)
		}
		other := s
		other.Rank++
		if o, err := identity(other); err != nil || o == a {
			t.Errorf("%s: another rank has the same identity (%v)", name, err)
		}
	}
}

func TestPace(t *testing.T) {
	p := newPace()
	start := time.Unix(0, 0)
	p.begin([]load{{"a", 10, 4}, {"a", 10, 4}, {"b", 20, 4}, {}}, start)
	if _, left := p.rate(start); left != 0 {
		t.Errorf("%v are left before anything is known", left)
	}
	p.learned(load{"a", 10, 4}, 50*time.Second)
	p.painted(4, 8*time.Second)
	p.finish(0, start)
	perHour, left := p.rate(start.Add(time.Minute))
	// a again: 50 s and 8 s; b by its steps: 100 s and 8 s.
	if math.Abs(perHour-60) > 1e-9 || left != 166*time.Second {
		t.Errorf("%g an hour, %v left", perHour, left)
	}
}

func TestSlug(t *testing.T) {
	if slug("fox-3") != "fox-3" || slug("雪") == slug("雨") || slug("a/../b") == slug("a b") {
		t.Errorf("names become %q, %q, %q", slug("fox-3"), slug("雪"), slug("a/../b"))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if s := slug(a); s == "" || strings.ContainsAny(s, `/\.: `) {
			t.Fatalf("%q becomes %q", a, s)
		}
		if a != b && slug(a) == slug(b) {
			t.Fatalf("%q and %q both become %q", a, b, slug(a))
		}
	})
}

// TestApart keeps labels apart, in their order and within bounds.
func TestApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.SliceOfN(rapid.Float64Range(0, 300), 1, 12).Draw(t, "places")
		slices.Sort(places)
		apart(places, 15, 10, 290)
		for i, p := range places {
			if p < 10-1e-9 || p > 290+1e-9 || i > 0 && p-places[i-1] < 15-1e-9 {
				t.Fatalf("the places are %v", places)
			}
		}
	})
}

// TestAxes maps values into the drawing, in their order.
func TestAxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(1e-3, 1e4).Draw(t, "low")
		high := low * rapid.Float64Range(1, 1e5).Draw(t, "factor")
		for name, a := range map[string]axis{
			"linear": linear(50, 300, low, high, trimmed), "logarithmic": logarithmic(50, 300, low, high, false, stepTicks()),
			"with zero": logarithmic(50, 300, low, high, true, stepTicks()),
		} {
			if !(a.at(low) >= 50-1e-6 && a.at(high) <= 300+1e-6 && a.at(low) <= a.at(high)) {
				t.Fatalf("%s: %g to %g lie at %g to %g", name, low, high, a.at(low), a.at(high))
			}
			for i, x := range a.ticks {
				if at := a.at(x.value); at < 50-1e-6 || at > 300+1e-6 || i > 0 && at <= a.at(a.ticks[i-1].value) {
					t.Fatalf("%s: tick %g lies at %g", name, x.value, at)
				}
			}
			if a.zeroApart && !(a.at(0) < a.at(low)) {
				t.Fatalf("0 lies at %g, %g at %g", a.at(0), low, a.at(low))
			}
		}
	})
}

func TestWords(t *testing.T) {
	en, ja := words{English}, words{Japanese}
	v := &measure.Interval{Mean: 0.5, Low: -0.25, High: 1, N: 3}
	for _, c := range []struct{ got, want string }{
		{en.interval(v), "0.500 (−0.250 to 1.000)"}, {ja.interval(v), "0.500(−0.250〜1.000)"}, {en.interval(nil), "–"},
		{en.interval(&measure.Interval{Mean: 0.5, N: 1}), "0.500"}, {number(math.NaN()), "–"}, {signed(0.25), "+0.250"}, {signed(-0.25), "−0.250"}, {number(-1e-9), "0.000"}, {signed(1e-9), "0.000"},
		{en.duration(3.14), "3.1 s"}, {en.duration(75), "75 s"}, {ja.duration(600), "10 分"}, {ja.duration(7200), "2.0 時間"},
		{en.factor(31.4), "31 times"}, {ja.factor(0.5), "0.50 倍"}, {en.p(1e-5), "P < 0.001"}, {en.p(0.25), "P = 0.250"},
		{en.row(Row{"lora", "rank=4", 20}), "lora (20 steps, rank=4)"}, {ja.row(Row{"lora", "rank=4", 20}), "lora(20 ステップ、rank=4)"},
		{ja.row(Row{Name: nameReal}), "本物の画像"}, {clipped("とても長い名前です", 8), "とても長…"}, {clipped("short", 8), "short"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
