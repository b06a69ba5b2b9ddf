package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

// exploring is the flags of explore: those of generate and the dial's stops.
type exploring struct {
	generating
	stops string
}

func exploreCommand(p *program) *cobra.Command {
	x := &exploring{generating: generating{p: p}}
	cmd := p.command(spec{
		use: "explore PROMPT", min: 1, max: 1,
		short: text{"Draw one prompt along the dial between likeness and obedience.", "似せる度合いを変えて、同じプロンプトを並べて描きます。"},
		long: text{
			"Draws the same prompt from the same seeds at several fidelities and writes them as one sheet: on the left the prompt wins, on the right the learned thing. Use the one you like with generate --fidelity.",
			"同じプロンプトを同じシードで、似せる度合い(fidelity)を変えながら描き、一枚の比較表に並べます。左ほどプロンプトに忠実で、右ほど覚えたものに似ます。気に入った値を generate の --fidelity に指定してください。",
		},
		example: text{
			"  ichimai explore \"<sneaker> in snow\" --model MODEL --concept sneaker.safetensors --count 2 --out dial.png",
			"  ichimai explore \"<sneaker> in snow\" --model MODEL --concept sneaker.safetensors --count 2 --out dial.png",
		},
		run: x.run,
	})
	f := flags{p, cmd.Flags()}
	f.string(&x.stops, "fidelities", "0,0.25,0.5,0.75,1", text{"`LIST` of fidelities to draw at", "描画する fidelity の `LIST`(コンマ区切り)"})
	x.add(f)
	return cmd
}

func (x *exploring) run(ctx context.Context, args []string) error {
	dial, err := x.dial()
	if err != nil {
		return err
	}
	x.complete(args[0])
	if err := x.check(); err != nil {
		return err
	}
	file, err := x.sheetFile()
	if err != nil {
		return err
	}
	if x.request.Concepts, err = x.p.readConcepts(x.concepts); err != nil {
		return err
	}
	if x.fidelity.given = true; !x.fidelity.apply(x.request.Concepts) || len(x.concepts) == 0 {
		return x.p.wrongUse(textExploreNeeds)
	}
	m, done, err := x.model.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := x.p.plan(m, x.request); err != nil {
		return err
	}
	rows, err := x.rows(ctx, diffusion.NewPipeline(m), dial)
	if err != nil {
		return err
	}
	sheet := picture.Sheet{Title: x.request.Prompt, Note: x.p.say(textExploreNote), Rows: rows}
	drawn, err := sheet.Draw()
	if err != nil {
		return err
	}
	if err := picture.WriteFile(file, drawn, sheetMetadata(provenance.SourceTrained)); err != nil {
		return err
	}
	return x.p.result(map[string]any{"prompt": x.request.Prompt, "file": file, "fidelities": dial, "seed": x.request.Seed}, file)
}

// dial are the stops, in the order given.
func (x *exploring) dial() ([]float64, error) {
	var dial []float64
	for _, part := range strings.Split(x.stops, ",") {
		var f fidelity
		if err := f.Set(part); err != nil {
			return nil, x.p.wrongUse(textBadStops, "value", x.stops)
		}
		dial = append(dial, f.value)
	}
	return dial, nil
}

func (x *exploring) sheetFile() (string, error) {
	count := x.request.Count
	x.request.Count = 1
	defer func() { x.request.Count = count }()
	if x.out == "" {
		return free(slug(x.request.Prompt)+"-explore.png", 1), nil
	}
	files, err := x.files()
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// rows draws every seed at every stop: a row a seed.
func (x *exploring) rows(ctx context.Context, pipeline *diffusion.Pipeline, dial []float64) ([]picture.Row, error) {
	rows := make([]picture.Row, x.request.Count)
	for i := range rows {
		rows[i].Label = fmt.Sprintf("%s %d", x.p.say(text{"seed", "シード"}), x.request.Seed+uint64(i))
	}
	for _, stop := range dial {
		r := x.request
		r.Concepts = slices.Clone(r.Concepts)
		fidelity{value: stop, given: true}.apply(r.Concepts)
		images, err := x.p.draw(ctx, pipeline, r)
		if err != nil {
			return nil, err
		}
		for i, image := range images {
			caption := x.p.say(textStop, "value", strconv.FormatFloat(stop, 'g', -1, 64))
			rows[i].Cells = append(rows[i].Cells, picture.Cell{Picture: image.Picture, Caption: caption})
		}
	}
	return rows, nil
}

var (
	textExploreNeeds = text{"explore needs --concept, and a concept that knows the word nearest to it", "explore には --concept で、最も近い単語が記録されたコンセプトを指定してください"}
	textExploreNote  = text{"left: as the prompt says; right: like the learned thing", "左ほどプロンプトに忠実、右ほど覚えたものに似ます"}
	textBadStops     = text{"--fidelities: {value} is not a list of numbers from 0 to 1, such as 0,0.5,1", "--fidelities: {value} は 0 から 1 までの数をコンマで区切ったものではありません(例: 0,0.5,1)"}
	textStop         = text{"fidelity {value}", "fidelity {value}"}
)
