package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/tuning"
)

// demoPhoto is the built-in photo that the demo learns.
const demoPhoto = "wolf_plushie_1"

// demoRows is how many rows a sheet has after that of step 0.
const demoRows = 3

// demonstrating is the flags of demo.
type demonstrating struct {
	p     *program
	model modelFlags
	learn learnFlags
	out   string
	photo string
	force bool
}

func demoCommand(p *program) *cobra.Command {
	d := &demonstrating{p: p}
	cmd := p.learning(spec{
		use:   "demo",
		short: text{"Learn a built-in photo with a built-in model and show the result.", "内蔵の写真とモデルで、覚えて描くところまでを試します。"},
		long: text{
			"Learns one built-in photo with the small model that the program carries, and writes a sheet (sheet.png), a page for the browser (index.html) and the concept: the photo, and the same scenes drawn before and after some learning steps.",
			"内蔵の小さなモデルで内蔵の写真を一枚覚え、比較表(sheet.png)、ブラウザーで見るページ(index.html)、コンセプトを書き出します。元の写真と、学習の前・途中・後に同じ場面を描いた画像を並べます。",
		},
		example: text{"  ichimai demo --out ichimai-demo", "  ichimai demo --out ichimai-demo --lang ja"},
		run:     d.run,
	})
	f := flags{p, cmd.Flags()}
	f.string(&d.out, "out", "ichimai-demo", text{"`FOLDER` to write to", "書き出し先の `FOLDER`"})
	f.string(&d.photo, "photo", "", text{"`FILE` of your own photo to learn in place of the built-in one", "内蔵の写真の代わりに覚える写真の `FILE`"})
	f.bool(&d.force, "force", textForce)
	d.learn.add(f, tuning.Methods()[0])
	d.model.add(f)
	return cmd
}

// Files of the demo's folder.
const (
	demoSheet   = "sheet.png"
	demoPage    = "index.html"
	demoConcept = "concept.safetensors"
)

func (d *demonstrating) run(ctx context.Context, _ []string) error {
	if err := d.learn.check(); err != nil {
		return err
	}
	if err := d.p.notTaken(d.force, d.file(demoSheet), d.file(demoPage), d.file(demoConcept)); err != nil {
		return err
	}
	job, err := d.job()
	if err != nil {
		return err
	}
	m, done, err := d.model.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if job.Settings, err = d.learn.settings(m); err != nil {
		return err
	}
	if job.Settings.PreviewEvery == 0 {
		job.Settings.PreviewEvery = (job.Settings.Steps + demoRows - 1) / demoRows
	}
	job.Model, job.Placeholder, job.Name = m, "<it>", "demo"
	show := &exhibit{p: d.p, sketcher: d.p.newSketcher(m, scenes), input: job.Pictures[0], predicted: func() bool { return d.learn.predicted }}
	job.Preview = show.add
	if show.concept, err = d.learn.learn(ctx, job); err != nil {
		return err
	}
	return d.write(show)
}

func (d *demonstrating) file(name string) string { return filepath.Join(d.out, name) }

// job is the photo to learn.
func (d *demonstrating) job() (tuning.Job, error) {
	if d.photo != "" {
		return readPhotos([]string{d.photo})
	}
	photos, err := demo.Photos()
	if err != nil {
		return tuning.Job{}, err
	}
	for _, photo := range photos {
		if photo.Name != demoPhoto {
			continue
		}
		decoded, err := picture.Decode(bytes.NewReader(photo.Data), picture.Limits{})
		if err != nil {
			return tuning.Job{}, err
		}
		sum := sha256.Sum256(photo.Data)
		source := concept.Source{Name: photo.Name + ".jpg", SHA256: hex.EncodeToString(sum[:])}
		return tuning.Job{Pictures: []*picture.Picture{decoded}, Sources: []concept.Source{source}}, nil
	}
	return tuning.Job{}, fmt.Errorf("the example photo %s is missing from this build", demoPhoto)
}

func (d *demonstrating) write(show *exhibit) error {
	sheet, err := show.sheet()
	if err != nil {
		return err
	}
	if err := makeParent(d.file(demoSheet)); err != nil {
		return err
	}
	if err := picture.WriteFile(d.file(demoSheet), sheet, sheetMetadata(provenance.SourceComposite)); err != nil {
		return err
	}
	if err := show.concept.Write(d.file(demoConcept)); err != nil {
		return err
	}
	if err := show.writePage(d.file(demoPage)); err != nil {
		return err
	}
	result := map[string]any{
		"page": d.file(demoPage), "sheet": d.file(demoSheet), "file": d.file(demoConcept), "concept": summarise(show.concept),
	}
	return d.p.result(result,
		d.p.say(textDemoPage, "path", d.file(demoPage)), d.p.say(textDemoSheet, "path", d.file(demoSheet)), d.p.say(textDemoConcept, "path", d.file(demoConcept)))
}

var (
	textDemoPage    = text{"Page for the browser: {path}", "ブラウザーで見るページ: {path}"}
	textDemoSheet   = text{"All pictures in one: {path}", "一枚にまとめた画像: {path}"}
	textDemoConcept = text{"The concept: {path}", "コンセプト: {path}"}
)
