package measure

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

func check(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails unless an error says all parts.
func wants(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("there was no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

// wave is a picture that differs from those of other numbers.
func wave(number, width, height int) *picture.Picture {
	p := picture.New(width, height)
	for i := range p.Pix {
		p.Pix[i] = uint8(127 + 120*math.Sin(float64(i*(3*number+1))/17+float64(number)))
	}
	return p
}

func waves(n int) (list []*picture.Picture) {
	for i := range n {
		list = append(list, wave(i, 9+i%3, 12))
	}
	return list
}

const smallDINO = `{"model_type": "dinov2", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
	"image_size": 8, "patch_size": 4, "mlp_ratio": 2}`

// dinoFolder writes the folder of a small DINO.
func dinoFolder(t *testing.T) string {
	t.Helper()
	c, err := dino.ReadConfig(opentest.Folder(t, smallDINO))
	check(t, err)
	m, err := dino.New(c)
	check(t, err)
	return opentest.Folder(t, smallDINO, opentest.Tensors(t, m.Params)...)
}

// modelWithCLIP writes a model folder with a clip/ in it.
func modelWithCLIP(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	tinymodel.Write(t, dir)
	tinymodel.WriteCLIP(t, dir)
	return dir
}

func openTinyCLIP(t *testing.T) *CLIP {
	t.Helper()
	c, err := OpenCLIP(modelWithCLIP(t), enginetest.Go(t).Backend())
	check(t, err)
	return c
}

func openTinyDINO(t *testing.T) *DINO {
	t.Helper()
	d, err := OpenDINO(dinoFolder(t), enginetest.Go(t).Backend())
	check(t, err)
	return d
}

// pictureEncoder is what all that embed pictures are.
type pictureEncoder interface {
	Pictures(context.Context, []*picture.Picture) ([]Embedding, error)
	Close() error
}

// TestPictureEncoders is the suite that all pass.
func TestPictureEncoders(t *testing.T) {
	for name, open := range map[string]func(*testing.T) pictureEncoder{
		"CLIP": func(t *testing.T) pictureEncoder { return openTinyCLIP(t) },
		"DINO": func(t *testing.T) pictureEncoder { return openTinyDINO(t) },
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			defer e.Close()
			testBatches(t, func(ctx context.Context, at ...int) ([]Embedding, error) {
				all := waves(2*pictureBatch + 3)
				var list []*picture.Picture
				for _, i := range at {
					list = append(list, all[i])
				}
				return e.Pictures(ctx, list)
			}, 2*pictureBatch+3)
			t.Run("ErrNoPicture", func(t *testing.T) {
				_, err := e.Pictures(t.Context(), []*picture.Picture{wave(1, 9, 9), nil})
				wants(t, err, name, "number 2", "no picture")
				_, err = e.Pictures(t.Context(), []*picture.Picture{{Width: 3, Height: 3, Pix: make([]uint8, 5)}})
				wants(t, err, name, "number 1", "5 values")
			})
			t.Run("ErrClosed", func(t *testing.T) {
				check(t, e.Close())
				check(t, e.Close())
				if _, err := e.Pictures(t.Context(), waves(1)); !errors.Is(err, errClosed) {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

func TestTexts(t *testing.T) {
	c := openTinyCLIP(t)
	var texts []string
	for i := range 2*textBatch + 3 {
		texts = append(texts, strings.Repeat("a dog ", i%5)+[]string{"cat", "cup", "in snow"}[i%3]+strings.Repeat(" red", i/15))
	}
	testBatches(t, func(ctx context.Context, at ...int) ([]Embedding, error) {
		var list []string
		for _, i := range at {
			list = append(list, texts[i])
		}
		return c.Texts(ctx, list)
	}, len(texts))
	check(t, c.Close())
	if _, err := c.Texts(t.Context(), texts); !errors.Is(err, errClosed) {
		t.Errorf("a closed CLIP gave %v", err)
	}
}

// testBatches compares things that go through in batches with each alone.
func testBatches(t *testing.T, embed func(ctx context.Context, at ...int) ([]Embedding, error), n int) {
	t.Run("Batches", func(t *testing.T) {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		together, err := embed(t.Context(), all...)
		check(t, err)
		if len(together) != n {
			t.Fatalf("%d things gave %d embeddings", n, len(together))
		}
		for _, i := range []int{0, 1, n / 2, n - 2, n - 1} {
			alone, err := embed(t.Context(), i)
			check(t, err)
			if c := alone[0].Cosine(together[i]); len(alone) != 1 || c < 1-1e-6 {
				t.Errorf("number %d alone has the cosine %g with itself among others", i, c)
			}
			if other := together[i].Cosine(together[(i+1)%n]); other > 1-1e-4 {
				t.Errorf("number %d and the next have the cosine %g; the test cannot tell them apart", i, other)
			}
			if length := dot(together[i], together[i]); math.Abs(length-1) > 1e-5 {
				t.Errorf("number %d has the squared length %g", i, length)
			}
		}
	})
	t.Run("None", func(t *testing.T) {
		if got, err := embed(t.Context()); len(got) != 0 || err != nil {
			t.Errorf("nothing gave %v, %v", got, err)
		}
	})
	t.Run("ErrCanceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := embed(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

func dot(a, b Embedding) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// TestProgram counts how often a graph is built, and looks at what it is given.
func TestProgram(t *testing.T) {
	built, alone := 0, 0
	d := device{enginetest.Go(t).Backend(), func(f func() error) error { alone++; return f() }}
	w := nn.NewWeights(model.NewStore(), "none")
	p, err := newProgram("numbers", 4, d, w, func(_ *nn.Pass, x *Node) *Node {
		built++
		return x
	})
	check(t, err)
	var asked [][]int
	input := func(at []int) (*tensors.Tensor, error) {
		asked = append(asked, slices.Clone(at))
		var flat []float32
		for _, i := range at {
			flat = append(flat, 3*float32(i+1), 4*float32(i+1))
		}
		return tensors.FromFlatDataAndDimensions(flat, len(at), 2), nil
	}
	for range 2 {
		got, err := p.embed(t.Context(), 6, input)
		check(t, err)
		for _, e := range got {
			if math.Abs(float64(e[0])-0.6) > 1e-6 || math.Abs(float64(e[1])-0.8) > 1e-6 {
				t.Errorf("got %v, want 0.6 and 0.8", e)
			}
		}
	}
	want := [][]int{{0, 1, 2, 3}, {4, 5, 5, 5}, {0, 1, 2, 3}, {4, 5, 5, 5}}
	if !slices.EqualFunc(asked, want, slices.Equal) || built != 1 || alone != 1+4 {
		t.Errorf("batches %v, %d graphs built, %d times alone", asked, built, alone)
	}
}

// TestProgramErrors checks that no panic and no broken value leaves a program.
func TestProgramErrors(t *testing.T) {
	give := func(values ...float32) func([]int) (*tensors.Tensor, error) {
		return func(at []int) (*tensors.Tensor, error) {
			return tensors.FromFlatDataAndDimensions(slices.Repeat(values, len(at)), len(at), len(values)), nil
		}
	}
	for _, c := range []struct {
		name  string
		graph func(*nn.Pass, *Node) *Node
		input func([]int) (*tensors.Tensor, error)
		want  string
	}{
		{"ErrGraph", func(*nn.Pass, *Node) *Node { panic("the sides do not fit") }, give(1), "the sides do not fit"},
		{"ErrInput", func(_ *nn.Pass, x *Node) *Node { return x }, func([]int) (*tensors.Tensor, error) { panic("no pixels") }, "no pixels"},
		{"ErrZero", func(_ *nn.Pass, x *Node) *Node { return x }, give(0, 0), "not finite"},
		{"ErrNaN", func(_ *nn.Pass, x *Node) *Node { return x }, give(1, float32(math.NaN())), "not finite"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := newProgram("numbers", 2, alone(enginetest.Go(t).Backend()), nn.NewWeights(model.NewStore(), "none"), c.graph)
			check(t, err)
			_, err = p.embed(t.Context(), 1, c.input)
			wants(t, err, "embed numbers", c.want)
		})
	}
}

func TestOpenDINO(t *testing.T) {
	t.Run("OwnPreprocessing", func(t *testing.T) {
		d := openTinyDINO(t)
		if p := d.pictures.prepare; p.CropWidth != 8 || p.CropHeight != 8 || p.ShortestEdge != 9 {
			t.Errorf("pictures are prepared as %+v", p)
		}
	})
	t.Run("PublishedSize", func(t *testing.T) {
		c := dino.DefaultConfig(dino.TypeDINOv2)
		c.ImageSize = 518
		if p := prepareFor(c); p != picture.DINOv2Preprocess() {
			t.Errorf("pictures are prepared as %+v", p)
		}
	})
	t.Run("ItsFile", func(t *testing.T) {
		dir := dinoFolder(t)
		check(t, os.WriteFile(filepath.Join(dir, "preprocessor_config.json"),
			[]byte(`{"size": {"height": 12, "width": 8}, "do_center_crop": false}`), 0o644))
		d, err := OpenDINO(dir, enginetest.Go(t).Backend())
		check(t, err)
		if _, err := d.Pictures(t.Context(), waves(2)); err != nil {
			t.Error(err)
		}
		if p := d.pictures.prepare; p.Height != 12 || p.CropHeight != 0 {
			t.Errorf("pictures are prepared as %+v", p)
		}
	})
	t.Run("ErrNone", func(t *testing.T) {
		dir := t.TempDir()
		_, err := OpenDINO(dir, enginetest.Go(t).Backend())
		wants(t, err, "config.json", dir)
	})
	t.Run("ErrPreprocessing", func(t *testing.T) {
		dir := dinoFolder(t)
		check(t, os.WriteFile(filepath.Join(dir, "preprocessor_config.json"), []byte(`{"image_mean": [1]}`), 0o644))
		_, err := OpenDINO(dir, enginetest.Go(t).Backend())
		wants(t, err, "open DINO", dir, "image_mean")
	})
}
