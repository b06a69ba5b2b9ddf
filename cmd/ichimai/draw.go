package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/ichimai/ichimai/diffusion"
)

// draw runs a request with progress and warnings shown. Pictures that were
// finished before an error are returned with it.
func (p *program) draw(ctx context.Context, pipeline *diffusion.Pipeline, r diffusion.Request) ([]diffusion.Image, error) {
	r.OnStep = func(v diffusion.Preview) {
		title := p.say(textDrawing)
		if v.Count > 1 {
			title += fmt.Sprintf(" %d/%d", v.Index+1, v.Count)
		}
		p.report.update(progress{
			task: "draw", title: title, done: int64(v.Step), total: int64(v.Steps),
			data: map[string]any{"picture": v.Index + 1, "pictures": v.Count, "seed": v.Seed},
		})
	}
	r.OnWarning = func(w diffusion.Warning) { p.report.note(p.warning(w)) }
	images, err := pipeline.Generate(ctx, r)
	p.report.close()
	return images, err
}

// warning is a warning in the user's language; the English is diffusion's.
func (p *program) warning(w diffusion.Warning) string {
	if cut, ok := w.Args["cut"]; ok {
		w.Args = maps.Clone(w.Args)
		w.Args["cut"] = shortened(cut, 60)
	}
	t, known := warningsJapanese[w.ID]
	if p.language() != japanese || !known {
		return "! " + w.String()
	}
	var pairs []string
	for _, name := range sortedKeys(w.Args) {
		pairs = append(pairs, name, w.Args[name])
	}
	return "! " + text{ja: t}.in(japanese, pairs...)
}

// shortened is the beginning of a text that may be pages long.
func shortened(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// warningsJapanese are diffusion's warnings, with arguments in braces.
var warningsJapanese = map[string]string{
	diffusion.WarnTruncated: "プロンプトが上限の {limit} トークンを超えたため、後ろの「{cut}」({dropped} トークン)を使いませんでした",
	diffusion.WarnUnused:    "コンセプト「{concept}」を指定していますが、プロンプトに {placeholder} がありません",
	diffusion.WarnOtherBase: "コンセプト「{concept}」は別のモデル({base})で覚えたものです。似ないことがあります",
}

var textDrawing = text{"drawing", "描画中"}
