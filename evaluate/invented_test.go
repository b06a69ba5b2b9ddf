package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// inventedMethods are methods whose scores rise with their steps in a known way.
const inventedMethods = `methods:
  - {name: encoder, method: encoder, steps: [0, 2, 4, 8, 12], report_steps: [0, 12]}
  - {name: textual inversion, method: textual_inversion, steps: [50, 200, 500, 1000, 2000], sweep: {learning_rate: [1e-3, 5e-3]}}
  - {name: LoRA, method: lora, steps: [20, 50, 100, 200, 500], sweep: {learning_rate: [3e-4, 1e-3, 3e-3]}}
  - {name: DreamBooth-LoRA, method: dreambooth_lora, steps: [20, 50, 100, 200, 500]}
  - {name: no contrastive term, method: encoder, steps: [0, 12]}
  - {name: no hypernetwork, method: encoder, steps: [0, 12]}
`

// invented is a folder of results that nobody computed: many subjects, so that tables
// and plots are as those of a real evaluation.
func invented(t testing.TB, subjects int) (*Protocol, string) {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("subjects: subjects\nreal: real\nclasses:\n")
	words := []struct{ en, ja string }{{"auto rickshaw", "三輪タクシー"}, {"battery", "電池"}, {"leather shoe", "革靴"}, {"hatching chick", "卵からかえったヒヨコ"}}
	for i := range subjects {
		w := words[i%len(words)]
		fmt.Fprintf(&b, "  thing-%02d: {en: %q, ja: %q}\n", i, w.en, w.ja)
		writePicture(t, filepath.Join(dir, "subjects", fmt.Sprintf("thing-%02d", i), "one.png"), inventedPicture(i, 0))
	}
	b.WriteString("prompts:\n")
	for i, text := range []string{"{} in snow", "{} on grass", "雪の中の{}", "a red {} on a plain white background", "木のテーブルの上の青い{}",
		"{} left of a cup with a straw on a plain green background", "{}, flat vector style on grass", "雪の中の{}、つやのある3D風"} {
		lang := English
		if strings.ContainsAny(text, "の") {
			lang = Japanese
		}
		fmt.Fprintf(&b, "  - {id: p%d, kind: %s, lang: %s, text: %q}\n", i, Kinds[[]int{0, 0, 0, 3, 3, 2, 1, 1}[i]], lang, text)
	}
	b.WriteString("seeds: [0, 1]\n" + inventedMethods + "sweep: {subjects: 8, prompts: [p0, p2, p3, p6], seeds: 2}\nscorers:\n  - {name: apart, clip: scorer, dino: scorer}\n  - {name: own, clip: scorer, own: true}\n")
	must(t, os.MkdirAll(filepath.Join(dir, "real"), 0o755))
	path := filepath.Join(dir, "protocol.yaml")
	must(t, os.WriteFile(path, []byte(b.String()), 0o644))
	p := read(t, path)
	for i := range subjects { // of which the protocol must know
		for _, q := range p.Prompts {
			writePicture(t, filepath.Join(dir, "real", fmt.Sprintf("thing-%02d", i), q.ID+".png"), inventedPicture(i, 7))
		}
	}
	out := filepath.Join(dir, "out")
	inventResults(t, p, out)
	return p, out
}

func inventedPicture(i, j int) *picture.Picture {
	p := picture.Filled(32, 32, uint8(40*j), uint8(200-20*j), uint8(180))
	p.Paste(picture.Filled(14, 14, uint8(60*i), uint8(37*i), uint8(90+11*i)), 4+j, 9)
	return p
}

// inventResults writes the sweep and the whole product.
func inventResults(t testing.TB, p *Protocol, out string) {
	t.Helper()
	x := &Index{Format: formatIndex, Protocol: p.hash(), Model: "invented model", Machine: Machine{Device: "cpu", Processor: "A processor", Cores: 2, OS: "linux/amd64", Go: "go1.26"}}
	of, err := p.whole(0)
	must(t, err)
	small := p.smaller(of)
	seen := map[string]bool{}
	for k, units := range [][]unit{p.fullUnits(of, p.Methods, inventedBest), p.sweepUnits(small, p.Methods)} {
		for i, u := range units {
			for _, n := range u.steps {
				key := u.subject.name + u.row(n).label()
				if seen[key] {
					continue
				}
				seen[key] = true
				must(t, x.add(out, u, n, inventUnit(t, out, p, u, n, k*10000+i), &learned{Steps: map[int]look{n: inventedLook(u.name, n)}}))
			}
		}
	}
	must(t, x.write(out))
}

