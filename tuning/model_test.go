package tuning

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/picture"
)

// scratch is a folder for all tests of the process.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "tuning-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// opened is the model that tests share.
var opened struct {
	sync.Mutex
	model *diffusion.Model
}

func openTiny(t *testing.T) *diffusion.Model {
	t.Helper()
	opened.Lock()
	defer opened.Unlock()
	if opened.model == nil {
		dir := filepath.Join(scratch, "tiny-model")
		tinymodel.WriteFor(t, dir, captions, promptLength)
		opened.model = openModel(t, dir)
	}
	return opened.model
}

// openModel works on any backend: the model is small enough for the pure-Go one.
func openModel(t *testing.T, dir string) *diffusion.Model {
	t.Helper()
	m, err := diffusion.Open(context.Background(), dir, enginetest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// captions are the words that the model's tokenizer knows.
var captions = []string{"a photo of a dog", "a photo of a cat", "a red cup object", "dog cat red cup object photo"}

// promptLength is enough for the English templates of an object, most of whose
// words are no tokens.
const promptLength = 16

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pictures are n gradients of different colours, larger than the model's.
func pictures(n int) []*picture.Picture {
	var all []*picture.Picture
	for i := range n {
		p := picture.New(12, 10)
		for j := range p.Pix {
			p.Pix[j] = uint8(j*(7+4*i) + 31*i)
		}
		all = append(all, p)
	}
	return all
}

// job is a short one on the shared model.
func job(t *testing.T, method string, dir string) Job {
	t.Helper()
	s, err := Defaults(method, true)
	check(t, err)
	s.Steps, s.BatchSize, s.SaveEvery, s.Rank, s.ClassPictures, s.Initializer = 6, 2, 2, 2, 2, initWord
	return Job{Model: openTiny(t), Pictures: pictures(3), Placeholder: "<sks>", ClassWord: "dog", Settings: s, Dir: dir}
}
