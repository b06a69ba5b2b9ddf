package measure

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
)

// move renames within a folder, making folders on the way.
func move(t *testing.T, dir, from, to string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o755))
	check(t, os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)))
}

// copyTree copies a folder within another.
func copyTree(t *testing.T, dir, from, to string) {
	t.Helper()
	check(t, os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(dir, from))))
}

// asTowers turns a model with clip/ into one with the picture tower in image_encoder/
// and a text encoder that projects.
func asTowers(t *testing.T, dir string) {
	t.Helper()
	move(t, dir, "clip", "image_encoder")
	check(t, os.RemoveAll(filepath.Join(dir, "text_encoder")))
	copyTree(t, dir, "image_encoder", "text_encoder") // of a whole CLIP the text half is read
}

// TestOpenCLIP opens the same CLIP from all places and gets the same embeddings.
func TestOpenCLIP(t *testing.T) {
	texts := []string{"a photo of a dog in snow", "a red cup"}
	want, err := openTinyCLIP(t).Texts(t.Context(), texts)
	check(t, err)
	shown, err := openTinyCLIP(t).Pictures(t.Context(), waves(2))
	check(t, err)
	for name, arrange := range map[string]func(t *testing.T, dir string) (opened string){
		"InModel":     func(t *testing.T, dir string) string { return dir },
		"BesideModel": func(t *testing.T, dir string) string { move(t, dir, "clip", "../clip"); return dir },
		"Itself":      func(t *testing.T, dir string) string { return filepath.Join(dir, "clip") },
		"ItselfBesideAnother": func(t *testing.T, dir string) string {
			move(t, dir, "clip", "own")
			copyTree(t, dir, "text_encoder", "clip") // which would not open
			return filepath.Join(dir, "own")
		},
		"Towers":         func(t *testing.T, dir string) string { asTowers(t, dir); return dir },
		"TokenizerIn":    func(t *testing.T, dir string) string { move(t, dir, "tokenizer", "clip/tokenizer"); return dir },
		"TokenizerFiles": filesInCLIP,
		"TokenizerBesideCLIP": func(t *testing.T, dir string) string {
			move(t, dir, "clip", "../clip")
			move(t, dir, "tokenizer", "../tokenizer")
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := OpenCLIP(arrange(t, modelWithCLIP(t)), enginetest.Go(t).Backend())
			check(t, err)
			defer c.Close()
			got, err := c.Texts(t.Context(), texts)
			check(t, err)
			seen, err := c.Pictures(t.Context(), waves(2))
			check(t, err)
			for i := range texts {
				if got[i].Cosine(want[i]) < 1-1e-6 || seen[i].Cosine(shown[i]) < 1-1e-6 {
					t.Errorf("number %d: text and picture have the cosines %g and %g with those of the model's own", i, got[i].Cosine(want[i]), seen[i].Cosine(shown[i]))
				}
			}
		})
	}
}

// filesInCLIP puts the tokenizer's files beside the CLIP's weights.
func filesInCLIP(t *testing.T, dir string) string {
	for _, name := range []string{"vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"} {
		move(t, dir, "tokenizer/"+name, "clip/"+name)
	}
	return filepath.Join(dir, "clip")
}

