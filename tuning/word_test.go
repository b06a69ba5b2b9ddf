package tuning

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
)

// rowsOf are rows of the token table.
func rowsOf(t *testing.T, b *base, ids ...int) [][]float32 {
	t.Helper()
	table, width, err := tokenTable(b)
	check(t, err)
	var rows [][]float32
	for _, id := range ids {
		rows = append(rows, table[id*width:(id+1)*width])
	}
	return rows
}

func TestWordRows(t *testing.T) {
	b, err := newBase(openTiny(t))
	check(t, err)
	ids := b.tokens.Encode("red cup dog")
	if len(ids) != 3 {
		t.Fatalf("three words are %d tokens", len(ids))
	}
	rows := rowsOf(t, b, ids...)
	mean := make([]float32, len(rows[0]))
	pair := make([]float32, len(rows[0]))
	for i := range mean {
		mean[i] = (rows[0][i] + rows[1][i] + rows[2][i]) / 3
		pair[i] = (rows[1][i] + rows[2][i]) / 2
	}
	for vectors, want := range map[int][]float32{
		1: mean,
		2: slices.Concat(rows[0], pair),
		3: slices.Concat(rows...),
		6: slices.Concat(rows[0], rows[0], rows[1], rows[1], rows[2], rows[2]),
	} {
		got, err := wordRows(b, "red cup dog", vectors)
		check(t, err)
		if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-7)); d != "" {
			t.Errorf("%d vectors of three tokens:\n%s", vectors, d)
		}
	}
	if _, err := wordRows(b, "", 1); err == nil || !strings.Contains(err.Error(), "init_word") {
		t.Errorf("no word gave %v", err)
	}
}

func TestNearestWord(t *testing.T) {
	b, err := newBase(openTiny(t))
	check(t, err)
	dog := slices.Clone(rowsOf(t, b, b.tokens.Encode("dog")...)[0])
	for i := range dog {
		dog[i] = 3*dog[i] + 0.001
	}
	word, err := nearestWord(b, [][]float32{make([]float32, len(dog)), dog})
	check(t, err)
	if word != "dog" {
		t.Errorf("nearest to dog is %q", word)
	}
}

func TestCosine(t *testing.T) {
	for _, c := range []struct {
		a, b []float32
		want float64
	}{{[]float32{3, 4}, []float32{6, 8}, 1}, {[]float32{1, 0}, []float32{0, 2}, 0}, {[]float32{1, 1}, []float32{-2, -2}, -1}, {[]float32{0, 0}, []float32{1, 1}, -1}} {
		if got := cosine(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("cosine of %v and %v is %g", c.a, c.b, got)
		}
	}
}

// startOf is where a job would start from, as reported, and the rows.
func startOf(t *testing.T, change func(*Job)) (start Start, rows []float32) {
	t.Helper()
	j := job(t, "textual_inversion", "")
	j.ClassWord = ""
	change(&j)
	var events []string
	j.Report = func(p Progress) { events, start = append(events, p.Event), p.Start }
	b, err := newBase(j.Model)
	check(t, err)
	r := &run{method: textualInversion{}, job: j, base: b}
	rows, err = r.startRows(context.Background())
	check(t, err)
	if !slices.Equal(events, []string{EventStart}) || r.done.initWord != start.Word {
		t.Errorf("events %q, start %+v, kept word %q", events, start, r.done.initWord)
	}
	return start, rows
}

func TestStart(t *testing.T) {
	for want, change := range map[Start]func(*Job){
		{"cat", StartAsked}:     func(j *Job) { j.InitWord, j.ClassWord = "cat", "dog" },
		{"dog", StartAsked}:     func(j *Job) { j.ClassWord = "dog" },
		{"object", StartNoWord}: func(j *Job) { j.Settings.Initializer = initWord },
		{"object", StartNoCLIP}: func(j *Job) { j.Settings.Initializer = initPicture },
	} {
		if got, _ := startOf(t, change); got != want {
			t.Errorf("start %+v, want %+v", got, want)
		}
	}
	gaussian := func(j *Job) { j.Settings.Initializer, j.Settings.Vectors = initGaussian, 2 }
	start, rows := startOf(t, gaussian)
	_, again := startOf(t, gaussian)
	if start != (Start{"", StartAsked}) || !slices.Equal(rows, again) || slices.Equal(rows[:8], rows[8:]) {
		t.Errorf("a random start from %+v: %v, then %v", start, rows, again)
	}
}