var inventedBest = map[string]Row{
	"encoder": {"encoder", "", 12}, "textual inversion": {"textual inversion", "learning_rate=5e-3", 2000}, "LoRA": {"LoRA", "learning_rate=1e-3", 500},
	"DreamBooth-LoRA": {"DreamBooth-LoRA", "", 500}, "no contrastive term": {"no contrastive term", "", 12}, "no hypernetwork": {"no hypernetwork", "", 12},
}

// inventedLook is what a method took.
func inventedLook(name string, steps int) look {
	each := map[string]float64{"textual inversion": 0.11, "LoRA": 0.17, "DreamBooth-LoRA": 0.33}[name]
	if each == 0 {
		each = 0.2
	}
	start := 1.1
	if name == "DreamBooth-LoRA" {
		start = 28
	}
	return look{Seconds: start + 0.6 + each*float64(steps), Timed: true, Prepared: start, Starting: 0.6, Step: each}
}

// inventedScore is where a row lies between base and real.
func inventedScore(r Row) (subject, prompt float64) {
	rise := func(top, half float64) float64 { return top * float64(r.Steps) / (float64(r.Steps) + half) }
	worse := map[string]float64{"learning_rate=1e-3": 0, "learning_rate=3e-4": 0.1, "learning_rate=3e-3": 0.15}[r.Setting]
	switch r.Name {
	case nameReal:
		return 1, 1
	case nameBase:
		return 0, 0
	case "encoder":
		return 0.45 + rise(0.2, 4), -0.02 + rise(0.02, 4)
	case "textual inversion":
		if r.Setting == "learning_rate=1e-3" {
			worse = 0.1
		} else {
			worse = 0
		}
		return rise(0.5, 300) - worse, -rise(0.15, 800)
	case "LoRA":
		return rise(0.75, 60) - worse, -rise(0.3, 200)
	case "DreamBooth-LoRA":
		return rise(0.72, 90) - worse, -rise(0.2, 250)
	case "no contrastive term":
		return 0.44 + rise(0.2, 4), -0.12
	}
	return 0.25 + rise(0.2, 4), 0
}

func inventUnit(t testing.TB, out string, p *Protocol, u unit, steps, seed int) string {
	t.Helper()
	dir := filepath.Join(out, "store", "drawn", slug(u.subject.name), slug(u.row(steps).label()))
	d := &drawn{dir: dir, Subject: u.subject.name, Row: u.row(steps), Scorers: map[string]string{"apart": "a", "own": "b"}}
	random := rand.New(rand.NewPCG(uint64(seed), uint64(steps)))
	likeness, obedience := inventedScore(u.row(steps))
	subject := rand.New(rand.NewPCG(uint64(u.subject.name[len(u.subject.name)-1]), 1))
	offset := 0.15 * subject.NormFloat64() // the same in all rows
	for _, q := range u.prompts {
		for _, s := range u.seeds {
			if u.name == nameReal && s > 0 {
				continue
			}
			around := func(mean float64) float64 { return mean + offset + 0.03*random.NormFloat64() }
			if u.name == nameReal || u.name == nameBase {
				around = func(mean float64) float64 { return mean }
			}
			scores := Scores{Subject: 0.6 + 0.3*around(likeness), Prompt: 0.25 + 0.1*around(obedience), Nearest: 0.7}
			dino := 0.3 + 0.5*around(likeness)
			own := scores
			scores.DINO = &dino
			record := drawnPicture{Prompt: q.ID, Text: q.Text, Compared: q.About(u.subject.class), Seed: s, Copying: 0.3 + 0.1*random.Float64(),
				Scores: map[string]Scores{"apart": scores, "own": own}}
			if s == 0 {
				record.File = fmt.Sprintf("%s-%d.png", q.ID, s)
				writePicture(t, filepath.Join(dir, record.File), inventedPicture(seed, steps%6))
			}
			d.add(record, map[string]measure.Embedding{"apart/clip": inventedEmbedding(random, likeness), "apart/dino": inventedEmbedding(random, likeness), "own/clip": inventedEmbedding(random, obedience)})
		}
	}
	must(t, d.write())
	return dir
}

func inventedEmbedding(random *rand.Rand, at float64) measure.Embedding {
	e := make(measure.Embedding, 6)
	sum := 0.0
	for i := range e {
		v := 1 + at*float64(i) + 0.3*random.NormFloat64()
		e[i], sum = float32(v), sum+v*v
	}
	for i := range e {
		e[i] /= float32(math.Sqrt(sum))
	}
	return e
}
