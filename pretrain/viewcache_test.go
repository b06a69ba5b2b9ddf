package pretrain

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/weights"
)

// viewsOf has n pairs, each part of which begins with the pair's number.
func viewsOf(n int) *viewCache {
	c := &viewCache{n: n, shape: []int{1, 1, 2}, visionWidth: 3, unetWidth: 1, idsLength: 2}
	for i := range n {
		v := float32(i)
		c.vision, c.unet, c.latents = append(c.vision, v, 0.25, 0.5), append(c.unet, v), append(c.latents, v, -1)
		c.ids = append(c.ids, int32(i), 49408)
	}
	return c
}

// What is read back is what was written and went on with, to float16's precision,
// with or without each kind of features; a file of another fingerprint is not used.
func TestViewsAreReread(t *testing.T) {
	noVision, noUNet := viewsOf(3), viewsOf(3)
	noVision.vision, noVision.visionWidth = nil, 0
	noUNet.unet, noUNet.unetWidth = nil, 0
	tower := viewsOf(3)
	tower.seen, tower.seenWidth = []float32{3, 4, 5, 6, 7, 8}, 2
	for name, c := range map[string]*viewCache{"both": viewsOf(3), "UNet": noVision, "CLIP": noUNet, "tower": tower} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "features.safetensors")
			c.latents[1] = 0.1 // not a float16
			kept, err := c.write(path, "now")
			if err != nil {
				t.Fatal(err)
			}
			again, err := readViews(path, "now")
			if err != nil {
				t.Fatal(err)
			}
			all := cmp.AllowUnexported(viewCache{})
			if diff := cmp.Diff(kept, again, all); diff != "" {
				t.Error(diff)
			}
			if d := kept.latents[1] - 0.1; d == 0 || d > 1e-4 || d < -1e-4 {
				t.Errorf("0.1 became %g, not its float16", kept.latents[1])
			}
			c.latents[1] = kept.latents[1]
			if diff := cmp.Diff(c, kept, all); diff != "" {
				t.Error(diff)
			}
			for _, where := range []struct{ path, fingerprint string }{{path, "then"}, {path + ".none", "now"}} {
				if c, err := readViews(where.path, where.fingerprint); c != nil || err != nil {
					t.Errorf("%+v gave %v, %v", where, c, err)
				}
			}
		})
	}
}

// A file that does not hold what it should says that it can be removed.
func TestReadViewsRefuses(t *testing.T) {
	of := func(name string, shape ...int) weights.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return weights.FromFloat32(name, shape, make([]float32, n), weights.F32)
	}
	latents, ids := of(tensorLatents, 2, 1, 1, 2), of(tensorIDs, 2, 3)
	for name, list := range map[string][]weights.Tensor{
		"no latents":   {ids},
		"no ids":       {latents},
		"flat latents": {of(tensorLatents, 2, 2), ids},
		"flat ids":     {latents, of(tensorIDs, 6)},
		"fewer ids":    {latents, of(tensorIDs, 1, 3)},
		"fewer vision": {latents, ids, of(tensorVision, 1, 3)},
		"flat UNet":    {latents, ids, of(tensorUNet, 2)},
	} {
		path := filepath.Join(t.TempDir(), "features.safetensors")
		if err := weights.Write(path, list, map[string]string{metaFingerprint: "now"}); err != nil {
			t.Fatal(err)
		}
		if _, err := readViews(path, "now"); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "remove the file") {
			t.Errorf("%s gave %v", name, err)
		}
	}
}

func TestViewRows(t *testing.T) {
	c := viewsOf(4)
	rows := c.rows([]int{2, 0, 2})
	var shapes [][]int
	for _, r := range rows {
		shapes = append(shapes, r.Shape().Dimensions)
	}
	if diff := cmp.Diff([][]int{{3, 3}, {3, 1}, {3, 1, 1, 2}, {3, 2}}, shapes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{2, 0, 2}, tensors.MustCopyFlatData[float32](rows[1])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float32{2, -1, 0, -1, 2, -1}, tensors.MustCopyFlatData[float32](rows[2])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{2, 49408, 0, 49408, 2, 49408}, tensors.MustCopyFlatData[int32](rows[3])); diff != "" {
		t.Error(diff)
	}
	c.seen, c.seenWidth = []float32{0, 0, 1, 1, 2, 2, 3, 3}, 2
	if got := tensors.MustCopyFlatData[float32](c.rows([]int{3, 1})[2]); cmp.Diff([]float32{3, 3, 1, 1}, got) != "" {
		t.Errorf("a tower is shown %v", got)
	}
	c.seen, c.seenWidth = nil, 0
	c.vision, c.visionWidth = nil, 0
	if rows := c.rows([]int{1}); len(rows) != 3 {
		t.Errorf("without CLIP's features there are %d arguments", len(rows))
	}
}