// TestClipWord compares with the joint model's own scores.
func TestClipWord(t *testing.T) {
	dir := golden.Dir(t, "clip-tiny")
	b, err := newBase(openTiny(t))
	check(t, err)
	judge, err := measure.OpenCLIP(dir, b.backend)
	check(t, err)
	defer judge.Close()
	words := []string{"dog", "cat", "teapot", "guitar", "cloud"}
	shown := pictures(1)
	got, err := nearestSentence(context.Background(), judge, shown, words)
	check(t, err)

	store := model.NewStore()
	m, w, err := clip.Open(dir, store, "clip")
	check(t, err)
	exec, err := model.NewExec(b.backend, store, func(_ *model.Scope, ids, x *Node) *Node {
		return m.Forward(nn.NewPass(w, nn.Options{}), ids, x, clip.TextOptions{}).LogitsPerImage
	})
	check(t, err)
	defer exec.Finalize()
	tokens, err := tokenizer.Open(dir)
	check(t, err)
	var ids []int32
	for _, word := range words {
		ids = append(ids, tokens.Batch("a photo of a "+word).IDs...)
	}
	preprocess, err := encoder.Preprocess(dir, m.Vision.Config.ImageSize)
	check(t, err)
	pixels, height, width, err := preprocess.NHWC(shown...)
	check(t, err)
	results, err := exec.Call(tensors.FromFlatDataAndDimensions(ids, len(words), len(ids)/len(words)),
		tensors.FromFlatDataAndDimensions(pixels, 1, height, width, 3))
	check(t, err)
	scores := golden.Flat(t, results[0])
	if best := words[slices.Index(scores, slices.Max(scores))]; got != best {
		t.Errorf("nearest is %q, the scores %v say %q", got, scores, best)
	}
}

// TestStartByCLIP takes the picture tower from image_encoder/, which needs a text encoder
// that projects into the same space.
func TestStartByCLIP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	check(t, os.CopyFS(dir, os.DirFS(openTiny(t).Dir)))
	tinymodel.WriteCLIP(t, dir)
	check(t, os.Rename(filepath.Join(dir, "clip"), filepath.Join(dir, "image_encoder")))
	byPicture := func(j *Job) { j.Model, j.Settings.Initializer = openModel(t, dir), initPicture }
	if start, _ := startOf(t, byPicture); start != (Start{"object", StartNoCLIP}) {
		t.Errorf("with a text encoder that does not project it starts from %+v", start)
	}
	text := filepath.Join(dir, "text_encoder")
	check(t, os.RemoveAll(text))
	check(t, os.CopyFS(text, os.DirFS(filepath.Join(dir, "image_encoder")))) // of a whole CLIP the text half is read
	start, _ := startOf(t, byPicture)
	b, err := newBase(openModel(t, dir))
	check(t, err)
	if start.Why != StartSeen || !slices.Contains(candidates(b.tokens), start.Word) {
		t.Errorf("with one that does it starts from %+v", start)
	}
}

// exists says whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestCandidates(t *testing.T) {
	b, err := newBase(openTiny(t))
	check(t, err)
	got := candidates(b.tokens)
	if !slices.Contains(got, "dog") || slices.Contains(got, "photo") || slices.Contains(got, "a") {
		t.Errorf("words of a small vocabulary that pictures may show: %q", got)
	}
}

// TestTargets counts the layers of each kind in the small UNet, which has one
// level and so no convolution that changes the size.
func TestTargets(t *testing.T) {
	m := openTiny(t)
	blocks, resnets, shortcuts := 0, 0, 0
	for _, p := range m.UNet.Params {
		switch {
		case strings.HasSuffix(p.Name, ".attn1.to_q.weight"):
			blocks++
		case strings.HasSuffix(p.Name, ".conv1.weight"):
			resnets++
		case strings.HasSuffix(p.Name, ".conv_shortcut.weight"):
			shortcuts++
		}
	}
	for target, want := range map[string]int{
		TargetAttention: 8 * blocks, TargetFF: 2 * blocks, TargetProj: 2 * blocks, TargetConv: 2*resnets + shortcuts,
	} {
		if got := len(unetLayers(m.UNet.Params, []string{target})); got != want || want == 0 {
			t.Errorf("%s means %d layers, want %d", target, got, want)
		}
	}
	if got := len(layersOf(m.Text.Params, textLayers)); got != 4*m.Text.Config.NumHiddenLayers {
		t.Errorf("the text encoder has %d layers for pairs", got)
	}
}

func TestLowRankStart(t *testing.T) {
	m := openTiny(t)
	v := newVariables(m.Store)
	defer v.remove()
	layers := unetLayers(m.UNet.Params, []string{TargetAttention, TargetConv})
	l, err := newLowRank(v, "unet", layers, 3, 6)
	check(t, err)
	check(t, l.start(4))
	list, err := l.export(v.of("unet"))
	check(t, err)
	for i, pair := range list {
		shape := slices.Clone(layers[i].Shape)
		shape[0] = 3
		if !slices.Equal(pair.DownShape, shape) || pair.UpShape[0] != layers[i].Shape[0] || pair.UpShape[1] != 3 || pair.Scale() != 2 {
			t.Fatalf("%s has the pair %v, %v times %g", layers[i].Name, pair.DownShape, pair.UpShape, pair.Scale())
		}
		bound := 1 / math.Sqrt(float64(len(pair.Down)/3))
		var squares float64
		for _, x := range pair.Down {
			squares += float64(x) * float64(x)
			if math.Abs(float64(x)) > bound {
				t.Fatalf("%s starts at %g, beyond %g", pair.Layer, x, bound)
			}
		}
		if deviation := math.Sqrt(squares / float64(len(pair.Down))); deviation < bound/3 {
			t.Errorf("%s starts with deviation %g within %g", pair.Layer, deviation, bound)
		}
		if slices.ContainsFunc(pair.Up, func(x float32) bool { return x != 0 }) {
			t.Errorf("%s does not start at the model itself", pair.Layer)
		}
	}
}