func TestOpenCLIPErrors(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrange func(t *testing.T, dir string) (opened string)
		want    []string
		none    bool // a NoCLIPError
	}{
		{"ErrNoFolder", func(_ *testing.T, dir string) string { return filepath.Join(dir, "nowhere") }, []string{"open CLIP", "nowhere"}, false},
		{"ErrNoCLIP", func(t *testing.T, dir string) string { check(t, os.RemoveAll(filepath.Join(dir, "clip"))); return dir }, []string{"holds no CLIP", "image_encoder"}, true},
		{"ErrOneTower", func(_ *testing.T, dir string) string { return filepath.Join(dir, "text_encoder") }, []string{"text_encoder", "model_type"}, false},
		{"ErrApart", func(t *testing.T, dir string) string { move(t, dir, "clip", "image_encoder"); return dir }, []string{"do not project into one space"}, true},
		{"ErrNoTokenizer", func(t *testing.T, dir string) string {
			check(t, os.RemoveAll(filepath.Join(dir, "tokenizer")))
			return dir
		}, []string{"no tokenizer", filepath.Join("clip", "tokenizer")}, false},
		{"ErrVocabulary", func(t *testing.T, dir string) string {
			other := t.TempDir()
			tinymodel.WriteFor(t, other, append(tinymodel.Captions, "zebra zebra zebra", "quilt quilt quilt"), 12)
			check(t, os.CopyFS(filepath.Join(dir, "clip", "tokenizer"), os.DirFS(filepath.Join(other, "tokenizer"))))
			return dir
		}, []string{"vocab_size"}, false},
		{"ErrLength", func(t *testing.T, dir string) string {
			other := t.TempDir()
			tinymodel.WriteFor(t, other, tinymodel.Captions, 20)
			check(t, os.CopyFS(filepath.Join(dir, "clip", "tokenizer"), os.DirFS(filepath.Join(other, "tokenizer"))))
			return dir
		}, []string{"model_max_length 20", "max_position_embeddings"}, false},
		{"ErrPreprocessing", func(t *testing.T, dir string) string {
			check(t, os.WriteFile(filepath.Join(dir, "clip", "preprocessor_config.json"), []byte(`{"image_std": [0, 0, 0]}`), 0o644))
			return dir
		}, []string{"open CLIP", "image_std"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenCLIP(c.arrange(t, modelWithCLIP(t)), enginetest.Go(t).Backend())
			wants(t, err, c.want...)
			var none *NoCLIPError
			if got := errors.As(err, &none); got != c.none {
				t.Errorf("that it is a NoCLIPError is %v: %v", got, err)
			}
		})
	}
}

// TestConcurrently embeds while the model whose text encoder it is encodes prompts.
func TestConcurrently(t *testing.T) {
	dir := modelWithCLIP(t)
	asTowers(t, dir)
	m, err := diffusion.Open(t.Context(), dir, enginetest.Go(t))
	check(t, err)
	c, err := OpenModelCLIP(m)
	check(t, err)
	defer c.Close()
	var group errgroup
	for range 3 {
		group.start(func() error { _, err := m.EncodeText(t.Context(), "a red cup"); return err })
		group.start(func() error { _, err := c.Texts(t.Context(), []string{"a red cup", "a dog"}); return err })
		group.start(func() error { _, err := c.Pictures(t.Context(), waves(2)); return err })
	}
	check(t, group.wait())
}

// errgroup runs functions beside each other and joins their errors.
type errgroup struct {
	running sync.WaitGroup
	mu      sync.Mutex
	err     error
}

func (g *errgroup) start(f func() error) {
	g.running.Go(func() {
		err := f()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.err = errors.Join(g.err, err)
	})
}

func (g *errgroup) wait() error {
	g.running.Wait()
	return g.err
}

// TestOpenModelCLIP shares the text encoder of an opened model, which outlives the CLIP.
func TestOpenModelCLIP(t *testing.T) {
	dir := modelWithCLIP(t)
	asTowers(t, dir)
	m, err := diffusion.Open(t.Context(), dir, enginetest.Go(t))
	check(t, err)
	c, err := OpenModelCLIP(m)
	check(t, err)
	if len(c.own) != 1 || c.tokens != m.Tokenizer {
		t.Errorf("the CLIP has %d stores of its own and a tokenizer of its own: %v", len(c.own), c.tokens != m.Tokenizer)
	}
	if reflect.ValueOf(c.device.exclusive).Pointer() != reflect.ValueOf(m.Exclusive).Pointer() {
		t.Error("what the CLIP computes does not wait for the model")
	}
	got, err := c.Texts(t.Context(), []string{"a red cup"})
	check(t, err)
	alone, err := OpenCLIP(dir, enginetest.Go(t).Backend())
	check(t, err)
	want, err := alone.Texts(t.Context(), []string{"a red cup"})
	check(t, err)
	if cosine := got[0].Cosine(want[0]); cosine < 1-1e-6 {
		t.Errorf("the cosine with that of a text encoder opened again is %g", cosine)
	}
	check(t, c.Close())
	if _, err := m.EncodeText(t.Context(), "a red cup"); err != nil {
		t.Errorf("after Close the model says %v", err)
	}
}