// asked counts how often views are drawn of it, by several goroutines, and fails
// when told to.
type asked struct {
	drawn
	times *atomic.Int32
	err   error
}

func (a asked) Views(ctx context.Context, index int, seed uint64) (seen, other dataset.Sample, err error) {
	if times := a.times.Add(1); a.err != nil && times > 20 {
		return seen, other, a.err
	}
	return a.drawn.Views(ctx, index, seed)
}

type labelled struct {
	asked
	label string
}

func (l labelled) Fingerprint() string { return l.label }

// Features are computed once for the same settings and data, and anew for others.
func TestFeaturesAreKept(t *testing.T) {
	base := tinyBase(t)
	path := filepath.Join(t.TempDir(), "features.safetensors")
	for _, c := range []struct {
		name   string
		change func(s *EncoderSettings)
		label  string
		times  int32
	}{
		{"first", func(s *EncoderSettings) {}, "", 24},
		{"again", func(s *EncoderSettings) {}, "", 0},
		{"other training", func(s *EncoderSettings) { s.Steps, s.Encoder.Width, s.Alpha, s.BatchSize = 9, 12, 0.5, 4 }, "", 0},
		{"seed", func(s *EncoderSettings) { s.Seed = 2 }, "", 24},
		{"pairs", func(s *EncoderSettings) { s.CachedPairs = 25 }, "", 25},
		{"views", func(s *EncoderSettings) { s.CrossView = false }, "", 24},
		{"no CLIP", func(s *EncoderSettings) { s.UseVision = false }, "", 24},
		{"no UNet", func(s *EncoderSettings) { s.UseUNet = false }, "", 24},
		{"timesteps", func(s *EncoderSettings) { s.Encoder.FeatureTimesteps = []int{100} }, "", 24},
		{"tower", func(s *EncoderSettings) { s.Encoder.TowerWidth, s.Encoder.TowerBlocks = 4, 1 }, "", 24},
		{"another tower", func(s *EncoderSettings) { s.Encoder.TowerWidth, s.Encoder.TowerBlocks = 8, 2 }, "", 0},
		{"scenes", func(s *EncoderSettings) { s.Scenes.Size = 32 }, "", 24},
		{"pictures", func(s *EncoderSettings) { s.Scenes.Size = 32 }, "a", 24},
		{"the same pictures", func(s *EncoderSettings) { s.Scenes.Size = 32 }, "a", 0},
		{"other pictures", func(s *EncoderSettings) { s.Scenes.Size = 32 }, "b", 24},
	} {
		s := tinyEncoder()
		c.change(&s)
		var times atomic.Int32
		var views dataset.Views = asked{drawn: data, times: &times}
		if c.label != "" {
			views = labelled{asked{drawn: data, times: &times}, c.label}
		}
		stage, err := NewEncoder(t.Context(), s, EncoderParts{Base: base(t), Features: path}, views, unseen)
		if err != nil {
			t.Fatal(err)
		}
		if n := times.Load(); n != c.times {
			t.Errorf("%s: views are drawn %d times, want %d", c.name, n, c.times)
		}
		if n := stage.(*encoderStage).cache.n; n != s.CachedPairs {
			t.Errorf("%s: %d pairs are there, want %d", c.name, n, s.CachedPairs)
		}
	}
}

