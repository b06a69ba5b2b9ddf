package evaluate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/picture"
)

// scratch is a folder for all tests of the process.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "evaluate-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tiny is the model that all tests share: small enough for the pure-Go backend.
var tiny struct {
	sync.Mutex
	model *diffusion.Model
}

func openTiny(t testing.TB) *diffusion.Model {
	t.Helper()
	tiny.Lock()
	defer tiny.Unlock()
	if tiny.model == nil {
		dir := filepath.Join(scratch, "model")
		tinymodel.Write(t, dir)
		tinymodel.WriteCLIP(t, dir)
		m, err := diffusion.Open(context.Background(), dir, enginetest.Go(t))
		must(t, err)
		tiny.model = m
	}
	return tiny.model
}

// shape is a picture of a square of one colour on another's ground.
func shape(ground, thing [3]uint8, at int) *picture.Picture {
	const side = 2 * tinymodel.Side
	p := picture.Filled(side, side, ground[0], ground[1], ground[2])
	p.Paste(picture.Filled(side/2, side/2, thing[0], thing[1], thing[2]), at, at)
	return p
}

// things are the subjects: their names, classes and colours.
var things = []struct {
	name   string
	en, ja string
	colour [3]uint8
}{{"dog-1", "dog", "犬", [3]uint8{200, 120, 30}}, {"cup-2", "cup", "猫", [3]uint8{40, 60, 220}}}

// grounds are those of the prompts.
var grounds = map[string][3]uint8{"snow": {240, 245, 250}, "grass": {60, 160, 60}, "ja-snow": {230, 240, 255}}

// protocolText is a protocol for the tiny model.
const protocolText = `subjects: subjects
classes:
  dog-1: {en: dog, ja: 犬}
  cup-2: {en: cup, ja: 猫}
real: real
prompts:
  - {id: snow, kind: recontextualise, lang: en, text: "a photo of {} in snow"}
  - {id: grass, kind: restyle, lang: en, text: "{} on grass"}
  - {id: ja-snow, kind: property, lang: ja, text: "雪の中の{}"}
seeds: [3, 4]
sampling: {steps: 2, guidance: 2, sampler: ddim}
methods:
  - {name: encoder, method: encoder, steps: [0, 2], report_steps: [0, 2]}
  - name: lora
    method: lora
    set: {rank: 2, batch_size: 2}
    steps: [1, 3]
    sweep: {learning_rate: [1e-3, 1e-2]}
  - {name: falling, method: textual_inversion, steps: [2], set: {lr_scheduler: linear, batch_size: 1}}
sweep: {subjects: 1, prompts: [snow, ja-snow], seeds: 1}
scorers:
  - {name: apart, clip: ../scorer}
  - {name: own, clip: clip, own: true}
`

// writeProtocol writes a protocol with its pictures and its scorer, and gives the
// file's name. change changes the text.
func writeProtocol(t testing.TB, change ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "protocol")
	for i, thing := range things {
		writePicture(t, filepath.Join(dir, "subjects", thing.name, "one.png"), shape([3]uint8{128, 128, 128}, thing.colour, 4))
		if i == 0 {
			writePicture(t, filepath.Join(dir, "subjects", thing.name, "two.png"), shape([3]uint8{20, 20, 20}, thing.colour, 2))
		}
		for id, ground := range grounds {
			writePicture(t, filepath.Join(dir, "real", thing.name, id+".png"), shape(ground, thing.colour, 6))
		}
	}
	scorer := filepath.Join(dir, "..", "scorer")
	must(t, os.MkdirAll(scorer, 0o755))
	must(t, os.CopyFS(scorer, os.DirFS(filepath.Join(openTiny(t).Dir, "clip"))))
	must(t, os.CopyFS(filepath.Join(scorer, "tokenizer"), os.DirFS(filepath.Join(openTiny(t).Dir, "tokenizer"))))
	path := filepath.Join(dir, "protocol.yaml")
	must(t, os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(protocolText)), 0o644))
	return path
}

func writePicture(t testing.TB, path string, p *picture.Picture) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, picture.WriteFile(path, p, nil))
}

// clock gives times a second apart.
func clock() func() time.Time {
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// options are those of a run of the tiny model.
func options(t testing.TB, out string) Options {
	return Options{Model: openTiny(t), Dir: out, Part: PartBoth, Keep: KeepAll, Now: clock()}
}

// read reads a protocol that must be right.
func read(t testing.TB, path string) *Protocol {
	t.Helper()
	p, err := Read(path)
	must(t, err)
	return p
}

// files are the contents of a folder's files by their names.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = fmt.Sprintf("%d bytes %s", len(data), digest(string(data)))
		return err
	}))
	return all
}
