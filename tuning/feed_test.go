package tuning

import (
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/picture"
)

func testFeed(pictures, batch, parts int) *feed {
	s := common()
	s.BatchSize, s.Accumulation, s.Seed = batch, parts, 5
	l := &latents{shape: []int{pictures, 1, 1, 4}}
	for i := range 4 * pictures {
		l.flat = append(l.flat, float32(i/4))
	}
	return &feed{settings: &s, subject: l, prompts: [][]int32{{1, 2}, {3, 4}}, timesteps: 1000}
}

// shown are the numbers of the pictures of some steps in turn.
func shown(f *feed, arg, from, to int) []int {
	var out []int
	for step := from; step <= to; step++ {
		for _, b := range f.step(step) {
			flat := tensors.MustCopyFlatData[float32](b[arg])
			for i := 0; i < len(flat); i += 4 {
				out = append(out, int(flat[i]))
			}
		}
	}
	return out
}

func TestFeedShowsEveryPicture(t *testing.T) {
	f := testFeed(5, 2, 1)
	got := shown(f, argLatents, 1, 10) // 20 rows: four times each
	for epoch := range slices.Chunk(got, 5) {
		sorted := slices.Sorted(slices.Values(epoch))
		if d := cmp.Diff([]int{0, 1, 2, 3, 4}, sorted); d != "" {
			t.Errorf("an epoch shows %v", epoch)
		}
	}
	if d := cmp.Diff(shown(f, argLatents, 7, 10), shown(testFeed(5, 2, 1), argLatents, 7, 10)); d != "" {
		t.Errorf("a run that goes on sees other pictures:\n%s", d)
	}
	if d := cmp.Diff(got, shown(testFeed(5, 1, 2), argLatents, 1, 10)); d != "" {
		t.Errorf("two parts of one row see other pictures than one of two:\n%s", d)
	}
}

func TestFeedRowsDiffer(t *testing.T) {
	f := testFeed(1, 4, 1)
	f.class, f.classIDs = f.subject, []int32{8, 9}
	b := f.step(1)[0]
	noise := tensors.MustCopyFlatData[float32](b[argNoise])
	if len(noise) != 2*4*4 {
		t.Fatalf("a batch of 4 with class pictures has %d rows", len(noise)/4)
	}
	for i := range noise {
		if slices.Contains(noise[:i], noise[i]) {
			t.Fatalf("noise repeats itself: %v", noise)
		}
	}
	ids := tensors.MustCopyFlatData[int32](b[argIDs])
	if d := cmp.Diff([]int32{8, 9, 8, 9, 8, 9, 8, 9}, ids[8:]); d != "" {
		t.Errorf("prompts of the class rows, the lower half:\n%s", d)
	}
}

// TestStratified wants any few rows in turn to lie all over the schedule: no
// gap of n rows is wider than 2/n of it, and the mean is near the middle.
func TestStratified(t *testing.T) {
	const total = 1000
	for _, n := range []int{4, 8, 12, 50} {
		for first := range uint64(20) {
			var at []int
			for i := range uint64(n) {
				at = append(at, int(timestepOf(timestepsStratified, 3, forTime, first+i, total)))
			}
			slices.Sort(at)
			gap := at[0] + total - at[n-1] // round the end
			for i := 1; i < n; i++ {
				gap = max(gap, at[i]-at[i-1])
			}
			if at[0] < 0 || at[n-1] >= total || gap > 2*total/n+2 {
				t.Fatalf("%d rows from %d on: %v leave a gap of %d", n, first, at, gap)
			}
		}
	}
}

func TestUniform(t *testing.T) {
	var sum, squares float64
	const n = 4000
	for i := range uint64(n) {
		x := float64(timestepOf(timestepsUniform, 3, forTime, i, 1000)) / 1000
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / n
	if variance := squares/n - mean*mean; math.Abs(mean-0.5) > 0.02 || math.Abs(variance-1.0/12) > 0.005 {
		t.Errorf("timesteps have mean %g and variance %g", mean, variance)
	}
}

func TestStreamsAreApart(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(3) {
		for _, p := range []purpose{forOrder, forTime, forNoise} {
			for i := range uint64(3) {
				seen[stream(seed, p, i).Uint64()] = true
			}
		}
	}
	if len(seen) != 27 {
		t.Errorf("27 streams begin with %d numbers", len(seen))
	}
}

func TestTemplates(t *testing.T) {
	for kind, byLanguage := range templates {
		for language, list := range byLanguage {
			for _, s := range list {
				if strings.Count(s, "{}") != 1 {
					t.Errorf("%s, %s: %q has no one place for the subject", kind, language, s)
				}
			}
			if len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
				t.Errorf("%s, %s: a sentence is there twice", kind, language)
			}
		}
		both := promptTemplates(kind, languageBoth)
		if len(both) != len(byLanguage[languageEnglish])+len(byLanguage[languageJapanese]) {
			t.Errorf("%s: %d sentences in both languages", kind, len(both))
		}
	}
	if got := fill("{}の写真", "<sks>"); got != "<sks>の写真" {
		t.Errorf("filled: %q", got)
	}
}

func TestViews(t *testing.T) {
	s := common()
	s.Resolution, s.Views, s.Crop, s.Flip = 8, 40, 0.8, true
	p := picture.New(20, 10) // red grows to the right, green downwards
	for y := range 10 {
		for x := range 20 {
			p.Pix[3*(y*20+x)], p.Pix[3*(y*20+x)+1] = uint8(12*x), uint8(25*y)
		}
	}
	all := views([]*picture.Picture{p}, &s)
	if len(all) != 40 {
		t.Fatalf("%d views", len(all))
	}
	if d := cmp.Diff(p.Square(8), all[0]); d != "" {
		t.Error("the first view is not the picture's middle")
	}
	mirrored := 0
	for i, v := range all {
		if v.Width != 8 || v.Height != 8 {
			t.Fatalf("view %d is %dx%d", i, v.Width, v.Height)
		}
		left, _, _ := v.RGB(0, 4)
		right, _, _ := v.RGB(7, 4)
		_, top, _ := v.RGB(4, 0)
		_, bottom, _ := v.RGB(4, 7)
		if top >= bottom {
			t.Errorf("view %d stands on its head", i)
		}
		// 10 to 8 of 20 columns: a crop spans at least 7 of them.
		if span := math.Abs(float64(left) - float64(right)); span < 12*6 {
			t.Errorf("view %d spans %g levels", i, span)
		}
		if left > right {
			mirrored++
		}
	}
	if mirrored < 8 || mirrored > 32 {
		t.Errorf("%d of 39 views are mirrored", mirrored)
	}
	s.Flip = false
	for i, v := range views([]*picture.Picture{p}, &s) {
		if left, _, _ := v.RGB(0, 4); left > v.Pix[3*(4*8+7)] {
			t.Errorf("view %d is mirrored though random_flip is off", i)
		}
	}
}

func TestMirrored(t *testing.T) {
	p := &picture.Picture{Width: 2, Height: 1, Pix: []uint8{1, 2, 3, 4, 5, 6}}
	if d := cmp.Diff([]uint8{4, 5, 6, 1, 2, 3}, mirrored(p).Pix); d != "" {
		t.Error(d)
	}
	if p.Bounds() != image.Rect(0, 0, 2, 1) {
		t.Error("the picture itself changed")
	}
}
