package gate

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

func must(t testing.TB, err error) {
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

const tinyDINO = `{"model_type": "dinov2", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
	"image_size": 8, "patch_size": 4, "mlp_ratio": 2}`

// judgeFolder writes a judge of tiny towers.
func judgeFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	tinymodel.Write(t, dir)
	tinymodel.WriteCLIP(t, dir)
	c, err := dino.ReadConfig(opentest.Folder(t, tinyDINO))
	must(t, err)
	m, err := dino.New(c)
	must(t, err)
	must(t, os.CopyFS(filepath.Join(dir, subjectDir), os.DirFS(opentest.Folder(t, tinyDINO, opentest.Tensors(t, m.Params)...))))
	return dir
}

func openTiny(t testing.TB, dir string) *Judge {
	t.Helper()
	j, err := OpenJudge(t.Context(), dir, enginetest.Go(t).Backend())
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// scene is a picture of a thing that differs from those of other numbers: its colour
// and its shape are those of the thing, its place and the ground those of the scene.
func scene(thing, place int) *picture.Picture {
	p := picture.New(24, 24)
	for y := range 24 {
		for x := range 24 { // every scene has stripes of its own direction and width
			angle := float64(place) * 0.7
			v := math.Sin((math.Cos(angle)*float64(x) + math.Sin(angle)*float64(y)) * (0.4 + 0.1*float64(place)))
			copy(p.Pix[3*(24*y+x):], []uint8{uint8(128 + 110*v), uint8(200 - 30*place), uint8(90 + 20*place)})
		}
	}
	body := picture.Filled(6+thing%4, 9-thing%3, uint8(30*thing), uint8(250-25*thing), uint8(17*thing))
	body.Paste(picture.Filled(3, 2, 255, uint8(20*thing), 0), 1, 1+thing%4)
	p.Paste(body, 3+2*(place%4), 4+3*(place%3))
	return p
}

// things are so many subjects with scenes of their own.
func things(n, scenes int) []Thing {
	texts := []string{"a photo of a dog in snow", "a red cup on grass", "a cat on a plain blue background", "雪の中の猫"}
	var all []Thing
	for i := range n {
		t := Thing{Name: "thing-" + string(rune('a'+i)), Given: []*picture.Picture{scene(i, 0)}}
		for k := range scenes {
			s := Scene{Picture: scene(i, k+1), Text: texts[k%4]}
			for w := range texts {
				if w != k%4 {
					s.Wrong = append(s.Wrong, texts[w])
				}
			}
			t.Scenes = append(t.Scenes, s)
		}
		all = append(all, t)
	}
	return all
}

// normal are groups of normal values of a mean and the deviation 1.
func normal(groups, each int, mean float64, seed uint64) [][]float64 {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	random := rand.New(rand.NewChaCha8(key))
	var all [][]float64
	for range groups {
		var g []float64
		for range each {
			g = append(g, mean+random.NormFloat64())
		}
		all = append(all, g)
	}
	return all
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// valid is a gate that can be written.
func valid() *Gate {
	rate := measure.Interval{Mean: 0.1, Low: 0.05, High: 0.2, N: 40}
	return &Gate{
		Format: Format, Judge: strings.Repeat("ab", 32), Protocol: strings.Repeat("01", 32), Refuse: 0.05, Side: 128, Blur: 1.5,
		Checks: []Check{
			{Name: Subject, Threshold: 0.5, AUC: 0.9, Refused: rate, Passed: rate, Hard: &rate, Good: 10, Bad: 20},
			{Name: Prompt, Threshold: 0, AUC: 0.6, Refused: rate, Passed: rate, Good: 10, Bad: 20},
			{Name: Copying, Threshold: 0.8, AUC: 0.9, Refused: rate, Passed: rate, Good: 10, Bad: 20},
		},
		Drawn: []Drawn{{Method: "encoder, 12", All: rate, By: map[string]measure.Interval{Subject: rate}, Pictures: 80}},
	}
}