// What goes wrong while views are drawn or encoded is said, and nothing is kept.
func TestFeaturesFail(t *testing.T) {
	base := tinyBase(t)
	path := filepath.Join(t.TempDir(), "features.safetensors")
	broken := errors.New("the disk is on fire")
	var times atomic.Int32
	_, err := NewEncoder(t.Context(), tinyEncoder(), EncoderParts{Base: base(t), Features: path}, asked{data, &times, broken}, unseen)
	if !errors.Is(err, broken) {
		t.Errorf("broken views gave %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	parts := EncoderParts{Base: base(t), Features: path, Report: func(int, int) { cancel() }}
	if _, err := NewEncoder(ctx, tinyEncoder(), parts, data, unseen); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled in the middle it gave %v", err)
	}
	if c, err := readViews(path, ""); c != nil || err != nil {
		t.Errorf("it left %v, %v", c, err)
	}
}

// mapped is a data set whose views are what a function says.
type mapped struct {
	drawn
	views func(index int, seed uint64) (seen, other dataset.Sample, err error)
}

func (m mapped) Views(_ context.Context, index int, seed uint64) (seen, other dataset.Sample, err error) {
	return m.views(index, seed)
}

// Pairs come in the order of their numbers, whichever processor composes them, and
// each pass has a seed of its own.
func TestPairsKeepTheirOrder(t *testing.T) {
	const n = 150 // several batches, the last not full, and several passes
	views := mapped{drawn: data, views: func(index int, seed uint64) (seen, other dataset.Sample, err error) {
		key := fmt.Sprint(index, " ", seed)
		return dataset.Sample{Key: "seen " + key}, dataset.Sample{Key: "drawn " + key}, nil
	}}
	e := &viewEncoder{seed: 3}
	var got, want []string
	for m := range e.pairs(t.Context(), views, n) {
		if m.err != nil || len(m.seen) != len(m.drawn) {
			t.Fatalf("%d and %d views, %v", len(m.seen), len(m.drawn), m.err)
		}
		for i := range m.seen {
			got = append(got, m.seen[i].Key, m.drawn[i].Key)
		}
	}
	seeds := map[uint64]bool{}
	for i := range n {
		pass := i / data.Len()
		seed := 3 + uint64(pass)*0x9e3779b97f4a7c15
		key := fmt.Sprint(permuted(3, pass, i%data.Len(), data.Len()), " ", seed)
		want, seeds[seed] = append(want, "seen "+key, "drawn "+key), true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(seeds) != 13 {
		t.Errorf("%d seeds: %s", len(seeds), diff)
	}
}

// The first pair that fails ends the drawing, and its error comes out once, however
// many fail with it.
func TestPairsFail(t *testing.T) {
	broken := errors.New("the disk is on fire")
	var times atomic.Int32
	views := mapped{drawn: data, views: func(int, uint64) (seen, other dataset.Sample, err error) {
		times.Add(1)
		return seen, other, broken
	}}
	batches := 0
	for m := range (&viewEncoder{}).pairs(t.Context(), views, 3*viewBatch) {
		if batches++; m.err != broken {
			t.Errorf("got %v", m.err)
		}
	}
	if workers := runtime.GOMAXPROCS(0); batches != 1 || int(times.Load()) > workers {
		t.Errorf("%d batches, %d pairs drawn by %d at once", batches, times.Load(), workers)
	}
}

// What an encoder learns from is its view, the latents of the other, and the other's
// caption with the placeholder; or, of a single view, all three of that one.
func TestViewEncoder(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), true)
	s := tinyEncoder()
	cross := newEncoderStage(t, base, s).cache
	s.CrossView = false
	single := newEncoderStage(t, tinymodel.Open(t, enginetest.Go(t), true), s).cache
	if !slices.Equal(cross.vision, single.vision) || !slices.Equal(cross.unet, single.unet) {
		t.Error("other features are read")
	}
	if slices.Equal(cross.latents, single.latents) {
		t.Error("the latents are those of the view that is looked at")
	}
	tokens, err := newPlaceholder(base.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	size := len(single.latents) / single.n
	for i := range single.n {
		want := placeholderIDs(tokens, "a photo of {}", base)
		if got := single.ids[i*single.idsLength : (i+1)*single.idsLength]; !slices.Equal(got, want) {
			t.Errorf("pair %d has ids %d, want %d", i, got, want)
		}
		ids := cross.ids[i*cross.idsLength : (i+1)*cross.idsLength]
		if n := count(ids, int32(base.Text.Config.VocabSize)); n != 1 || slices.Equal(ids, want) {
			t.Errorf("pair %d has the placeholder %d times in %d", i, n, ids)
		}
	}
	// The latents of a single view are those of what is looked at.
	first := permuted(s.Seed, 0, 0, data.Len())
	seen, _, err := data.Views(t.Context(), first, s.Seed)
	if err != nil {
		t.Fatal(err)
	}
	latents, err := base.EncodePictures(t.Context(), pixelsOf([]dataset.Sample{{Pixels: seen.Pixels.Square(base.DefaultSize())}}), false, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range tensors.MustCopyFlatData[float32](latents) {
		if d := single.latents[:size][i] - want; d > 1e-5 || d < -1e-5 {
			t.Errorf("latent %d is %g, want %g", i, single.latents[i], want)
		}
	}
}

func count(ids []int32, id int32) (n int) {
	for _, v := range ids {
		if v == id {
			n++
		}
	}
	return n
}

// The placeholder is the text encoder's first row above its vocabulary, wherever it
// stands; one caption in either language has it once.
func TestPlaceholderIDs(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	tokens, err := newPlaceholder(base.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	row := int32(base.Text.Config.VocabSize)
	for caption, at := range map[string]int{"{}": 1, "a photo of {}": 4, "{} on grass": 1, "雪の中の{}": -1, "a photo of a dog": -2} {
		ids := placeholderIDs(tokens, caption, base)
		if len(ids) != base.Tokenizer.MaxLength() {
			t.Errorf("%q has %d ids", caption, len(ids))
		}
		if found := slices.Index(ids, row); at > 0 && found != at || (at == -2) != (found < 0) || count(ids, row) > 1 {
			t.Errorf("%q has the placeholder at %d of %d, want %d", caption, found, ids, at)
		}
	}
	if base.Tokenizer.VocabSize() >= tokens.VocabSize() {
		t.Error("the model's own tokenizer knows the placeholder")
	}
}
